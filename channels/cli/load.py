"""`load`: bring a catalogue file in, and say of every reward what became of it."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from channels.cli.command import CliCommand, Runtime
from engine.admin import settings as admin_settings
from engine.catalogue import loader, reader
from engine.catalogue.loader import Change, Plan
from engine.errors import BadInput
from engine.parsing.problems import Remark, printable

SHOWN = 100  # characters of a value in the report


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a catalogue, JSON")
    parser.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    parser.add_argument(
        "--strict", action="store_true", help="load nothing where anything in the file draws a problem or a warning"
    )


async def run(given: Namespace, runtime: Runtime) -> int:
    """0: all of it is loaded (or would be); 1: some rewards are left out; 2: nothing is loaded."""
    content = _content(given.file)
    async with (runtime.reading if given.dry_run else runtime.writing).begin() as session:
        zone = ZoneInfo((await admin_settings.load(session)).timezone)
        plan = await loader.plan(session, reader.read(content, zone))
        refused = given.strict and not plan.is_clean
        if not given.dry_run and not refused:
            await loader.apply(session, plan, runtime.clock(), actor_id=None, origin="cli")
    for line in report(plan, runtime.clock(), zone):
        print(line)
    print(_outcome(plan, dry_run=given.dry_run, refused=refused))
    if refused or not plan.changes and plan.problems:
        return 2
    return 1 if plan.problems else 0


def report(plan: Plan, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The difference in plain lines: each change, what acts already, then warnings and problems.

    Dates of rewards without a zone of their own are told in `zone`, the organisation's.
    """
    for change in plan.changes:
        yield f"{_verb(change)} {change.subject} ({change.columns['reward_type']}): {_activity(change, now, zone)}"
        for key, (before, after) in change.fields.items():
            yield f"    {key}: {_value(before)} → {_value(after)}"
    yield from _remarks("warning", plan.warnings)
    yield from _remarks("problem", plan.problems)


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > reader.LARGEST_FILE:
            raise BadInput(f"{file.name}: larger than {reader.LARGEST_FILE // 10**6} MB")
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file.name}: {error.strerror}") from None


def _verb(change: Change) -> str:
    return "new      " if change.created else "changed  " if change.fields else "unchanged"


def _activity(change: Change, now: datetime, zone: ZoneInfo) -> str:
    parts = ", ".join(change.activity.waiting)
    if not change.activity.by_hand:
        return f"stored, acts with a later version ({parts})" if parts else "stored, acts with a later version"
    given = _giving(change.columns, now, zone)
    return f"{given}; {parts} stored, to act with a later version" if parts else given


def _giving(columns: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """Whether people can give the reward today, and from when where not."""
    if not columns["is_enabled"]:
        return "switched off, nobody can give it"
    begins = columns["effective_date"]
    if begins is None or begins <= now:
        return "people can give it"
    own = ZoneInfo(columns["timezone"]) if columns["timezone"] else zone
    return f"people can give it from {begins.astimezone(own):%Y-%m-%d %H:%M} ({own.key})"


def _value(value: Any) -> str:
    words = printable(json.dumps(value, ensure_ascii=False, default=str))
    return f"{words[:SHOWN]}…" if len(words) > SHOWN else words


def _remarks(kind: str, remarks: Iterable[Remark]) -> Iterator[str]:
    return (f"{kind}: {printable(remark.subject)}: {printable(remark.text)}" for remark in remarks)


def _outcome(plan: Plan, *, dry_run: bool, refused: bool) -> str:
    left_out = len({problem.subject for problem in plan.problems})
    counts = (
        f"{len(plan.created)} new, {len(plan.updated)} changed, {len(plan.unchanged)} unchanged, {left_out} left out"
    )
    if refused:
        return f"Nothing was loaded, as --strict asks for a file without problems and warnings ({counts})."
    return f"Nothing was written: this is what would be done: {counts}." if dry_run else f"{counts}."


LOAD = CliCommand("load", "load a catalogue of rewards from a JSON file", arguments, run)
