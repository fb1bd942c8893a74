"""Whom a reward is for, in words: "people with job code MGR in department Sales, or in the group Leads"."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.cards import Span
from engine.targeting import Audience, Trait

if TYPE_CHECKING:
    from bot.words import Copy  # which shows an audience with the help of this file

MOST = 3  # items of a list; what is longer ends in "… and 3 more"
LONGEST = 60  # characters of one value


def spans(audience: Audience, copy: "Copy") -> tuple[Span, ...]:
    """All whom the list means; the first of its kinds begins with "people"."""
    kinds = [" ".join(_trait(trait, copy) for trait in kind) for kind in audience.kinds]
    if kinds:
        kinds[0] = copy.line("whom.people", traits=kinds[0])
    parts = [*kinds, *(_short(name) for name in audience.named)]
    return (_any_of(parts, "whom.or_else", copy),) if parts else copy.spans("whom.nobody")


def _trait(trait: Trait, copy: "Copy") -> str:
    key = f"whom.{trait.field}"
    shown = _any_of([_value(value, copy) for value in trait.values], "whom.or", copy)
    if copy.knows(key):
        return copy.line(key, values=shown)
    return copy.line("whom.attribute", name=_short(trait.field.replace("_", " ")), values=shown)


def _value(value: str | bool, copy: "Copy") -> str:
    match value:
        case True:
            return copy.line("whom.yes")
        case False:
            return copy.line("whom.no")
        case str():
            return _short(value)


def _any_of(parts: Sequence[str], either: str, copy: "Copy") -> str:
    """The alternatives as a list, cut where it is long; `either` is the sentence that joins the last one."""
    if len(parts) > MOST + 1:  # "and 1 more" would be no shorter than the one
        return copy.line("whom.more", shown=", ".join(parts[:MOST]), count=len(parts) - MOST)
    *before, last = parts or [copy.line("whom.nothing")]
    return copy.line(either, first=", ".join(before), last=last) if before else last


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
