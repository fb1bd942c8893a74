"""What an import remembers of the file while it runs, and what it reports in the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Column, Integer, MetaData, String, Table

Outcome = Literal["created", "updated", "unchanged", "left out"]
MOST_PROBLEMS = 10_000  # told one by one; further ones are counted
MOST_ATTRIBUTES = 100  # named

STAGED = Table(
    "people_import",
    MetaData(),  # of its own: it lives for one import on one connection, and no migration knows it
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("manager", String(254)),  # as the file names them; empty for "nobody", NULL for "not said"
    Column("manager_id", Integer),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something of a line was left out."""

    line: int
    reason: str


@dataclass(slots=True)
class Report:
    """What an import did. `attributes` are the columns that we do not know and keep as they are."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    attributes: set[str] = field(default_factory=set)

    def tell(self, line: int, reason: str) -> None:
        """Note a problem; beyond MOST_PROBLEMS it is only counted."""
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, reason))

    def note_attributes(self, names: Iterable[str]) -> None:
        """Remember the names of columns that are kept as attributes."""
        self.attributes.update(name for name in names if len(self.attributes) < MOST_ATTRIBUTES)
