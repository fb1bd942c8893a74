"""Import of the directory from a file of people. It can be repeated as often as needed.

The file is staged first, in temporary tables that only the import sees, and then applied in a few statements.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.merging import reapply_merges
from engine.admin.audit import record_audit
from engine.admin.first_admins import promote_first_admins
from engine.admin.permissions import require_permission
from engine.db.statements import build_insert
from engine.directory.applying import (
    count_outcomes,
    create_named_managers,
    create_others,
    deactivate_missing,
    update_people,
)
from engine.directory.confirmation import note_changes, require_confirmation
from engine.directory.managers import assign_managers, resolve_managers
from engine.directory.matching import KnownPeople, StoredPerson, load_known
from engine.directory.staging import (
    COLUMNS,
    JSON_COLUMNS,
    LEFT_OUT,
    STAGING_TABLE,
    ImportReport,
    RowOutcome,
    StagedRow,
    create_staging,
    drop_staging,
    stage_rows,
)
from engine.directory.workspace_members import hand_over_to_directory
from engine.people.models import Person
from engine.people.names import fold_name
from engine.people_file.choices import Choices, DateOrder
from engine.people_file.dates import DateColumns
from engine.people_file.file import RawRow, get_row_unit, read_rows
from engine.people_file.rows import PersonRow, RowReader

MAX_BATCH_ROWS = 2000  # rows, fewer where they are long
MAX_BATCH_BYTES = 4_000_000

BLANK_PERSON: Mapping[str, Any] = dict.fromkeys(COLUMNS) | {
    "first_name": "", "last_name": "", "display_name": "", "groups": [], "programs": [], "kind": "employee",
    "active": True, "no_birthday_post": False, "no_public_kudos": False, "not_on_boards": False, "direct_news": True,
    "attributes": {},
}  # fmt: skip

NOTHING = (None,) * len(COLUMNS)
IMPORT_LOCK_ID = 0x1A07E1  # any number, as long as nothing else of the product takes it

Progress = Callable[[int], None]


async def import_people(
    session: AsyncSession,
    file: Path,
    *,
    choices: Choices,
    actor: Person | None,
    origin: str,
    now: datetime,
    progress: Progress = lambda _read: None,
) -> ImportReport:
    """Import the people of a CSV, Excel or JSON file. Importing the same file twice has no further effect.

    A person is known by e-mail, else by employee id. Columns that the file lacks stay as they are. An empty cell
    empties its column, except e-mail, employee id, `kind` and yes-or-no columns. Rows that are wrong are left out and
    reported. An unreadable date or name, and an unknown or circular manager, are reported and the rest of the row is
    taken. A person named by the deployment as an administrator becomes one.

    With `choices.deactivate_missing` the file is the whole directory: people in it are active unless it says otherwise,
    and all others except bots become inactive. A row that is left out, or is for a merged person, still counts as a
    mention. `actor` None is the command line. `progress` gets the number of bytes read.

    Raises BadInput for a file that cannot be understood (no data was changed then), NotConfirmed if it would change the
    identity of many people or retire many and `choices.confirmed` is not set, and NotAllowed for a member.
    """
    report = await stage_people(session, file, choices=choices, actor=actor, now=now, progress=progress)
    await apply_people(session, report, choices=choices, actor=actor, origin=origin, now=now)
    return report


async def stage_people(
    session: AsyncSession,
    file: Path,
    *,
    choices: Choices,
    actor: Person | None,
    now: datetime,
    progress: Progress = lambda _read: None,
) -> ImportReport:
    """Read the file and work out what to do. Only staging tables are written.

    This is the first half of `import_people`.
    """
    if actor is not None:
        require_permission(actor, "directory")
    orders = _decide_orders(file, choices)
    await _one_at_a_time(session)
    await create_staging(session)
    report = ImportReport(get_row_unit(file))
    reader = RowReader(choices, orders, now.date())
    for raw in _batches(read_rows(file, choices)):
        for header in {id(row.header): row.header for row in raw}.values():
            report.note_header(header)
        await _stage_batch(session, [reader.read(row) for row in raw], report)
        progress(raw[-1].read)
    await require_confirmation(session, report, choices)
    return report


async def apply_people(
    session: AsyncSession, report: ImportReport, *, choices: Choices, actor: Person | None, origin: str, now: datetime
) -> None:
    """Write the people staged on this connection, and complete the report.

    This is the second half of `import_people`.
    """
    await update_people(session, report.said, now)
    await create_named_managers(session, now)
    await resolve_managers(session, report)
    await create_others(session, now)
    await assign_managers(session, report, now)
    if choices.deactivate_missing:
        await deactivate_missing(session, now)
    await promote_first_admins(session, now)
    await reapply_merges(session)
    await hand_over_to_directory(session, select(STAGING_TABLE.c.person_id))
    outcomes = await count_outcomes(session)
    report.created, report.updated = outcomes.get("created", 0), outcomes.get("updated", 0)
    report.unchanged = outcomes.get("unchanged", 0)
    await drop_staging(session)
    report.problems.sort(key=lambda problem: problem.number)
    actor_id = actor.id if actor else None
    record_audit(session, "people.import", "people", now, actor_id=actor_id, origin=origin, after=report.counts())


def _decide_orders(file: Path, choices: Choices) -> dict[str, DateOrder | None]:
    """Decide the date order of each date column.

    This reads the whole file once, because only all cells together show the order.
    """
    found = DateColumns()
    columns: dict[str, None] = {}
    stated: dict[str, DateOrder | None] = {}
    for row in read_rows(file, choices):
        stated |= row.header.orders
        for column in row.header.days:
            columns[column] = None
            cell = row.cells.get(column)
            if isinstance(cell, str) and cell[4:5] != "-" and column not in stated:
                found.note(column, cell.strip())
    return found.decide(columns, choices.date_order) | (stated if choices.date_order is None else {})


async def _one_at_a_time(session: AsyncSession) -> None:
    """Lock imports on PostgreSQL, so that they run one at a time.

    Two imports at once would wait for each other's rows crosswise. SQLite has a single writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK_ID)))


def _batches(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    batch: list[RawRow] = []
    begun = 0
    for row in rows:
        batch.append(row)
        if len(batch) == MAX_BATCH_ROWS or row.read - begun > MAX_BATCH_BYTES:
            yield batch
            batch, begun = [], row.read
    if batch:
        yield batch


@dataclass(slots=True)
class _Batch:
    staged: list[StagedRow] = field(default_factory=list)
    left_out: list[dict[str, int]] = field(default_factory=list)


async def _stage_batch(session: AsyncSession, rows: Sequence[PersonRow], report: ImportReport) -> None:
    known = await load_known(session, rows)
    batch = _Batch()
    for row in rows:
        report.note_row(row)
        _sort(row, known, report, batch)
    if batch.staged:
        await stage_rows(session, batch.staged)
    if batch.left_out:
        await session.execute(build_insert(session, LEFT_OUT).on_conflict_do_nothing(), batch.left_out)


def _sort(row: PersonRow, known: KnownPeople, report: ImportReport, batch: _Batch) -> None:
    """Work out what to do with a row, and add it to the batch or report its problem."""
    owners = known.owners(row)
    reason = row.problem or known.refusal(row, owners, report.unit)
    person = owners[0] if owners else None
    after = _merge(row, person or BLANK_PERSON)
    if not reason and not after["display_name"]:
        reason = "has no name, and no email to make one of"
    if reason:
        report.tell(row.number, reason)
        batch.left_out += [{"person_id": owner["id"]} for owner in owners]
        return
    known.claim(row, owners)
    if person is None:
        batch.staged.append(_staged_row(row, None, "created", after))
        return
    same = all(after[name] == person[name] for name in COLUMNS)
    if not same:
        note_changes(report, row, person, after)
    batch.staged.append(_staged_row(row, person["id"], "unchanged" if same else "updated", None if same else after))


def _merge(row: PersonRow, before: StoredPerson) -> dict[str, Any]:
    """Build all columns of the person as they will be after the import."""
    after = {name: before[name] for name in COLUMNS} | row.values
    if row.attributes:
        attributes = {**before["attributes"], **row.attributes}
        after["attributes"] = {name: value for name, value in attributes.items() if value is not None}
    named = row.values.get("first_name") or row.values.get("last_name")
    if not after["display_name"] or (named and "display_name" not in row.values):
        address = after["email"] or ""
        made = address.partition("@")[0]  # a number alone is no name, but the whole address is one
        both = f"{after['first_name']} {after['last_name']}".strip()
        after["display_name"] = both or (made if any(map(str.isalpha, made)) else address)
    if after["display_name"] != before["display_name"]:
        after["folded_name"] = fold_name(after["display_name"])
    return after


def _staged_row(
    row: PersonRow, person_id: int | None, outcome: RowOutcome, after: Mapping[str, Any] | None
) -> StagedRow:
    if after is None:
        return (row.number, person_id, outcome, row.manager, *NOTHING)
    written = {**after, **{name: json.dumps(after[name]) for name in JSON_COLUMNS}}
    return (row.number, person_id, outcome, row.manager, *(written[name] for name in COLUMNS))
