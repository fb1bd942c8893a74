"""What an import remembers of the file while it runs, and what it reports in the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Column, Integer, MetaData, String, Table

RowOutcome = Literal["created", "updated", "unchanged", "left out"]

MAX_REPORTED_PROBLEMS = 10_000  # told one by one; further ones are counted

MAX_REPORTED_COLUMNS = 100  # named

STAGING_TABLE = Table(
    "people_import",
    MetaData(),  # of its own: it lives for one import on one connection, and no migration knows it
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("manager", String(254)),  # as the file names them; empty for "nobody", NULL for "not said"
    Column("manager_id", Integer),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why something of a row was left out. `number` is its line or, in JSON, the person's place in the list."""

    number: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    `taken` are the headings that were understood as a column of another spelling, `attributes` the columns that we do
    not know and keep as they are.
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

    def tell(self, number: int, reason: str) -> None:
        """Note a problem; beyond MOST_PROBLEMS it is only counted."""
        self.problem_count += 1
        if len(self.problems) < MAX_REPORTED_PROBLEMS:
            self.problems.append(RowProblem(number, reason))

    def note_attributes(self, names: Iterable[str]) -> None:
        """Remember the names of columns that are kept as attributes."""
        self.attributes.update(name for name in names if len(self.attributes) < MAX_REPORTED_COLUMNS)

    def note_taken(self, taken: Iterable[Mapping[str, str]]) -> None:
        """Remember which headings were taken as which column, row by row."""
        for row in taken:
            self.taken.update(item for item in row.items() if len(self.taken) < MAX_REPORTED_COLUMNS)

    def counts(self) -> dict[str, int]:
        """What was done, in numbers, for the audit."""
        done = {name: getattr(self, name) for name in ("created", "updated", "unchanged", "deactivated")}
        return done | {"problems": self.problem_count}
