"""Importing the directory: a file of people, brought in as often as one likes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts import merging as accounts_merging
from engine.admin import audit as admin_audit
from engine.admin import first_admins as admin_first_admins
from engine.admin import permissions
from engine.db.base import Base
from engine.db.statements import insert
from engine.directory import file as directory_file
from engine.directory import managers, matching, workspace_members
from engine.directory import rows as directory_rows
from engine.directory.file import RawRow
from engine.directory.matching import COLUMNS, Stored
from engine.directory.rows import Row
from engine.directory.staging import STAGED, Outcome, Report
from engine.errors import BadInput
from engine.people.models import Person, lineage
from engine.people.names import fold

BATCH = 2000  # rows, fewer where they are long

BATCH_BYTES = 4_000_000

PEOPLE = Base.metadata.tables[Person.__tablename__]

BLANK: Mapping[str, Any] = dict.fromkeys(COLUMNS) | {
    "first_name": "", "last_name": "", "display_name": "", "groups": [], "programs": [], "kind": "employee",
    "active": True, "no_birthday_post": False, "no_public_kudos": False, "not_on_boards": False, "direct_news": True,
    "attributes": {},
}  # fmt: skip

ADVISORY_LOCK = 0x1A07E1  # any number, as long as nothing else of the product takes it


async def import_people(
    session: AsyncSession,
    file: Path,
    *,
    deactivate_missing: bool,
    actor: Person | None,
    origin: str,
    now: datetime,
    progress: Callable[[int], None] = lambda _read: None,
) -> Report:
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
        permissions.require(actor, "directory")
    await _one_at_a_time(session)
    connection = await session.connection()
    await connection.run_sync(STAGED.create)
    report = Report(directory_file.unit(file))
    unsaid: Mapping[str, Any] = {"active": True} if deactivate_missing else {}
    for raw in _batches(directory_file.rows(file)):
        report.note_taken(row.taken for row in raw)
        await _take(session, [directory_rows.understood(row, unsaid) for row in raw], report, now)
        progress(raw[-1].read)
    await managers.assign(session, report, now)
    if deactivate_missing:
        report.deactivated = await _deactivate_missing(session, now)
    await admin_first_admins.promote(session, now)
    await accounts_merging.stay_merged(session)
    await workspace_members.take_over(session, select(STAGED.c.person_id))
    await _count(session, report)
    await connection.run_sync(STAGED.drop)
    report.problems.sort(key=lambda problem: problem.number)
    actor_id = actor.id if actor else None
    admin_audit.record(session, "people.import", "people", now, actor_id=actor_id, origin=origin, after=report.counts())
    return report


async def _one_at_a_time(session: AsyncSession) -> None:
    """Two imports at once would wait for each other's rows crosswise. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))


def _batches(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    batch: list[RawRow] = []
    begun = 0
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH or row.read - begun > BATCH_BYTES:
            yield batch
            batch, begun = [], row.read
    if batch:
        yield batch


@dataclass(slots=True)
class Sorted:
    """The rows of a batch by what has to be done about them."""

    new: list[tuple[Row, dict[str, Any]]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    staged: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)


async def _take(session: AsyncSession, rows: Sequence[Row], report: Report, now: datetime) -> None:
    known = await matching.known(session, rows)
    todo = Sorted()
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
        changed = update(PEOPLE).where(PEOPLE.c.id == bindparam("this")).values(updated_at=now)
        await session.execute(changed, todo.changed)
    await _stage(session, todo)


def _sort(row: Row, person: Stored | None, todo: Sorted) -> None:
    after = _merged(row, person or BLANK)
    if person is None:
        todo.new.append((row, after))
        return
    same = all(after[name] == person[name] for name in COLUMNS)
    todo.staged.append(_staged(person["id"], row, "unchanged" if same else "updated"))
    if not same:
        todo.changed.append({"this": person["id"], **after})


def _merged(row: Row, before: Stored) -> dict[str, Any]:
    """All columns of the person as they shall be."""
    after: dict[str, Any] = {name: row.values.get(name, before[name]) for name in COLUMNS}
    if row.attributes:
        attributes = {**before["attributes"], **row.attributes}
        after["attributes"] = {name: value for name, value in attributes.items() if value is not None}
    named = row.values.get("first_name") or row.values.get("last_name")
    if not after["display_name"] or (named and "display_name" not in row.values):
        both = f"{after['first_name']} {after['last_name']}".strip()
        after["display_name"] = both or (after["email"] or after["employee_id"]).partition("@")[0]
    after["folded_name"] = fold(after["display_name"])
    return after


def _staged(person_id: int, row: Row, outcome: Outcome) -> dict[str, Any]:
    manager = None if outcome == "left out" else row.manager
    return {"person_id": person_id, "number": row.number, "outcome": outcome, "manager": manager}


async def _create(session: AsyncSession, todo: Sorted, now: datetime) -> None:
    for key in ("email", "employee_id"):
        group = [(row, values) for row, values in todo.new if _key(values) == key]
        if not group:
            continue
        upsert = insert(session, PEOPLE)
        upsert = upsert.on_conflict_do_update(
            index_elements=[key], set_={name: upsert.excluded[name] for name in (*COLUMNS, "updated_at")}
        ).returning(PEOPLE.c.id, PEOPLE.c[key])
        made = await session.execute(upsert, [{**values, "created_at": now, "updated_at": now} for _, values in group])
        ids = {value: person_id for person_id, value in made}
        todo.staged += [_staged(ids[values[key]], row, "created") for row, values in group]


def _key(values: Mapping[str, Any]) -> str:
    return "email" if values["email"] else "employee_id"


async def _stage(session: AsyncSession, todo: Sorted) -> None:
    staging = insert(session, STAGED)
    said = {name: staging.excluded[name] for name in ("number", "outcome", "manager")}
    if todo.staged:
        await session.execute(staging.on_conflict_do_update(index_elements=["person_id"], set_=said), todo.staged)
    if todo.left_out:
        await session.execute(staging.on_conflict_do_nothing(), todo.left_out)


async def _deactivate_missing(session: AsyncSession, now: datetime) -> int:
    named = select(STAGED.c.person_id.label("id"))
    if await session.scalar(named.limit(1)) is None:
        raise BadInput("the file names nobody, so nobody was deactivated")
    missing = PEOPLE.c.active, PEOPLE.c.kind != "bot", PEOPLE.c.id.not_in(select(lineage(named).c.id))
    count = await session.scalar(select(func.count()).select_from(PEOPLE).where(*missing))
    await session.execute(update(PEOPLE).where(*missing).values(active=False, updated_at=now))
    return count or 0


async def _count(session: AsyncSession, report: Report) -> None:
    outcomes = await session.execute(select(STAGED.c.outcome, func.count()).group_by(STAGED.c.outcome))
    counts: dict[str, int] = {outcome: count for outcome, count in outcomes}
    report.created = counts.get("created", 0)
    report.updated = counts.get("updated", 0)
    report.unchanged = counts.get("unchanged", 0)
