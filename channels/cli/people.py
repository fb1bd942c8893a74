"""`people import`: import a file of people into the directory."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from channels.cli.command import CliCommand, Runtime
from engine.directory.importing import Progress, apply_people, import_people, stage_people
from engine.directory.staging import ImportReport
from engine.parsing.problems import MAX_QUOTED_TEXT_LENGTH, make_printable
from engine.people_file.choices import Choices
from engine.people_file.statuses import GONE, HERE, Standing, plain_words

MEANINGS = {"active": HERE, "inactive": GONE, **{kind: Standing(kind=kind) for kind in ("employee", "guest", "bot")}}


def add_import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a .csv, .xlsx or .json file of people")
    parser.add_argument(
        "--deactivate-missing", action="store_true", help="make inactive whoever is not in the file (bots aside)"
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="go on where more than a few people would become somebody else, or more than a tenth would be retired",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="NAME",
        help="keep this unknown column as an attribute (may be repeated); passwords, pay and the like are never stored",
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="NAME", help="read as if this column were not there"
    )
    parser.add_argument(
        "--date-order", choices=("dmy", "mdy"), help="what 03/04/2019 is, where the file itself does not tell"
    )
    parser.add_argument(
        "--means",
        action="append",
        default=[],
        type=_meaning,
        metavar="WORD=MEANING",
        help="what a status or worker type of your own says: active, inactive, employee, guest or bot",
    )


def _meaning(given: str) -> tuple[str, Standing]:
    word, _, meaning = given.rpartition("=")
    if not plain_words(word) or meaning.strip().casefold() not in MEANINGS:
        raise ArgumentTypeError(f"{given!r} is not like 'Tier 2=employee' ({', '.join(MEANINGS)})")
    return plain_words(word), MEANINGS[meaning.strip().casefold()]


async def run_people_import(given: Namespace, runtime: Runtime) -> int:
    """Import the file and print the report. Return 0 if all rows are imported, 1 if some are left out."""
    choices = Choices(
        deactivate_missing=given.deactivate_missing,
        confirmed=given.yes,
        keep=tuple(given.keep),
        ignore=tuple(given.ignore),
        date_order=given.date_order,
        means=dict(given.means),
    )
    size = given.file.stat().st_size if given.file.is_file() else 0
    from tqdm import tqdm  # imported here, since the server starts without it

    with tqdm(total=size, desc="people", unit="B", unit_scale=True, file=sys.stderr) as bar:

        def progress(read: int) -> None:
            bar.update(read - bar.n)

        report = await _import(runtime, given.file, choices, progress)
    _show(report)
    return 1 if report.problem_count else 0


async def _import(runtime: Runtime, file: Path, choices: Choices, progress: Progress) -> ImportReport:
    now = runtime.clock()
    engine: AsyncEngine = runtime.writing.kw["bind"]
    if engine.dialect.name != "sqlite":
        async with runtime.writing.begin() as session:
            return await import_people(
                session, file, choices=choices, actor=None, origin="cli", now=now, progress=progress
            )
    # SQLite has one writer: reading and staging the file leaves it free, and only the second half takes it
    async with engine.connect() as connection:
        await connection.execution_options(laurel_reads=True)
        async with AsyncSession(connection) as session, session.begin():
            report = await stage_people(session, file, choices=choices, actor=None, now=now, progress=progress)
        await connection.execution_options(laurel_reads=False)
        async with AsyncSession(connection, expire_on_commit=False) as session, session.begin():
            await apply_people(session, report, choices=choices, actor=None, origin="cli", now=now)
    return report


def _show(report: ImportReport) -> None:
    for problem in report.problems:
        print(f"{report.unit} {problem.number}: {problem.reason}")
    if further := report.problem_count - len(report.problems):
        print(f"… and {further:,} more problems")
    if report.taken:
        print(f"taken: {', '.join(f'{_name(heading)} as {column}' for heading, column in report.taken.items())}")
    if report.attributes:
        print(f"kept as attributes: {_names(report.attributes)}")
    if report.unused:
        print(f"not used: {_names(report.unused)} (--keep NAME keeps one as an attribute)")
    if report.secret:
        print(f"never stored: {_names(report.secret)}")
    print(
        f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.deactivated:,} deactivated, {report.problem_count:,} problems"
    )


def _names(headings: Iterable[str]) -> str:
    return ", ".join(map(_name, sorted(headings)))


def _name(heading: str) -> str:
    """Return a heading of the file, shortened and without control characters, which could write on the terminal."""
    return make_printable(heading[:MAX_QUOTED_TEXT_LENGTH])


IMPORT_PEOPLE_COMMAND = CliCommand(
    "people import", "bring a file of people into the directory", add_import_arguments, run_people_import
)
