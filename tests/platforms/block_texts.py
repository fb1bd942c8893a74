"""Block Kit as a person reads it: every visible text of a message, a modal, an answer."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Names = Callable[[str], str]
"""The name that Slack shows for an account."""

TOKEN = re.compile(r"<([^<>]*)>")


def of_message(said: Json, names: Names) -> Iterator[str]:
    """The notification and the blocks."""
    yield unescaped(said.get("text", ""))
    yield from of_blocks(said.get("blocks", ()), names)


def of_view(view: Json, names: Names) -> Iterator[str]:
    """A modal's title, its button and its blocks; App Home has blocks alone."""
    if "title" in view:
        yield view["title"]["text"]
    if "submit" in view:
        yield view["submit"]["text"]
    yield from of_blocks(view["blocks"], names)


def of_call(call: Json, names: Names) -> Iterator[str]:
    """Whatever a call to Slack, or an answer to it, shows to somebody."""
    if "blocks" in call:
        yield from of_message(call, names)
    if "view" in call:
        yield from of_view(call["view"], names)
    yield from call.get("errors", {}).values()
    for card in call.get("unfurls", {}).values():
        yield from of_blocks(card["blocks"], names)


def of_blocks(blocks: list[Json] | tuple[Json, ...], names: Names) -> Iterator[str]:
    for block in blocks:
        yield from _block(block, names)


def _block(block: Json, names: Names) -> Iterator[str]:
    match block:
        case {"type": "header" | "section", "text": text}:
            yield _text(text, names)
        case {"type": "context", "elements": elements}:
            yield from (_text(element, names) for element in elements)
        case {"type": "rich_text", "elements": [{"elements": parts}]}:
            yield "".join(_rich(part, names) for part in parts)
        case {"type": "image", "alt_text": alt}:
            yield alt
        case {"type": "divider"}:
            return
        case {"type": "actions", "elements": elements}:
            for element in elements:
                yield from _button(element)
        case {"type": "input", "label": label, "element": element}:
            yield label["text"]
            yield from [block["hint"]["text"]] if "hint" in block else []
            yield from _input(element)
        case _:
            raise AssertionError(f"nobody knows what this block shows: {block}")


def _text(text: Json, names: Names) -> str:
    return mrkdwn(text["text"], names) if text["type"] == "mrkdwn" else str(text["text"])


def mrkdwn(words: str, names: Names) -> str:
    """The words without Slack's marks. A date is shown in Slack's own words and left out."""
    pieces = TOKEN.split(words)
    shown = [_token(piece, names) if number % 2 else re.sub("[*_]", "", piece) for number, piece in enumerate(pieces)]
    return re.sub("^>", "", unescaped("".join(shown)), flags=re.MULTILINE)


def unescaped(words: str) -> str:
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(inner: str, names: Names) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return names(target[1:])
    return "" if target.startswith("!date") else label or target


def _rich(part: Json, names: Names) -> str:
    match part:
        case {"type": "user", "user_id": account}:
            return names(account)
        case {"type": "date"}:
            return ""
        case {"text": words}:
            return str(words)
    raise AssertionError(f"nobody knows what this element shows: {part}")


def _button(element: Json) -> Iterator[str]:
    yield element["text"]["text"]
    for part in element.get("confirm", {}).values():
        yield part["text"]


def _input(element: Json) -> Iterator[str]:
    if "placeholder" in element:
        yield element["placeholder"]["text"]
    yield element.get("initial_value", "")
    for group in element.get("option_groups", ()):
        yield group["label"]["text"]
    for option in options(element):
        yield option["text"]["text"]
        yield from [option["description"]["text"]] if "description" in option else []


def options(element: Json) -> list[Json]:
    """Everything that can be chosen in an input, in one list."""
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    return [option for group in groups for option in group["options"]]
