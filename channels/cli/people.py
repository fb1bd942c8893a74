"""`people import`: bring a file of people into the directory."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from channels.cli.command import CliCommand, Runtime
from engine.directory.importing import import_people
from engine.directory.staging import ImportReport
from engine.parsing.problems import MAX_QUOTED_TEXT_LENGTH, make_printable


def add_import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a .csv or .json file of people")
    parser.add_argument(
        "--deactivate-missing", action="store_true", help="make inactive whoever is not in the file (bots aside)"
    )


async def run_people_import(given: Namespace, runtime: Runtime) -> int:
    """Import and print the report. 0 where all of the file is in, 1 where something was left out."""
    size = given.file.stat().st_size if given.file.is_file() else 0
    from tqdm import tqdm  # a start of the server does without it

    with tqdm(total=size, desc="people", unit="B", unit_scale=True, file=sys.stderr) as bar:

        def progress(read: int) -> None:
            bar.update(read - bar.n)

        async with runtime.writing.begin() as session:
            report = await import_people(
                session,
                given.file,
                deactivate_missing=given.deactivate_missing,
                actor=None,
                origin="cli",
                now=runtime.clock(),
                progress=progress,
            )
    _show(report)
    return 1 if report.problem_count else 0


def _show(report: ImportReport) -> None:
    for problem in report.problems:
        print(f"{report.unit} {problem.number}: {problem.reason}")
    if further := report.problem_count - len(report.problems):
        print(f"… and {further:,} more problems")
    if report.taken:
        print(f"taken: {', '.join(f'{_name(heading)} as {column}' for heading, column in report.taken.items())}")
    if report.attributes:
        print(f"kept as attributes: {', '.join(map(_name, sorted(report.attributes)))}")
    print(
        f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.deactivated:,} deactivated, {report.problem_count:,} problems"
    )


def _name(heading: str) -> str:
    """A heading of the file: it may be long, and must not write on somebody's terminal."""
    return make_printable(heading[:MAX_QUOTED_TEXT_LENGTH])


IMPORT_PEOPLE_COMMAND = CliCommand(
    "people import", "bring a CSV or JSON file of people into the directory", add_import_arguments, run_people_import
)
