"""Two people of the directory who are one: one balance and one history, until it is taken back.

Rows change hands, and the merge remembers which: taking it back hands over exactly those. What both have had from the
same cause stays where it is and so counts once, as do gifts between the two.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.merged_rows import (
    MERGE_PEOPLE_TABLE,
    MERGED_COLUMNS,
    hand_over_rows,
    move_reversals,
    move_rows,
)
from engine.accounts.merged_wishes import (
    CARRIED_WISHES_KEY,
    OUTRANKED_ACCOUNTS_KEY,
    carry_wishes,
    outrank_accounts,
    take_back_wishes,
)
from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.errors import Refused
from engine.people.models import Merge, Person, select_merge_chain


async def merge_people(
    session: AsyncSession, merged: Person, kept: Person, *, actor: Person, origin: str, now: datetime
) -> None:
    """Merge `merged` into `kept`: `merged` becomes inactive. Audited.

    Raises NotAllowed for a member, and Refused: "merge_same_person" (name), "merge_not_active" (name),
    "merge_yourself".
    """
    require_permission(actor, "merge")
    if merged.id == kept.id:
        raise Refused("merge_same_person", name=kept.display_name)
    if merged.id == actor.id:
        raise Refused("merge_yourself")
    held = {person.id: person for person in await _held(session, merged.id, kept.id)}
    for person in held.values():
        if not person.active:
            raise Refused("merge_not_active", name=person.display_name)
    merged, kept = held[merged.id], held[kept.id]  # those of a turn belong to no session
    moved: dict[str, Sequence[Any]] = {
        f"{table.name}.{name}": await move_rows(session, table, name, key, merged.id, kept.id)
        for table, name, key in MERGED_COLUMNS
    }
    moved[CARRIED_WISHES_KEY] = carry_wishes(merged, kept)
    moved[OUTRANKED_ACCOUNTS_KEY] = await outrank_accounts(session, kept, moved["identities.person_id"])
    session.add(Merge(merged_id=merged.id, kept_id=kept.id, moved=moved, at=now))
    merged.active, merged.updated_at = False, now
    await session.flush()
    _record(session, "people.merge", merged, kept, actor, origin, now)


async def unmerge_people(session: AsyncSession, kept: Person, *, actor: Person, origin: str, now: datetime) -> Person:
    """Undo the last merge into `kept`: every row that moved returns, and `merged` is active again. Audited.

    Return the person who is separate again. Raises NotAllowed for a member, and Refused: "merged_themselves" (name,
    other: the person they were merged into), a merge that has to be undone first; "nothing_to_unmerge" (name).
    """
    require_permission(actor, "unmerge")
    [kept] = await _held(session, kept.id)
    await _refuse_merged(session, kept)
    standing = select(Merge).where(Merge.kept_id == kept.id, Merge.undone_at.is_(None)).order_by(Merge.id.desc())
    last = await session.scalar(standing.limit(1))
    if last is None:
        raise Refused("nothing_to_unmerge", name=kept.display_name)
    for table, name, key in MERGED_COLUMNS:
        await hand_over_rows(session, table, name, key, last.moved[f"{table.name}.{name}"], kept.id, last.merged_id)
    await move_reversals(session, last.moved["points_entries.person_id"], kept.id, last.merged_id)
    await take_back_wishes(session, last, kept)
    last.undone_at = now
    merged = await session.get_one(Person, last.merged_id, with_for_update=True, populate_existing=True)
    merged.active, merged.updated_at = True, now
    await session.flush()
    _record(session, "people.unmerge", merged, kept, actor, origin, now)
    return merged


async def reapply_merges(session: AsyncSession) -> None:
    """Keep merged people inactive, whatever a directory file says of them.

    If the file made a merged person active, that applies to the person they were merged into. Rows that they got since
    the merge move there too, and are recorded so that they can return.
    """
    merged = select(Merge.merged_id).where(Merge.undone_at.is_(None))
    line = select_merge_chain(
        select(MERGE_PEOPLE_TABLE.c.id).where(MERGE_PEOPLE_TABLE.c.id.in_(merged), MERGE_PEOPLE_TABLE.c.active)
    )
    await session.execute(
        update(MERGE_PEOPLE_TABLE).where(MERGE_PEOPLE_TABLE.c.id.in_(select(line.c.id))).values(active=True)
    )
    await session.execute(update(MERGE_PEOPLE_TABLE).where(MERGE_PEOPLE_TABLE.c.id.in_(merged)).values(active=False))
    await _hand_over_latecomers(session)


async def _hand_over_latecomers(session: AsyncSession) -> None:
    """Move the rows that people got after they were merged.

    The oldest merge comes first, as the person kept by it may have been merged too.
    """
    named = select(STILL_NAMED.c.person_id)
    standing = select(Merge).where(Merge.undone_at.is_(None), Merge.merged_id.in_(named)).order_by(Merge.id)
    for merge in (await session.scalars(standing)).all():
        await _held(session, merge.merged_id, merge.kept_id)
        late = {
            f"{table.name}.{name}": await move_rows(session, table, name, key, merge.merged_id, merge.kept_id)
            for table, name, key in MERGED_COLUMNS
        }
        merge.moved = merge.moved | {column: [*merge.moved[column], *keys] for column, keys in late.items() if keys}
    await session.flush()


# The merged people who are still named in one of the columns that a merge moves.
STILL_NAMED = union(
    *(
        select(table.c[name].label("person_id")).where(
            table.c[name].in_(select(Merge.merged_id).where(Merge.undone_at.is_(None)))
        )
        for table, name, _ in MERGED_COLUMNS
    )
).subquery("still_named")


async def _held(session: AsyncSession, *ids: int) -> Sequence[Person]:
    """Return the people as they are now, their rows held until the transaction ends."""
    rows = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    return (await session.scalars(rows.execution_options(populate_existing=True))).all()


async def _refuse_merged(session: AsyncSession, person: Person) -> None:
    """Raise Refused "merged_themselves" if the person is merged into somebody else.

    They cannot give back what they got by a merge while they are merged themselves.
    """
    into = select(Person.display_name).join(Merge, Merge.kept_id == Person.id)
    other = await session.scalar(into.where(Merge.merged_id == person.id, Merge.undone_at.is_(None)))
    if other is not None:
        raise Refused("merged_themselves", name=person.display_name, other=other)


def _record(
    session: AsyncSession, action: str, merged: Person, kept: Person, actor: Person, origin: str, now: datetime
) -> None:
    both = {"merged_id": merged.id, "kept_id": kept.id}
    record_audit(session, action, f"person:{merged.id}", now, actor_id=actor.id, origin=origin, after=both)
