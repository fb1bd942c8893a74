"""What somebody misses who cannot see a message, or who hears its buttons read out."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.platforms import telegram

Json = dict[str, Any]


def of_slack(said: Json) -> list[str]:
    """Slack reads the text aloud, and notifies with it; blocks alone are silent."""
    elements = [one for block in said["blocks"] if block["type"] == "actions" for one in block["elements"]]
    silent = [block for block in said["blocks"] if block["type"] == "image" and not block["alt_text"].strip()]
    return [*_without_words(said.get("text", "")), *map(str, silent), *_twice(one["text"]["text"] for one in elements)]


def of_teams(said: Json) -> list[str]:
    """Older clients show the fallback, notifications the summary."""
    found = _without_words(said.get("summary", ""))
    for attachment in said.get("attachments", ()):
        card = attachment["content"]
        found += _without_words(card.get("fallbackText", ""))
        found += [str(image) for image in _images(card) if not image.get("altText", "").strip()]
        found += _twice(action["title"] for action in card.get("actions", ()))
    return found


def of_telegram(said: Json) -> list[str]:
    return [*_without_words(said["text"]), *_twice(one["text"] for one in telegram.buttons(said))]


def _images(found: Any) -> Iterator[Json]:
    if isinstance(found, dict):
        if found.get("type") == "Image":
            yield found
        found = list(found.values())
    if isinstance(found, list):
        for one in found:
            yield from _images(one)


def _without_words(text: str) -> list[str]:
    return [] if text.strip() else ["no words"]


def _twice(labels: Iterator[str]) -> list[str]:
    return [f"two buttons are called {label}" for label, count in Counter(labels).items() if count > 1]
