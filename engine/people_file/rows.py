"""One row of the people file: what its cells say, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.people_file.cells import CELL_PARSERS, NAMES, WISHES, read_attribute, read_text, read_yes_no
from engine.people_file.choices import Choices, DateOrder
from engine.people_file.columns import ATTRIBUTES, is_secret, squash, squash_all
from engine.people_file.dates import read_birthday, read_day
from engine.people_file.file import RawRow
from engine.people_file.statuses import (
    BOT,
    GONE,
    GUEST,
    HERE,
    MAX_STATUS_LENGTH,
    Standing,
    join_standings,
    plain_words,
    read_standing,
)

KEPT_COLUMNS = frozenset({"email", "employee_id", "kind", *WISHES})  # an empty cell leaves these as they are
OPTIONAL = frozenset({*NAMES, "job_code", "title", "department", "start_date", "birthday", "timezone", "locale"})
LISTS = ("groups", "programs")
NO_DAY = frozenset(("0000-00-00", "00/00/0000", "00.00.0000", "0"))  # how systems write that there is none
YEARS_AHEAD = 50  # of a start or an end whose year has two digits
DISABLED = 2  # the bit of Active Directory's userAccountControl
MAX_COLUMN_NAME_LENGTH = 60  # characters of a column's name in a report


@dataclass(slots=True)
class PersonRow:
    """The values to store, by column of `people`. What the file does not speak of is not in `values`."""

    number: int  # as the file counts its rows
    values: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)  # None takes the attribute away
    manager: str | None = None  # e-mail or employee id; empty for "nobody", None for "not said"
    problem: str = ""  # why it cannot be taken
    remarks: list[str] = field(default_factory=list)  # what is left out of it
    secret: set[str] = field(default_factory=set)  # names inside `attributes` that are never stored
    unused: set[str] = field(default_factory=set)  # names inside `attributes` that nobody wants

    @property
    def email(self) -> str | None:
        return self.values.get("email")

    @property
    def employee_id(self) -> str | None:
        return self.values.get("employee_id")


class RowReader:
    """Reader for the rows of one file, with its date orders and the choices of the person who imports it."""

    def __init__(self, choices: Choices, orders: Mapping[str, DateOrder | None], today: date) -> None:
        self._choices, self._orders, self._today = choices, orders, today
        self._keep = squash_all(choices.keep)

    def read(self, raw: RawRow) -> PersonRow:
        """Read the row's values, and collect all its problems."""
        row = PersonRow(raw.number)
        problems = [raw.problem] if raw.problem else []
        standings: list[tuple[str, Standing]] = []
        apart = sorted(raw.cells, key=raw.signs.__contains__) if raw.signs else raw.cells
        for column in apart:  # an end is read when the start is known
            try:
                self._place(row, raw, column, standings)
            except (ValueError, RecursionError) as error:
                said = f"{_shown(column)}: {error if isinstance(error, ValueError) else 'is nested too deeply'}"
                if column in OPTIONAL or (column not in CELL_PARSERS and column not in raw.signs):
                    row.remarks.append(f"{said}; the row comes in without it")
                else:
                    problems.append(said)
        if not problems and row.email is None and row.employee_id is None:
            problems.append("has neither an email nor an employee_id")
        problems += self._conclude(row, standings)
        row.problem = "; ".join(problems)
        return row

    def _place(self, row: PersonRow, raw: RawRow, column: str, standings: list[tuple[str, Standing]]) -> None:
        cell = raw.cells[column]
        empty = not cell.strip() if isinstance(cell, str) else cell is None or cell in ([], {})
        if column in CELL_PARSERS:
            if not empty:
                self._set(row, column, CELL_PARSERS[column](cell))
            elif column not in KEPT_COLUMNS:
                self._set_empty(row, column)
            if column == "worker_type":
                said = Standing(kind="employee") if empty else self._status(column, row.values[column])
                standings.append((column, said))
        elif column in raw.signs:
            if not empty:
                standings.append((column, self._sign(row, raw, column, cell)))
        else:
            self._attribute(row, column, None if empty else cell)

    def _set(self, row: PersonRow, column: str, value: Any) -> None:
        if column == "manager":
            row.manager = value
        elif column == "start_date":
            row.values[column] = read_day(value, self._orders.get(column), self._today.year + YEARS_AHEAD)
        elif column == "birthday":
            born = read_birthday(value, self._orders.get(column), self._today.year)
            row.values["birth_year"], row.values["birth_month"], row.values["birth_day"] = born
        else:
            row.values[column] = value

    def _set_empty(self, row: PersonRow, column: str) -> None:
        if column == "manager":
            row.manager = ""
        elif column == "birthday":
            row.values |= dict.fromkeys(("birth_year", "birth_month", "birth_day"))
        else:
            row.values[column] = [] if column in LISTS else "" if column in NAMES else None

    def _attribute(self, row: PersonRow, column: str, cell: Any) -> None:
        several = column == ATTRIBUTES and isinstance(cell, dict)
        for name, value in cell.items() if several else ((column, cell),):
            wanted = squash(name) in self._keep or ATTRIBUTES in self._keep
            if several and is_secret(name):
                row.secret.add(name)
            elif wanted:
                row.attributes[name] = read_attribute(name, self._without_secrets(row, value))
            elif cell is not None:
                row.unused.add(name)

    def _without_secrets(self, row: PersonRow, value: Any) -> Any:
        """A value without the parts, at any depth, whose names are those of secrets."""
        if isinstance(value, list):
            return [self._without_secrets(row, item) for item in value]
        if not isinstance(value, dict):
            return value
        row.secret |= {name for name in value if is_secret(name)}
        return {name: self._without_secrets(row, item) for name, item in value.items() if name not in row.secret}

    def _sign(self, row: PersonRow, raw: RawRow, heading: str, cell: Any) -> Standing:
        text = read_text(str(cell) if isinstance(cell, bool | float) else cell)
        match raw.signs[heading]:
            case "status":
                said = self._status(heading, text)
                return said if said.active is not None else Standing(True, said.kind)  # "Full-time", "Member"
            case "type":
                return self._status(heading, text)
            case "flag":
                if not read_yes_no(text):
                    return Standing()
                words = set(plain_words(heading).split())
                return BOT if {"bot", "app"} & words else GUEST if {"guest", "restricted"} & words else GONE
            case "account_control":
                if not text.isdecimal():
                    raise ValueError(f"{text!r} is no number")
                return GONE if int(text) & DISABLED else HERE
            case "end_date":
                return self._end(row, raw, heading, text)

    def _status(self, heading: str, text: str) -> Standing:
        said = read_standing(text, self._choices.means)
        if said is None:
            shown = text[:MAX_STATUS_LENGTH]
            raise ValueError(
                f"{shown!r} is not known; say with --means {shown + '=active'!r} (or inactive, employee, guest, bot) "
                f"what it means, or --ignore {heading!r}"
            )
        return said

    def _end(self, row: PersonRow, raw: RawRow, heading: str, text: str) -> Standing:
        """Read an end date. A person is gone from the day after their last day.

        An end before the start belongs to an earlier contract and is ignored.
        """
        if text in NO_DAY or text.startswith(("9999", "31/12/9999", "12/31/9999", "31.12.9999")):
            return Standing()
        last = read_day(text, self._orders.get(heading), self._today.year + YEARS_AHEAD)
        started = row.values.get("start_date")
        return Standing() if last >= self._today or (started and last < started) else GONE

    def _conclude(self, row: PersonRow, standings: list[tuple[str, Standing]]) -> list[str]:
        """Set who works here and what kind of person it is. Return what contradicts itself."""
        here = next((heading for heading, said in standings if said.active), None)
        gone = next((heading for heading, said in standings if said.active is False), None)
        if here and gone:
            return [f"{_shown(here)} says that this person works here, and {_shown(gone)} that they do not"]
        together = join_standings(tuple(said for _, said in standings))
        if together.active is not None:
            row.values["active"] = together.active
        elif self._choices.deactivate_missing:
            row.values["active"] = True
        if together.kind:
            row.values.setdefault("kind", together.kind)
        return []


def _shown(column: str) -> str:
    """A column's name as a report may print it, whatever the file called it."""
    name = column[:MAX_COLUMN_NAME_LENGTH]
    return name if name.isprintable() else repr(name)
