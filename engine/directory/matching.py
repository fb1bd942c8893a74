"""Matching of a file row to a person in the directory: by e-mail, else by employee id, never by name."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, String, Table, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from engine.directory.staging import COLUMNS, PEOPLE, STAGING_TABLE
from engine.people_file.rows import PersonRow

KEYS = ("email", "employee_id")

PersonKey = tuple[str, Any]

StoredPerson = Mapping[str, Any]  # the id and COLUMNS of a person


@dataclass(slots=True)
class KnownPeople:
    """The people that one batch may refer to, and the rows of the file that have referred to them already."""

    people: dict[PersonKey, StoredPerson] = field(default_factory=dict)
    rows: dict[PersonKey, int] = field(default_factory=dict)  # the number of each

    def owners(self, row: PersonRow) -> list[StoredPerson]:
        """Find the person with the row's e-mail, then the person with its employee id.

        The result has one item if both are the same person.
        """
        by_email = self.people.get(("email", row.email)) if row.email else None
        by_employee_id = self.people.get(("employee_id", row.employee_id)) if row.employee_id else None
        found = [person for person in (by_email, by_employee_id) if person is not None]
        return found[:1] if len(found) > 1 and found[0]["id"] == found[1]["id"] else found

    def refusal(self, row: PersonRow, owners: Sequence[StoredPerson], unit: str) -> str:
        """Return why the row cannot be taken, or an empty string if it can.

        `unit` is what the file counts: lines or persons.
        """
        spoken = [self.rows[key] for key in _names(row, owners) if key in self.rows]
        if spoken:
            return f"is the same person as {unit} {spoken[0]}, which counts"
        if len(owners) > 1:
            return f"the employee_id {row.employee_id!r} belongs to another person than the email {row.email!r}"
        return ""

    def claim(self, row: PersonRow, owners: Sequence[StoredPerson]) -> None:
        """Let later rows that speak of the same person be refused."""
        for key in _names(row, owners):
            self.rows[key] = row.number


def _names(row: PersonRow, owners: Iterable[StoredPerson]) -> list[PersonKey]:
    """List all keys by which a later row may refer to the same person."""
    names: list[PersonKey] = [("id", person["id"]) for person in owners]
    if row.email is not None:
        names.insert(0, ("email", row.email))
    if row.employee_id is not None:
        names.append(("employee_id", row.employee_id))
    return names


async def load_known(session: AsyncSession, rows: Sequence[PersonRow]) -> KnownPeople:
    """Read what is known of the people of `rows`, and which rows before them spoke of the same."""
    known = KnownPeople()
    for key in KEYS:
        values = [row.values[key] for row in rows if row.values.get(key)]
        strange = [value for value in values if (key, value) not in known.people]
        for person in await _select_by(session, PEOPLE, ("id", *COLUMNS), key, strange):
            known.people["email", person["email"]] = known.people["employee_id", person["employee_id"]] = person
        for row in await _select_by(session, STAGING_TABLE, ("number", key), key, values):
            known.rows[key, row[key]] = row["number"]
    ids = {person["id"] for person in known.people.values()}
    for row in await _select_by(session, STAGING_TABLE, ("number", "person_id"), "person_id", list(ids)):
        known.rows["id", row["person_id"]] = row["number"]
    return known


async def _select_by(
    session: AsyncSession, table: Table, columns: Sequence[str], key: str, values: list[Any]
) -> list[Mapping[str, Any]]:
    """Select the rows of `table` whose `key` is among `values`, as mappings of `columns`."""
    if not values:
        return []
    statement = select(*(table.c[name] for name in columns)).where(_among(session, table.c[key]))
    given = values if session.get_bind().dialect.name == "postgresql" else json.dumps(values)
    found = await (await session.connection()).execute(statement, {"values": given})
    return [dict(zip(columns, row, strict=True)) for row in found]


def _among(session: AsyncSession, column: Column[Any]) -> ColumnElement[bool]:
    """Build the condition that `column` is among the values of one parameter.

    It is one parameter for any number of values, so that the statement is compiled once.
    """
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam("values", type_=ARRAY(String if isinstance(column.type, String) else Integer)))
    return column.in_(select(func.json_each(bindparam("values")).table_valued("value").c.value))
