"""What an import remembers of the file while it runs, and what it reports in the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Column, Integer, MetaData, String, Table, Text
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Base
from engine.people.models import Person
from engine.people_file.columns import ColumnMapping
from engine.people_file.rows import PersonRow

RowOutcome = Literal["created", "updated", "unchanged", "left out"]

MAX_REPORTED_PROBLEMS = 10_000  # told one by one; further ones are counted
MAX_COLUMNS_SHOWN = 100
MAX_REWIRED_SHOWN = 5

COLUMNS = (
    "email", "employee_id", "first_name", "last_name", "display_name", "folded_name", "job_code", "title", "department",
    "groups", "programs", "start_date", "birth_year", "birth_month", "birth_day", "timezone", "locale", "worker_type",
    "kind", "active", "no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news", "attributes",
)  # fmt: skip

JSON_COLUMNS = frozenset(("groups", "programs", "attributes"))
PEOPLE = Base.metadata.tables[Person.__tablename__]

_METADATA = MetaData()  # of its own: its tables live for one import on one connection, and no migration knows them

STAGING_TABLE = Table(
    "people_import",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person_id", Integer, index=True),  # NULL until somebody new is in the directory
    Column("outcome", String(16), nullable=False),
    Column("manager", String(254)),  # as the file names them; empty for "nobody", NULL for "not said"
    Column("manager_id", Integer),
    *(
        Column(name, Text if name in JSON_COLUMNS else PEOPLE.c[name].type, index=name in ("email", "employee_id"))
        for name in COLUMNS
    ),
    prefixes=["TEMPORARY"],
)

LEFT_OUT = Table(  # the people of whom rows speak that are left out
    "people_left_out",
    _METADATA,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    prefixes=["TEMPORARY"],
)

FIELDS = ("number", "person_id", "outcome", "manager", *COLUMNS)

StagedRow = tuple[Any, ...]  # FIELDS


async def create_staging(session: AsyncSession) -> None:
    """Make the tables of one import, on the session's connection."""
    await (await session.connection()).run_sync(_METADATA.create_all)


async def drop_staging(session: AsyncSession) -> None:
    await (await session.connection()).run_sync(_METADATA.drop_all)


async def stage_rows(session: AsyncSession, rows: Sequence[StagedRow]) -> None:
    """Put rows into the staging table: by COPY on PostgreSQL, by the driver's own executemany on SQLite."""
    connection = await session.connection()
    if session.get_bind().dialect.name == "postgresql":
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.copy_records_to_table(STAGING_TABLE.name, records=rows, columns=FIELDS, schema_name="pg_temp")  # type: ignore[union-attr]
        return
    marks = ", ".join("?" * len(FIELDS))
    names = ", ".join(f'"{name}"' for name in FIELDS)
    at = FIELDS.index("start_date")  # SQLite keeps days as text
    plain = [(*row[:at], row[at].isoformat(), *row[at + 1 :]) if row[at] else row for row in rows]
    await connection.exec_driver_sql(f"INSERT INTO {STAGING_TABLE.name} ({names}) VALUES ({marks})", plain)  # noqa: S608


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why something of a row was left out. `number` is its line or, in JSON, the person's place in the list."""

    number: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """The result of an import.

    `taken` has the headings that were recognised as a column of another name, `attributes` the unknown columns that
    were kept, `unused` those that were not, and `secret` those that are never stored.
    """

    unit: Literal["line", "person"]  # what the numbers of the problems count
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0
    taken: dict[str, str] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)
    secret: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)  # the columns of people that the file speaks of
    rewired: list[str] = field(
        default_factory=list
    )  # whose identity the file would change: sentences, the first of them
    rewired_count: int = 0
    retired: int = 0  # who is active, and not any more by what their row says

    def tell(self, number: int, reason: str) -> None:
        """Note a problem; beyond MOST_PROBLEMS it is only counted."""
        self.problem_count += 1
        if len(self.problems) < MAX_REPORTED_PROBLEMS:
            self.problems.append(RowProblem(number, reason))

    def note_header(self, header: ColumnMapping) -> None:
        """Remember how headings were understood."""
        self.taken.update(item for item in header.taken.items() if len(self.taken) < MAX_COLUMNS_SHOWN)
        _note(self.unused, header.unused)
        _note(self.secret, header.secret)

    def note_row(self, row: PersonRow) -> None:
        """Remember what a row holds besides the columns that are known, and what was left out of it."""
        _note(self.attributes, row.attributes)
        _note(self.unused, row.unused)
        _note(self.secret, row.secret)
        self.said.update(row.values, ("attributes",) if row.attributes else ())
        for remark in row.remarks:
            self.tell(row.number, remark)

    def note_rewired(self, sentence: str) -> None:
        """Note that a row would change a person's identity.

        Only the first sentences are kept; all are counted.
        """
        self.rewired_count += 1
        if len(self.rewired) < MAX_REWIRED_SHOWN:
            self.rewired.append(sentence)

    def counts(self) -> dict[str, int]:
        """Return the numbers for the audit: created, updated, unchanged, deactivated and problems."""
        done = {name: getattr(self, name) for name in ("created", "updated", "unchanged", "deactivated")}
        return done | {"problems": self.problem_count}


def _note(names: set[str], more: Iterable[str]) -> None:
    names.update(name for name in more if len(names) < MAX_COLUMNS_SHOWN)
