"""Adaptive Cards as a person reads them: every visible text of a card, a message, a dialog."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Names = Callable[[str], str]

AT = re.compile(r"<at>(.*?)</at>")
LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\([^)]*\)")


def of_activity(said: Json) -> Iterator[str]:
    yield from filter(None, (said.get("text"), said.get("summary")))
    for attachment in said.get("attachments", ()):
        yield from of_card(attachment["content"])


def of_card(card: Json) -> Iterator[str]:
    yield from filter(None, (card.get("speak"), card.get("fallbackText")))
    yield from of_elements(card.get("body", ()))
    for action in card.get("actions", ()):
        yield action["title"]
        if "card" in action:
            yield from of_card(action["card"])


def of_elements(elements: Any) -> Iterator[str]:
    for element in elements:
        yield from _element(element)


def _element(element: Json) -> Iterator[str]:
    match element:
        case {"type": "TextBlock", "text": text}:
            yield plain(text)
        case {"type": "RichTextBlock", "inlines": inlines}:
            yield "".join(run["text"] for run in inlines)
        case {"type": "Container" | "Column" | "TableCell", "items": items}:
            yield from of_elements(items)
        case {"type": "ColumnSet", "columns": columns}:
            yield from of_elements(columns)
        case {"type": "FactSet", "facts": facts}:
            for fact in facts:
                yield from (plain(fact["title"]), plain(fact["value"]))
        case {"type": "Image", "altText": alt}:
            yield alt
        case {"type": "Table", "rows": rows}:
            for row in rows:
                yield from of_elements(row["cells"])
        case {"type": str(kind)} if kind.startswith("Input."):
            yield from _input(element)
        case _:
            raise AssertionError(f"nobody knows what this element shows: {element}")


def _input(element: Json) -> Iterator[str]:
    for name in ("label", "title", "placeholder", "errorMessage"):
        if element.get(name):
            yield element[name]
    if element["type"] == "Input.Text":
        yield element.get("value", "")
    for choice in element.get("choices", ()):
        yield choice["title"]


def plain(text: str) -> str:
    """The words without Markdown and mention marks."""
    text = LINK.sub(r"\1", AT.sub(r"\1", text))
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", text))


def inputs(card: Json) -> list[Json]:
    return [element for element in card["body"] if element["type"].startswith("Input.")]


def errors(card: Json) -> dict[str, str]:
    """What stands in red below a field, by the field."""
    found, last = {}, ""
    for element in card["body"]:
        last = element.get("id", last)
        if element.get("color") == "attention" and last:
            found[last] = plain(element["text"])
    return found
