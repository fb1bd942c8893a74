"""`load`: load a catalogue file, and report the outcome for each reward."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from channels.cli.command import CliCommand, Runtime
from engine.admin.settings import load_settings
from engine.catalogue import reader
from engine.catalogue.loader import LoadPlan, RewardChange, apply_load, plan_load
from engine.catalogue.reader import read_catalogue
from engine.errors import BadInput
from engine.parsing.problems import EntryProblem, make_printable

MAX_SHOWN_LINES = 100  # characters of a value in the report


def add_load_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a catalogue, JSON")
    parser.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    parser.add_argument(
        "--strict", action="store_true", help="load nothing where anything in the file draws a problem or a warning"
    )


async def run_load(given: Namespace, runtime: Runtime) -> int:
    """Load the file and print the report.

    Return 0 if all rewards are loaded (or would be, with --dry-run), 1 if some are left out, 2 if none is. Raises
    BadInput for an unreadable file.
    """
    content = _content(given.file)
    async with (runtime.reading if given.dry_run else runtime.writing).begin() as session:
        zone = ZoneInfo((await load_settings(session)).timezone)
        plan = await plan_load(session, read_catalogue(content, zone))
        refused = given.strict and not plan.is_clean
        if not given.dry_run and not refused:
            await apply_load(session, plan, runtime.clock(), actor_id=None, origin="cli")
    for line in describe_plan(plan, runtime.clock(), zone):
        print(line)
    print(_outcome(plan, dry_run=given.dry_run, refused=refused))
    if refused or not plan.changes and plan.problems:
        return 2
    return 1 if plan.problems else 0


def describe_plan(plan: LoadPlan, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """Yield the difference in plain lines: each change, what is active already, then warnings and problems.

    `zone` is the organisation's, for the dates of rewards without their own zone.
    """
    for change in plan.changes:
        verb = "new      " if change.created else "changed  " if change.fields else "unchanged"
        yield f"{verb} {change.subject} ({change.columns['reward_type']}): {_activity(change, now, zone)}"
        for key, (before, after) in change.fields.items():
            yield f"    {key}: {_value(before)} → {_value(after)}"
    yield from _remarks("warning", plan.warnings)
    yield from _remarks("problem", plan.problems)


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > reader.MAX_CATALOGUE_BYTES:
            raise BadInput(f"{file.name}: larger than {reader.MAX_CATALOGUE_BYTES // 10**6} MB")
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file.name}: {error.strerror}") from None


def _activity(change: RewardChange, now: datetime, zone: ZoneInfo) -> str:
    parts = ", ".join(change.activity.waiting)
    if not change.activity.by_hand:
        return f"stored, acts with a later version ({parts})" if parts else "stored, acts with a later version"
    given = _giving(change.columns, now, zone)
    return f"{given}; {parts} stored, to act with a later version" if parts else given


def _giving(columns: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """Describe whether people can give the reward now, or from when."""
    if not columns["is_enabled"]:
        return "switched off, nobody can give it"
    begins = columns["effective_date"]
    if begins is None or begins <= now:
        return "people can give it"
    own = ZoneInfo(columns["timezone"]) if columns["timezone"] else zone
    return f"people can give it from {begins.astimezone(own):%Y-%m-%d %H:%M} ({own.key})"


def _value(value: Any) -> str:
    words = make_printable(json.dumps(value, ensure_ascii=False, default=str))
    return f"{words[:MAX_SHOWN_LINES]}…" if len(words) > MAX_SHOWN_LINES else words


def _remarks(kind: str, remarks: Iterable[EntryProblem]) -> Iterator[str]:
    return (f"{kind}: {make_printable(remark.subject)}: {make_printable(remark.text)}" for remark in remarks)


def _outcome(plan: LoadPlan, *, dry_run: bool, refused: bool) -> str:
    left_out = len({problem.subject for problem in plan.problems})
    counts = (
        f"{len(plan.created)} new, {len(plan.updated)} changed, {len(plan.unchanged)} unchanged, {left_out} left out"
    )
    if refused:
        return f"Nothing was loaded, as --strict asks for a file without problems and warnings ({counts})."
    return f"Nothing was written: this is what would be done: {counts}." if dry_run else f"{counts}."


LOAD_COMMAND = CliCommand("load", "load a catalogue of rewards from a JSON file", add_load_arguments, run_load)
