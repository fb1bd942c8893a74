"""Which person of the directory a row of the file speaks of: by e-mail, else by employee id, never by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.directory.rows import PersonRow
from engine.directory.staging import STAGING_TABLE
from engine.people.models import Person

PERSON_COLUMNS = (
    "email", "employee_id", "first_name", "last_name", "display_name", "folded_name", "job_code", "title", "department",
    "groups", "programs", "start_date", "birth_year", "birth_month", "birth_day", "timezone", "locale", "worker_type",
    "kind", "active", "no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news", "attributes",
)  # fmt: skip

PersonKey = tuple[str, Any]

StoredPerson = Mapping[str, Any]  # the id and COLUMNS of a person


@dataclass(slots=True)
class KnownPeople:
    """The people whom one batch may speak of, and which rows of the file have spoken of them already."""

    people: dict[PersonKey, StoredPerson] = field(default_factory=dict)
    rows: dict[PersonKey, int] = field(default_factory=dict)  # the number of each

    def owners(self, row: PersonRow) -> list[StoredPerson]:
        """Whoever has the row's e-mail, then whoever has its employee id."""
        found = (self.people.get(key) for key in _keys(row))
        return list({person["id"]: person for person in found if person is not None}.values())

    def refusal(self, row: PersonRow, unit: str) -> str:
        """Why the row cannot be taken; empty where it can. `unit` is what the file counts: lines or persons."""
        owners = self.owners(row)
        spoken = [self.rows[key] for key in self._names(row, owners) if key in self.rows]
        if spoken:
            return f"is the same person as {unit} {spoken[0]}, which counts"
        if len(owners) > 1:
            return f"the employee_id {row.employee_id!r} belongs to another person than the email {row.email!r}"
        return ""

    def claim(self, row: PersonRow) -> StoredPerson | None:
        """The row's person, None for a new one. Later rows that speak of the same person are refused."""
        owners = self.owners(row)
        self.rows.update(dict.fromkeys(self._names(row, owners), row.number))
        return owners[0] if owners else None

    def _names(self, row: PersonRow, owners: Iterable[StoredPerson]) -> list[PersonKey]:
        return [*_keys(row), *(("id", person["id"]) for person in owners)]


def _keys(row: PersonRow) -> list[PersonKey]:
    keys = (("email", row.email), ("employee_id", row.employee_id))
    return [key for key in keys if key[1] is not None]


async def load_known_people(session: AsyncSession, rows: Iterable[PersonRow]) -> KnownPeople:
    """Read what is known of the people of `rows`. Two round trips."""
    keys = [key for row in rows for key in _keys(row)]
    emails = [value for name, value in keys if name == "email"]
    employee_ids = [value for name, value in keys if name == "employee_id"]
    people = Person.__table__
    found = await session.execute(
        select(people.c.id, *(people.c[name] for name in PERSON_COLUMNS)).where(
            or_(people.c.email.in_(emails), people.c.employee_id.in_(employee_ids))
        )
    )
    by_key: dict[PersonKey, StoredPerson] = {}
    for person in found.mappings():
        by_key["email", person["email"]] = by_key["employee_id", person["employee_id"]] = dict(person)
    ids = {person["id"] for person in by_key.values()}
    spoken = select(STAGING_TABLE.c.person_id, STAGING_TABLE.c.number).where(
        STAGING_TABLE.c.person_id.in_(ids), STAGING_TABLE.c.outcome != "left out"
    )
    return KnownPeople(by_key, {("id", person): number for person, number in await session.execute(spoken)})
