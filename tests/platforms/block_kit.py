"""What Slack refuses in blocks and views: our own reading of its limits, apart from the renderer's numbers."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

TEXTS = {"header": 150, "section": 3000, "context": 2000}
IN_A_MODAL_ONLY = {"input"}
INPUTS = {
    "plain_text_input",
    "number_input",
    "users_select",
    "multi_users_select",
    "static_select",
    "multi_static_select",
    "checkboxes",
    "datepicker",
}


def units(words: str) -> int:
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def message_faults(call: Json) -> list[str]:
    """Everything that Slack would refuse in a message."""
    blocks = call.get("blocks") or []
    out = [] if 1 <= len(blocks) <= 50 else [f"{len(blocks)} blocks in a message"]
    out += [f"a message with a block {b['type']}" for b in blocks if b["type"] in IN_A_MODAL_ONLY]
    out += _text_faults(call.get("text", ""), 3000, "text")
    return out + _faults(blocks)


def view_faults(view: Json) -> list[str]:
    """Everything that Slack would refuse in a modal."""
    blocks = view.get("blocks") or []
    out = [] if 1 <= len(blocks) <= 100 else [f"{len(blocks)} blocks in a modal"]
    out += _plain_faults(view.get("title"), 24, "title")
    out += _plain_faults(view["submit"], 24, "submit") if "submit" in view else []
    has_input = any(b["type"] == "input" for b in blocks)
    out += ["an input without a submit button"] if has_input and "submit" not in view else []
    out += ["private_metadata"] if len(view.get("private_metadata", "")) > 3000 else []
    out += ["callback_id"] if len(view.get("callback_id", "")) > 255 else []
    return out + _faults(blocks)


def _faults(blocks: list[Json]) -> list[str]:
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    out = ["block_id twice"] if len(ids) != len(set(ids)) else []
    return out + [fault for block in blocks for fault in _block_faults(block)]


def _block_faults(block: Json) -> Iterator[str]:
    match block:
        case {"type": "header", "text": text}:
            yield from _plain_faults(text, 150, "header")
        case {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}}:
            yield from _text_faults(words, 3000, "section")
        case {"type": "section", "text": {"type": "plain_text"} as text}:
            yield from _plain_faults(text, 3000, "section")
        case {"type": "context", "elements": elements}:
            yield from () if 1 <= len(elements) <= 10 else ("context elements",)
            for element in elements:
                yield from _plain_faults(element, 2000, "context")
        case {"type": "rich_text", "elements": [{"type": "rich_text_section" | "rich_text_quote", "elements": parts}]}:
            blank = all(part["type"] == "text" and not part["text"].strip() for part in parts)
            yield from ("an empty rich text",) if blank else ()
            for part in parts:
                yield from _rich_faults(part)
        case {"type": "image", "image_url": url, "alt_text": alt}:
            yield from () if url.startswith("https://") and len(url) <= 3000 else ("image_url",)
            yield from _text_faults(alt, 2000, "alt_text")
        case {"type": "divider"}:
            pass
        case {"type": "actions", "elements": elements}:
            yield from _action_faults(elements)
        case {"type": "input", "label": label, "element": element}:
            yield from _plain_faults(label, 2000, "label")
            yield from _plain_faults(block["hint"], 2000, "hint") if "hint" in block else ()
            yield from _element_faults(element)
        case _:
            yield f"an unknown block {block.get('type')}"


def _rich_faults(part: Json) -> Iterator[str]:
    match part:
        case {"type": "text", "text": words}:
            yield from () if 1 <= units(words) <= 3000 else (f"rich text has {units(words)}",)
        case {"type": "user", "user_id": account}:
            yield from () if account[:1] in ("U", "W") and account.isalnum() else ("user_id",)
        case {"type": "link", "url": url, "text": words}:
            yield from () if url.startswith(("http://", "https://")) and len(url) <= 3000 else ("link",)
            yield from _text_faults(words, 3000, "link")
        case {"type": "date", "timestamp": int(), "format": str(), "fallback": str()}:
            pass
        case _:
            yield f"an unknown element {part}"


def _action_faults(elements: list[Json]) -> Iterator[str]:
    yield from () if 1 <= len(elements) <= 25 else (f"{len(elements)} actions",)
    ids = [element["action_id"] for element in elements]
    yield from () if len(ids) == len(set(ids)) else ("action_id twice",)
    for element in elements:
        yield from _plain_faults(element["text"], 75, "button")
        yield from () if 1 <= len(element["value"]) <= 2000 else ("button value",)
        yield from () if element.get("style") in (None, "primary", "danger") else ("style",)
        yield from () if len(element.get("url", "")) <= 3000 else ("button url",)
        if confirm := element.get("confirm"):
            yield from _plain_faults(confirm["title"], 100, "confirm title")
            yield from _plain_faults(confirm["text"], 300, "confirm text")
            yield from _plain_faults(confirm["confirm"], 30, "confirm")
            yield from _plain_faults(confirm["deny"], 30, "deny")


def _element_faults(element: Json) -> Iterator[str]:
    kind = element["type"]
    yield from () if kind in INPUTS else (f"an unknown input {kind}",)
    if "placeholder" in element:
        yield from _plain_faults(element["placeholder"], 150, "placeholder")
    if kind == "plain_text_input":
        most = element["max_length"]
        yield from () if 1 <= most <= 3000 else ("max_length",)
        yield from () if units(element.get("initial_value", "")) <= most else ("initial_value too long",)
    if kind in ("static_select", "multi_static_select", "checkboxes"):
        yield from _option_faults(element)


def _option_faults(element: Json) -> Iterator[str]:
    groups = element.get("option_groups") or [{"options": element["options"]}]
    most = 10 if element["type"] == "checkboxes" else 100
    yield from () if len(groups) <= 100 else ("option groups",)
    options = [option for group in groups for option in group["options"]]
    for group in groups:
        yield from () if 1 <= len(group["options"]) <= most else (f"{len(group['options'])} options",)
        yield from _plain_faults(group["label"], 75, "group label") if "label" in group else ()
    for option in options:
        yield from _plain_faults(option["text"], 75, "option")
        yield from _plain_faults(option["description"], 75, "description") if "description" in option else ()
        yield from () if 1 <= len(option["value"]) <= 150 else ("option value",)
    initial = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
    yield from () if all(option in options for option in initial) else ("an initial option that is none",)


def _plain_faults(text: Any, most: int, where: str) -> list[str]:
    if not isinstance(text, dict) or text.get("type") != "plain_text":
        return [f"{where} is no plain text"]
    return _text_faults(text["text"], most, where)


def _text_faults(words: str, most: int, where: str) -> list[str]:
    if not words.strip():
        return [f"{where} is empty"]
    return [f"{where} has {units(words)} of {most}"] if units(words) > most else []
