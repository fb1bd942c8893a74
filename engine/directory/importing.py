"""Importing the directory: a file of people, brought in as often as one likes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.merging import reapply_merges
from engine.admin.audit import record_audit
from engine.admin.first_admins import promote_first_admins
from engine.admin.permissions import require_permission
from engine.db.base import Base
from engine.db.statements import build_insert
from engine.directory.file import RawRow, get_row_unit, read_rows
from engine.directory.managers import assign_managers
from engine.directory.matching import PERSON_COLUMNS, StoredPerson, load_known_people
from engine.directory.rows import PersonRow, parse_row
from engine.directory.staging import STAGING_TABLE, ImportReport, RowOutcome
from engine.directory.workspace_members import hand_over_to_directory
from engine.errors import BadInput
from engine.people.models import Person, select_merge_chain
from engine.people.names import fold_name

MAX_BATCH_ROWS = 2000  # rows, fewer where they are long

MAX_BATCH_BYTES = 4_000_000

IMPORT_PEOPLE_TABLE = Base.metadata.tables[Person.__tablename__]

BLANK_PERSON: Mapping[str, Any] = dict.fromkeys(PERSON_COLUMNS) | {
    "first_name": "", "last_name": "", "display_name": "", "groups": [], "programs": [], "kind": "employee",
    "active": True, "no_birthday_post": False, "no_public_kudos": False, "not_on_boards": False, "direct_news": True,
    "attributes": {},
}  # fmt: skip

IMPORT_LOCK_ID = 0x1A07E1  # any number, as long as nothing else of the product takes it


async def import_people(
    session: AsyncSession,
    file: Path,
    *,
    deactivate_missing: bool,
    actor: Person | None,
    origin: str,
    now: datetime,
    progress: Callable[[int], None] = lambda _read: None,
) -> ImportReport:
    """Bring the people of a CSV or JSON file into the directory; the same file twice changes nothing.

    A person is known by e-mail, else by employee id. Columns that the file lacks stay as they are, an empty cell
    empties its column (but never e-mail, employee id, `kind`, nor what is yes or no). Rows that are wrong are left out
    and reported; an unknown or circular manager is reported and the rest of the row taken. Whom the deployment wants
    as an administrator becomes one.
    With `deactivate_missing` the file is the whole directory: who is in it is active unless it says otherwise, who is
    not becomes inactive, bots aside; a row that is left out, or of somebody merged, still speaks for its person.
    `actor` None is the command line. `progress` hears how many bytes of the file were read.

    Raises BadInput for a file that cannot be understood (nothing was changed then), NotAllowed for a member.
    """
    if actor is not None:
        require_permission(actor, "directory")
    await _one_at_a_time(session)
    connection = await session.connection()
    await connection.run_sync(STAGING_TABLE.create)
    report = ImportReport(get_row_unit(file))
    unsaid: Mapping[str, Any] = {"active": True} if deactivate_missing else {}
    for raw in _batches(read_rows(file)):
        report.note_taken(row.taken for row in raw)
        await _take(session, [parse_row(row, unsaid) for row in raw], report, now)
        progress(raw[-1].read)
    await assign_managers(session, report, now)
    if deactivate_missing:
        report.deactivated = await _deactivate_missing(session, now)
    await promote_first_admins(session, now)
    await reapply_merges(session)
    await hand_over_to_directory(session, select(STAGING_TABLE.c.person_id))
    await _count(session, report)
    await connection.run_sync(STAGING_TABLE.drop)
    report.problems.sort(key=lambda problem: problem.number)
    actor_id = actor.id if actor else None
    record_audit(session, "people.import", "people", now, actor_id=actor_id, origin=origin, after=report.counts())
    return report


async def _one_at_a_time(session: AsyncSession) -> None:
    """Two imports at once would wait for each other's rows crosswise. SQLite has one writer anyway."""
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
class SortedBatch:
    """The rows of a batch by what has to be done about them."""

    new: list[tuple[PersonRow, dict[str, Any]]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    staged: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)


async def _take(session: AsyncSession, rows: Sequence[PersonRow], report: ImportReport, now: datetime) -> None:
    known = await load_known_people(session, rows)
    todo = SortedBatch()
    for row in rows:
        report.note_attributes(row.attributes)
        reason = row.problem or known.refusal(row, report.unit)
        if reason:
            report.tell(row.number, reason)
            todo.left_out += [_staged(person["id"], row, "left out") for person in known.owners(row)]
        else:
            _sort(row, known.claim(row), todo)
    await _create(session, todo, now)
    if todo.changed:
        changed = (
            update(IMPORT_PEOPLE_TABLE).where(IMPORT_PEOPLE_TABLE.c.id == bindparam("this")).values(updated_at=now)
        )
        await session.execute(changed, todo.changed)
    await _stage(session, todo)


def _sort(row: PersonRow, person: StoredPerson | None, todo: SortedBatch) -> None:
    after = _merged(row, person or BLANK_PERSON)
    if person is None:
        todo.new.append((row, after))
        return
    same = all(after[name] == person[name] for name in PERSON_COLUMNS)
    todo.staged.append(_staged(person["id"], row, "unchanged" if same else "updated"))
    if not same:
        todo.changed.append({"this": person["id"], **after})


def _merged(row: PersonRow, before: StoredPerson) -> dict[str, Any]:
    """All columns of the person as they shall be."""
    after: dict[str, Any] = {name: row.values.get(name, before[name]) for name in PERSON_COLUMNS}
    if row.attributes:
        attributes = {**before["attributes"], **row.attributes}
        after["attributes"] = {name: value for name, value in attributes.items() if value is not None}
    named = row.values.get("first_name") or row.values.get("last_name")
    if not after["display_name"] or (named and "display_name" not in row.values):
        both = f"{after['first_name']} {after['last_name']}".strip()
        after["display_name"] = both or (after["email"] or after["employee_id"]).partition("@")[0]
    after["folded_name"] = fold_name(after["display_name"])
    return after


def _staged(person_id: int, row: PersonRow, outcome: RowOutcome) -> dict[str, Any]:
    manager = None if outcome == "left out" else row.manager
    return {"person_id": person_id, "number": row.number, "outcome": outcome, "manager": manager}


async def _create(session: AsyncSession, todo: SortedBatch, now: datetime) -> None:
    for key in ("email", "employee_id"):
        group = [(row, values) for row, values in todo.new if _key(values) == key]
        if not group:
            continue
        upsert = build_insert(session, IMPORT_PEOPLE_TABLE)
        upsert = upsert.on_conflict_do_update(
            index_elements=[key], set_={name: upsert.excluded[name] for name in (*PERSON_COLUMNS, "updated_at")}
        ).returning(IMPORT_PEOPLE_TABLE.c.id, IMPORT_PEOPLE_TABLE.c[key])
        made = await session.execute(upsert, [{**values, "created_at": now, "updated_at": now} for _, values in group])
        ids = {value: person_id for person_id, value in made}
        todo.staged += [_staged(ids[values[key]], row, "created") for row, values in group]


def _key(values: Mapping[str, Any]) -> str:
    return "email" if values["email"] else "employee_id"


async def _stage(session: AsyncSession, todo: SortedBatch) -> None:
    staging = build_insert(session, STAGING_TABLE)
    said = {name: staging.excluded[name] for name in ("number", "outcome", "manager")}
    if todo.staged:
        await session.execute(staging.on_conflict_do_update(index_elements=["person_id"], set_=said), todo.staged)
    if todo.left_out:
        await session.execute(staging.on_conflict_do_nothing(), todo.left_out)


async def _deactivate_missing(session: AsyncSession, now: datetime) -> int:
    named = select(STAGING_TABLE.c.person_id.label("id"))
    if await session.scalar(named.limit(1)) is None:
        raise BadInput("the file names nobody, so nobody was deactivated")
    missing = (
        IMPORT_PEOPLE_TABLE.c.active,
        IMPORT_PEOPLE_TABLE.c.kind != "bot",
        IMPORT_PEOPLE_TABLE.c.id.not_in(select(select_merge_chain(named).c.id)),
    )
    count = await session.scalar(select(func.count()).select_from(IMPORT_PEOPLE_TABLE).where(*missing))
    await session.execute(update(IMPORT_PEOPLE_TABLE).where(*missing).values(active=False, updated_at=now))
    return count or 0


async def _count(session: AsyncSession, report: ImportReport) -> None:
    outcomes = await session.execute(select(STAGING_TABLE.c.outcome, func.count()).group_by(STAGING_TABLE.c.outcome))
    counts: dict[str, int] = {outcome: count for outcome, count in outcomes}
    report.created = counts.get("created", 0)
    report.updated = counts.get("updated", 0)
    report.unchanged = counts.get("unchanged", 0)
