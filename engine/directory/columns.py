"""The columns of the people file: which one a heading means, whatever its case, spaces, hyphens and underscores."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.directory.cells import CELL_PARSERS
from engine.parsing.problems import quote_text

COLUMN_SYNONYMS: Mapping[str, tuple[str, ...]] = {  # folded; one that stands beside the column itself is an attribute
    "email": ("mail", "email address", "mail address", "work email"),
    "employee_id": ("employee number", "employee no", "personnel number", "staff id"),
    "first_name": ("given name", "forename"),
    "last_name": ("surname", "family name"),
    "display_name": ("name", "full name"),
    "title": ("job title", "position"),
    "department": ("dept",),
    "groups": ("group",),
    "programs": ("program", "programme", "programmes"),
    "manager": ("manager email", "manager id", "supervisor", "reports to"),
    "start_date": ("hire date", "date of hire"),
    "birthday": ("birth date", "date of birth"),
    "locale": ("language",),
    "worker_type": ("employee type", "employment type"),
    "active": ("is active",),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What the headings of a file mean, one by one: a known column, or an attribute under the name as written."""

    names: tuple[str, ...]
    taken: Mapping[str, str]  # heading → column, where they are written differently
    problem: str = ""  # two headings that mean one column


@lru_cache(maxsize=64)  # the objects of a JSON list mostly have the same keys
def map_columns(headings: Sequence[str]) -> ColumnMapping:
    """What `headings` mean together: a synonym counts only where no heading is the column itself."""
    plain = [heading.strip() for heading in headings]
    exact = [COLUMN_BY_NAME.get(_folded(heading)) for heading in plain]
    free = {word: column for word, column in COLUMN_BY_SYNONYM.items() if column not in exact}
    meant = [itself or free.get(_folded(heading), heading) for heading, itself in zip(plain, exact, strict=True)]
    taken = {heading: column for heading, column in zip(plain, meant, strict=True) if heading != column}
    return ColumnMapping(tuple(meant), taken, _twice(plain, meant))


def _twice(headings: Sequence[str], meant: Sequence[str]) -> str:
    first: dict[str, str] = {}
    for heading, column in zip(headings, meant, strict=True):
        if (before := first.get(column)) == heading:
            return f"the column {quote_text(column)} is there twice"
        if before is not None:
            return f"{quote_text(before)} and {quote_text(heading)} both mean {column}: please rename one of them"
        first[column] = heading
    return ""


def _folded(heading: str) -> str:
    return re.sub(r"[\s_-]", "", heading.casefold())


COLUMN_BY_NAME = {_folded(column): column for column in CELL_PARSERS}

COLUMN_BY_SYNONYM = {_folded(word): column for column, words in COLUMN_SYNONYMS.items() for word in words}
