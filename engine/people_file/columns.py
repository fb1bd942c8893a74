"""What the headings of a people file mean, in the spellings of the systems that export one, English and Spanish.

Case, accents, spaces and signs do not matter, nor do remarks in brackets ("First Name [Required]").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from engine.parsing.problems import quote_text
from engine.people.names import fold_name
from engine.people_file.cells import CELL_PARSERS
from engine.people_file.choices import DateOrder
from engine.people_file.headings import (
    BEFORE,
    BESIDE,
    FILL_INS,
    NEVER_STORED_PARTS,
    NEVER_STORED_WORDS,
    SIGNS,
    SYNONYMS,
    Sign,
)

DAYS = ("start_date", "birthday")

Word = TypeVar("Word", bound=str)

NOTES = re.compile(
    r"[\[(]\s*(?:required|mandatory|optional|(?:read|upload|write)[ _-]only|must be [^\])]*"
    r"|obligatori[oa]|requerid[oa]|opcional|solo (?:lectura|carga)"
    r"|(?P<order>[dmy]{1,4}[-/. ][dmy]{1,4}[-/. ][dmy]{1,4}))\s*[\])]",
    re.IGNORECASE,
)

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def heading_words(heading: str) -> str:
    """A heading as plain words: "E-mail Address [Required]" is "e mail address"."""
    spread = CAMEL.sub(" ", NOTES.sub(" ", heading)).replace("#", " number ")
    return " ".join(re.findall(r"[^\W_]+", fold_name(spread)))


@lru_cache(maxsize=4096)
def squash(heading: str) -> str:
    """A heading as it is looked up."""
    return heading_words(heading).replace(" ", "")


@lru_cache(maxsize=4096)
def is_secret(heading: str) -> bool:
    """Check whether a column of that heading probably holds data that a recognition bot must not know."""
    words = heading_words(heading)
    return not _SECRET_WORDS.isdisjoint(words.split()) or any(part in words.replace(" ", "") for part in _SECRET_PARTS)


def _split(table: Mapping[Word, str]) -> dict[Word, dict[str, int]]:
    """Split the list of names of each column into normalised names, each with its place in the list."""
    return {
        column: {squash(word): place for place, word in enumerate(words.split(","))} for column, words in table.items()
    }


SIGN_WORDS: Mapping[Sign, str] = {  # as a report names them
    "status": "status", "type": "kind of person", "flag": "status", "end_date": "end date", "account_control": "status",
}  # fmt: skip

ATTRIBUTES = "attributes"  # a JSON object of several

FIRST, OWN, USUAL, LAST = (
    0,
    100,
    101,
    102,
)  # ranks of a heading: before the column itself, the column, a synonym, a fill-in


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The meaning of each heading of a file.

    `names` has one of Laurel's columns for each heading; the heading itself for a sign or an attribute to keep; and an
    empty string if the cell is skipped.
    """

    names: tuple[str, ...]
    taken: Mapping[str, str]  # heading → column, where they are written differently
    fill_ins: tuple[tuple[str, int], ...] = ()  # a column whose empty cell the cell at that place fills
    signs: Mapping[str, Sign] = field(default_factory=dict)  # by heading
    orders: Mapping[str, DateOrder] = field(default_factory=dict)  # that a heading states: "(DD/MM/YYYY)"
    days: tuple[str, ...] = ()  # names of the columns that hold days
    unused: tuple[str, ...] = ()  # headings that are unknown
    secret: tuple[str, ...] = ()  # headings of what is never stored
    problem: str = ""  # two headings that mean one column


def squash_all(headings: Iterable[str]) -> frozenset[str]:
    """Normalise headings that a person typed, for look-ups."""
    return frozenset(map(squash, headings))


@lru_cache(maxsize=64)  # the objects of a JSON list mostly have the same keys
def read_columns(
    headings: Sequence[str], kept: frozenset[str] = frozenset(), ignored: frozenset[str] = frozenset()
) -> ColumnMapping:
    """Work out what `headings` mean together.

    `kept` and `ignored` are normalised headings: unknown ones to keep as attributes, and any to skip.
    """
    plain = [heading.strip() for heading in headings]
    keys = ["" if (key := squash(heading)) in ignored else key for heading in plain]
    best, spare, clash = _match(plain, keys)
    places = {place: column for column, (_, place) in best.items()}
    fill_ins = tuple((column, place) for _, column, place in sorted(spare) if place not in places)
    filling = {place for _, place in fill_ins}
    rest = {place: key for place, key in enumerate(keys) if key and place not in places and place not in filling}
    signs = {plain[place]: SIGN_OF[key] for place, key in rest.items() if key in SIGN_OF}
    secret = tuple(plain[place] for place, key in rest.items() if key not in SIGN_OF and is_secret(plain[place]))
    unknown = {place: key for place, key in rest.items() if plain[place] not in (*signs, *secret)}
    attributes = {place: plain[place] for place, key in unknown.items() if key in kept or key == ATTRIBUTES}
    names = places | {place: plain[place] for place in rest if plain[place] in signs} | attributes
    return ColumnMapping(
        tuple(names.get(place, "") for place in range(len(plain))),
        {plain[place]: column for place, column in names.items() if plain[place] != column}
        | {plain[place]: column for column, place in fill_ins}
        | {heading: SIGN_WORDS[sign] for heading, sign in signs.items()},
        fill_ins,
        signs,
        _read_orders(plain, places),
        tuple(name for name in names.values() if name in DAYS or signs.get(name) == "end_date"),
        tuple(plain[place] for place in unknown if place not in attributes),
        secret,
        clash or _say_twice([plain[place] for place in names]),
    )


def _match(
    plain: Sequence[str], keys: Sequence[str]
) -> tuple[dict[str, tuple[int, int]], list[tuple[int, str, int]], str]:
    """Find the best heading for each column.

    Returns each column with the rank and place of its best heading, the fill-ins with their ranks, and a text about a
    clash of headings (empty without one).
    """
    best: dict[str, tuple[int, int]] = {}
    spare: list[tuple[int, str, int]] = []
    clash = ""
    for place, key in enumerate(keys):
        for column, rank in _meanings(key, keys):
            before = best.get(column)
            if before and before[0] == rank:
                clash = clash or _say_clash(plain[before[1]], plain[place], column)
            elif before is None or rank < before[0]:
                best[column] = rank, place
            if key in FILLS.get(column, ()):
                spare.append((LAST + FILLS[column][key], column, place))
    return best, spare, clash


def _meanings(key: str, keys: Sequence[str]) -> Sequence[tuple[str, int]]:
    """Return the columns that a heading may mean, with the rank of each meaning. Lower is better."""
    if key in BESIDE:
        column, companion = BESIDE[key]
        if any(meant == companion for other in keys for meant, _ in RANKED.get(other, ())):
            return [(column, USUAL)]
    return RANKED.get(key, [])


def _read_orders(headings: Sequence[str], places: Mapping[int, str]) -> dict[str, DateOrder]:
    """Read the date orders that headings state in brackets. Returns them by column."""
    stated: dict[str, DateOrder] = {}
    for place, heading in enumerate(headings):
        found = NOTES.search(heading)
        letters = "".join(dict.fromkeys((found["order"] or "").lower())) if found else ""
        order = re.sub(r"[^dmy]", "", letters)
        if order in ("dmy", "mdy"):
            stated[places.get(place, heading)] = "dmy" if order == "dmy" else "mdy"
    return stated


def _say_twice(headings: Sequence[str]) -> str:
    repeated = next((heading for place, heading in enumerate(headings) if heading in headings[:place]), None)
    return "" if repeated is None else f"the column {quote_text(repeated)} is there twice"


def _say_clash(before: str, heading: str, column: str) -> str:
    if before == heading:
        return f"the column {quote_text(heading)} is there twice"
    return (
        f"{quote_text(before)} and {quote_text(heading)} both mean {column}: please rename one of them, or --ignore it"
    )


def _rank() -> dict[str, list[tuple[str, int]]]:
    ranked: dict[str, dict[str, int]] = {}
    for column, words in FILLS.items():
        for word, place in words.items():
            ranked.setdefault(word, {})[column] = LAST + place
    for column, words in _split(SYNONYMS).items():
        for word in words:
            ranked.setdefault(word, {})[column] = USUAL
    for column in CELL_PARSERS:
        ranked.setdefault(squash(column), {})[column] = OWN
    for column, words in _split(BEFORE).items():
        for word, place in words.items():
            ranked.setdefault(word, {})[column] = FIRST + place
    return {word: list(columns.items()) for word, columns in ranked.items()}


_SECRET_WORDS, _SECRET_PARTS = frozenset(NEVER_STORED_WORDS.split()), NEVER_STORED_PARTS.split()

FILLS = _split(FILL_INS)
RANKED: Mapping[str, Sequence[tuple[str, int]]] = _rank()  # squashed heading → what it may mean
SIGN_OF: Mapping[str, Sign] = {word: sign for sign, words in _split(SIGNS).items() for word in words}
