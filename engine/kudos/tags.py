"""What a gift is tagged with: fifteen tags of our own, and whatever else people write after a `#`."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.errors import Refused

MAX_TAG_LENGTH = 64  # characters of one tag
MAX_TAGS_PER_KUDOS = 10  # tags of one gift


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that the form offers. Its name for the reader is in `bot/copy/*/tags.toml`, under `name`."""

    name: str
    emoji: str
    category: str


PREDEFINED_TAGS: Mapping[str, Tag] = {
    tag.name: tag
    for tag in (
        Tag("helpful", "🤝", "support"),
        Tag("inspirational", "✨", "leadership"),
        Tag("fair", "⚖️", "values"),
        Tag("creative", "💡", "innovation"),
        Tag("reliable", "🎯", "performance"),
        Tag("collaborative", "👥", "teamwork"),
        Tag("positive", "😊", "attitude"),
        Tag("mentor", "🎓", "leadership"),
        Tag("dedicated", "💪", "performance"),
        Tag("innovative", "🚀", "innovation"),
        Tag("team_player", "👥", "teamwork"),
        Tag("patient", "🧘", "values"),
        Tag("organized", "📅", "performance"),
        Tag("supportive", "🤗", "teamwork"),
        Tag("respectful", "🙏", "values"),
    )
}


def is_tag_character(mark: str) -> bool:
    """Check whether a character is allowed in a tag: letters (with their marks), digits, `_` and `-`."""
    return mark.isalnum() or mark in "_-" or unicodedata.category(mark).startswith("M")


def normalize_tag(raw: str) -> str | None:
    """Return the tag that `raw` names, or None if it names none: "#Team_Player!" is "team_player".

    The tag is case-folded, the `#` is optional, and punctuation is trimmed at both ends. It has at least one letter and
    at most MAX_TAG_LENGTH characters.
    """
    start = next((at for at, mark in enumerate(raw) if mark.isalnum()), 0)
    end = max((at for at, mark in enumerate(raw, 1) if is_tag_character(mark) and mark not in "_-"), default=0)
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFD", raw[start:end]).casefold())
    fits = len(name) <= MAX_TAG_LENGTH and any(mark.isalpha() for mark in name)
    return name if fits and all(map(is_tag_character, name)) else None


def parse_tags(raws: Iterable[str]) -> tuple[str, ...]:
    """Parse the tags, in order and without duplicates.

    Raises Refused "tag_unreadable" (tag), "too_many_tags" (count: the most that kudos carry).
    """
    found: dict[str, None] = {}
    for raw in raws:
        name = normalize_tag(raw)
        if name is None:
            raise Refused("tag_unreadable", tag=raw[: MAX_TAG_LENGTH + 1], count=MAX_TAG_LENGTH)
        found[name] = None
    if len(found) > MAX_TAGS_PER_KUDOS:
        raise Refused("too_many_tags", count=MAX_TAGS_PER_KUDOS)
    return tuple(found)
