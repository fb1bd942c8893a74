"""Two people of the directory who are one: one balance and one history, until it is taken back.

Rows change hands, and the merge remembers which: taking it back hands over exactly those. What both have had from the
same cause stays where it is and so counts once, as do gifts between the two.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, and_, cast, literal, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.awards.models import Award
from engine.db.statements import get_table
from engine.errors import Refused
from engine.kudos.models import Kudos, KudosReceiver
from engine.people.models import Identity, Merge, Person, select_merge_chain
from engine.points.ledger import PointsEntry

MERGE_PEOPLE_TABLE, MERGE_ACCOUNTS_TABLE, MERGE_AWARDS_TABLE = map(get_table, (Person, Identity, Award))
MERGE_KUDOS_TABLE, MERGE_RECEIVERS_TABLE, MERGE_ENTRIES_TABLE = map(get_table, (Kudos, KudosReceiver, PointsEntry))

MERGED_COLUMNS: tuple[tuple[Table, str, str], ...] = (  # what changes hands, and the column that tells its rows apart
    (MERGE_ACCOUNTS_TABLE, "person_id", "id"),
    (MERGE_PEOPLE_TABLE, "manager_id", "id"),
    (MERGE_AWARDS_TABLE, "receiver_id", "award_id"),
    (MERGE_AWARDS_TABLE, "giver_id", "award_id"),
    (MERGE_AWARDS_TABLE, "giver_key", "award_id"),
    (MERGE_KUDOS_TABLE, "giver_id", "kudos_id"),
    (MERGE_RECEIVERS_TABLE, "receiver_id", "kudos_id"),
    (MERGE_ENTRIES_TABLE, "person_id", "id"),
)

PRIVACY_WISHES = ("no_birthday_post", "no_public_kudos", "not_on_boards")  # wishes not to be shown
CARRIED_WISHES_KEY = "people.wishes"  # among what a merge moved: the wishes that `kept` had not had
OUTRANKED_ACCOUNTS_KEY = "identities.preferred_at"  # accounts that were preferred, where `kept` prefers others


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
        f"{table.name}.{name}": await _move(session, table, name, key, merged.id, kept.id)
        for table, name, key in MERGED_COLUMNS
    }
    moved[CARRIED_WISHES_KEY] = _carry(merged, kept)
    moved[OUTRANKED_ACCOUNTS_KEY] = await _outdone(session, kept, moved["identities.person_id"])
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
        await _hand_over(session, table, name, key, last.moved[f"{table.name}.{name}"], kept.id, last.merged_id)
    await _reversals_follow(session, last.moved["points_entries.person_id"], kept.id, last.merged_id)
    await _take_back_wishes(session, last, kept)
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
            f"{table.name}.{name}": await _move(session, table, name, key, merge.merged_id, merge.kept_id)
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


def _carry(merged: Person, kept: Person) -> list[str]:
    """Carry the privacy wishes of `merged` over to `kept`. Return the wishes that `kept` did not have before."""
    carried = [wish for wish in PRIVACY_WISHES if getattr(merged, wish) and not getattr(kept, wish)]
    for wish in carried:
        setattr(kept, wish, True)
    return carried


async def _outdone(session: AsyncSession, kept: Person, accounts: Sequence[int]) -> Sequence[int]:
    """Let the preferred accounts of `kept` outrank those that came from `merged`: news go to one channel first.

    Return the ids of the accounts that lose their preference, which are none if `kept` prefers no channel.
    """
    wished = MERGE_ACCOUNTS_TABLE.c.preferred_at.is_not(None)
    own = select(MERGE_ACCOUNTS_TABLE.c.id).where(
        MERGE_ACCOUNTS_TABLE.c.person_id == kept.id, MERGE_ACCOUNTS_TABLE.c.id.not_in(accounts), wished
    )
    if await session.scalar(own.limit(1)) is None:
        return []
    theirs = (
        update(MERGE_ACCOUNTS_TABLE).where(MERGE_ACCOUNTS_TABLE.c.id.in_(accounts), wished).values(preferred_at=None)
    )
    return list(await session.scalars(theirs.returning(MERGE_ACCOUNTS_TABLE.c.id)))


async def _take_back_wishes(session: AsyncSession, last: Merge, kept: Person) -> None:
    for wish in last.moved.get(CARRIED_WISHES_KEY, ()):
        setattr(kept, wish, False)
    theirs = (
        MERGE_ACCOUNTS_TABLE.c.id.in_(last.moved.get(OUTRANKED_ACCOUNTS_KEY, ())),
        MERGE_ACCOUNTS_TABLE.c.person_id == last.merged_id,
    )
    await session.execute(update(MERGE_ACCOUNTS_TABLE).where(*theirs).values(preferred_at=last.at))


async def _move(session: AsyncSession, table: Table, name: str, key: str, merged: int, kept: int) -> list[int]:
    """Move the rows that may change hands from `merged` to `kept`. Return their keys, which undoing the merge needs."""
    theirs = select(table.c[key]).where(table.c[name] == merged, *_free(table, name, merged, kept))
    ids = list((await session.scalars(theirs.order_by(table.c[key]))).all())
    await _hand_over(session, table, name, key, ids, merged, kept)
    return ids


async def _hand_over(
    session: AsyncSession, table: Table, name: str, key: str, ids: Sequence[int], before: int, after: int
) -> None:
    """Change the column `name` from `before` to `after` in the rows with these keys.

    Only rows that are still `before`'s change, so later changes stay.
    """
    if ids:
        rows = (table.c[key].in_(ids), table.c[name] == before)
        await session.execute(update(table).where(*rows).values({name: after}))


async def _reversals_follow(session: AsyncSession, ids: Sequence[int], before: int, after: int) -> None:
    """Move points reversals made since the merge to the person who gets the reversed points back."""
    if ids:
        moved = MERGE_ENTRIES_TABLE.alias()
        sources = select(moved.c.source).where(moved.c.id.in_(ids))
        rows = (MERGE_ENTRIES_TABLE.c.person_id == before, MERGE_ENTRIES_TABLE.c.source.in_(sources))
        await session.execute(update(MERGE_ENTRIES_TABLE).where(*rows).values(person_id=after))


def _free(table: Table, name: str, merged: int, kept: int) -> Sequence[ColumnElement[bool]]:
    """Return the conditions under which a row may change hands.

    A row stays if `kept` has a like one, or if it is a gift between the two. A manager stays if the change would close
    a circle.
    """
    match table.name, name:
        case "awards", "giver_id":
            return (_from_others(merged, kept),)
        case "awards", _:
            return _no_like_award(name, kept), _from_others(merged, kept)
        case "kudos", "giver_id":
            between = select(MERGE_RECEIVERS_TABLE.c.kudos_id).where(
                MERGE_RECEIVERS_TABLE.c.receiver_id.in_((merged, kept))
            )
            return (MERGE_KUDOS_TABLE.c.kudos_id.not_in(between),)
        case "kudos_receivers", _:
            alike = select(MERGE_RECEIVERS_TABLE.c.kudos_id).where(MERGE_RECEIVERS_TABLE.c.receiver_id == kept)
            between = select(MERGE_KUDOS_TABLE.c.kudos_id).where(MERGE_KUDOS_TABLE.c.giver_id.in_((merged, kept)))
            return MERGE_RECEIVERS_TABLE.c.kudos_id.not_in(alike), MERGE_RECEIVERS_TABLE.c.kudos_id.not_in(between)
        case "points_entries", _:
            return _no_like_entry(merged, kept)
        case "people", "manager_id":
            return (MERGE_PEOPLE_TABLE.c.id.not_in(_upwards(kept)),)
        case _:
            return ()


def _upwards(kept: int) -> Select[int]:
    """Select `kept` and everybody above them. If one of these reported to `kept`, it would close a circle."""
    line = select(literal(kept).label("id")).cte("upwards", recursive=True)
    above = (
        select(MERGE_PEOPLE_TABLE.c.manager_id)
        .join(line, MERGE_PEOPLE_TABLE.c.id == line.c.id)
        .where(MERGE_PEOPLE_TABLE.c.manager_id.is_not(None))
    )
    return select(line.union(above).c.id)


def _from_others(merged: int, kept: int) -> ColumnElement[bool]:
    both, giver = (merged, kept), MERGE_AWARDS_TABLE.c.giver_id
    return or_(giver.is_(None), MERGE_AWARDS_TABLE.c.receiver_id.not_in(both), giver.not_in(both))


def _no_like_award(name: str, kept: int) -> ColumnElement[bool]:
    """Build the condition that an award can move and the key of awards stays unique.

    A badge that is given once stays given once, and to one person.
    """
    other = MERGE_AWARDS_TABLE.alias()
    keys = ("reward_id", "receiver_id", "giver_key", "occurrence")
    same = (other.c[key] == (kept if key == name else MERGE_AWARDS_TABLE.c[key]) for key in keys)
    return or_(MERGE_AWARDS_TABLE.c.freed, ~select(other.c.award_id).where(and_(*same), ~other.c.freed).exists())


def _no_like_entry(merged: int, kept: int) -> Sequence[ColumnElement[bool]]:
    """Return the conditions under which points entries move along with their source.

    Points stay if their gift stays, or if `kept` has points of the same source.
    """
    source = MERGE_ENTRIES_TABLE.alias()
    alike = select(source.c.source).where(source.c.person_id == kept)
    award = literal("award:") + cast(MERGE_AWARDS_TABLE.c.award_id, String)
    thanks = literal("kudos:") + cast(MERGE_RECEIVERS_TABLE.c.kudos_id, String)
    awards = select(award).where(
        or_(MERGE_AWARDS_TABLE.c.receiver_id == merged, MERGE_AWARDS_TABLE.c.giver_id == merged)
    )
    kudos = select(thanks).where(MERGE_RECEIVERS_TABLE.c.receiver_id == merged)
    return tuple(MERGE_ENTRIES_TABLE.c.source.not_in(staying) for staying in (alike, awards, kudos))


def _record(
    session: AsyncSession, action: str, merged: Person, kept: Person, actor: Person, origin: str, now: datetime
) -> None:
    both = {"merged_id": merged.id, "kept_id": kept.id}
    record_audit(session, action, f"person:{merged.id}", now, actor_id=actor.id, origin=origin, after=both)
