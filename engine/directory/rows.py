"""One row of the people file: what its cells say, and what is wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.directory.cells import BOOLEAN_COLUMNS, CELL_PARSERS, parse_attributes
from engine.directory.file import RawRow

KEPT_COLUMNS = frozenset({"email", "employee_id", "kind", *BOOLEAN_COLUMNS})  # an empty cell leaves these as they are

EMPTY_VALUES: Mapping[str, Any] = {
    "first_name": "", "last_name": "", "display_name": "", "groups": [], "programs": [], "birthday": (None, None, None),
    "manager": "",
}  # fmt: skip

KIND_BY_WORKER_TYPE: Mapping[str, str] = {  # worker types that are no colleagues; all others are, contractors too
    **dict.fromkeys(("guest", "visitor"), "guest"),
    **dict.fromkeys(("bot", "robot", "app", "integration", "service account", "system account"), "bot"),
}

MAX_COLUMN_NAME_LENGTH = 60  # characters of a column's name in a report


@dataclass(slots=True)
class PersonRow:
    """The values to store, by column of `people`. What the file does not speak of is not in `values`."""

    number: int  # as the file counts its rows
    values: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)  # None takes the attribute away
    manager: str | None = None  # e-mail or employee id; empty for "nobody", None for "not said"
    problem: str = ""

    @property
    def email(self) -> str | None:
        return self.values.get("email")

    @property
    def employee_id(self) -> str | None:
        return self.values.get("employee_id")


def parse_row(raw: RawRow, unsaid: Mapping[str, Any]) -> PersonRow:
    """The row's values, with everything that is wrong with it in `problem`. Bad cells are left out of the values.

    `unsaid` holds the values of what the row does not speak of.
    """
    row = PersonRow(raw.number, dict(unsaid))
    problems = [raw.problem] if raw.problem else []
    for column, cell in raw.cells.items():
        try:
            _place(row, column, cell)
        except ValueError as error:
            problems.append(f"{_shown(column)}: {error}")
        except RecursionError:
            problems.append(f"{_shown(column)}: is nested too deeply")
    if not problems and row.email is None and row.employee_id is None:
        problems.append("has neither an email nor an employee_id")
    row.problem = "; ".join(problems)
    if "worker_type" in row.values:
        row.values.setdefault("kind", _kind_of(row.values["worker_type"]))
    return row


def _place(row: PersonRow, column: str, cell: Any) -> None:
    empty = cell is None or cell in ([], {}) or (isinstance(cell, str) and not cell.strip())
    if column not in CELL_PARSERS:
        row.attributes |= parse_attributes(column, None if empty else cell)
    elif empty and column in KEPT_COLUMNS:
        return
    else:
        value = EMPTY_VALUES.get(column) if empty else CELL_PARSERS[column](cell)
        _keep(row, column, value)


def _keep(row: PersonRow, column: str, value: Any) -> None:
    if column == "manager":
        row.manager = value
    elif column == "birthday":
        row.values |= dict(zip(("birth_year", "birth_month", "birth_day"), value, strict=True))
    else:
        row.values[column] = value


def _kind_of(worker_type: str | None) -> str:
    words = re.sub(r"[\s_-]+", " ", worker_type or "").casefold()
    return KIND_BY_WORKER_TYPE.get(words, "employee")


def _shown(column: str) -> str:
    """A column's name as a report may print it, whatever the file called it."""
    name = column[:MAX_COLUMN_NAME_LENGTH]
    return name if name.isprintable() else repr(name)
