"""Importing people in tests, and looking at what came of it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.db.connection import SessionFactory
from engine.directory.importing import import_people
from engine.directory.staging import ImportReport
from engine.people.models import Person
from engine.people_file.choices import Choices
from tests.conftest import NOW


@dataclass(frozen=True)
class Importer:
    """Imports what it is called with: the text or bytes of a CSV, or a list of objects as JSON."""

    writing: SessionFactory
    folder: Path

    async def __call__(self, content: object, *, days: int = 0, **choices: Any) -> ImportReport:
        written = content if isinstance(content, str | bytes) else json.dumps(content)
        file = self.folder / ("people.csv" if written is content else "people.json")
        file.write_bytes(written if isinstance(written, bytes) else written.encode())
        return await importing(self.writing, file, days=days, **choices)


async def importing(writing: SessionFactory, file: Path, *, days: int = 0, **choices: Any) -> ImportReport:
    """Import `file` as the command line does, `days` after NOW; `choices` are those of Choices."""
    async with writing.begin() as session:
        return await import_people(
            session,
            file,
            choices=Choices(**choices),
            actor=None,
            origin="cli",
            now=NOW + timedelta(days=days),
        )


async def everybody(writing: SessionFactory) -> dict[str, Person]:
    """All people by e-mail, or by employee id where they have none."""
    async with writing() as session:
        return {person.email or person.employee_id or "": person for person in await session.scalars(select(Person))}


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.deactivated


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(problem.number, problem.reason) for problem in report.problems]
