"""The rows that change hands as two people are merged, and those that stay."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, String, Table, and_, cast, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award
from engine.db.statements import get_table
from engine.kudos.models import Kudos, KudosReceiver
from engine.people.models import Identity, Person
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


async def move_rows(session: AsyncSession, table: Table, name: str, key: str, merged: int, kept: int) -> list[int]:
    """Move the rows that may change hands from `merged` to `kept`. Return their keys, which undoing the merge needs."""
    theirs = select(table.c[key]).where(table.c[name] == merged, *_free(table, name, merged, kept))
    ids = list((await session.scalars(theirs.order_by(table.c[key]))).all())
    await hand_over_rows(session, table, name, key, ids, merged, kept)
    return ids


async def hand_over_rows(
    session: AsyncSession, table: Table, name: str, key: str, ids: Sequence[int], before: int, after: int
) -> None:
    """Change the column `name` from `before` to `after` in the rows with these keys.

    Only rows that are still `before`'s change, so later changes stay.
    """
    if ids:
        rows = (table.c[key].in_(ids), table.c[name] == before)
        await session.execute(update(table).where(*rows).values({name: after}))


async def move_reversals(session: AsyncSession, ids: Sequence[int], before: int, after: int) -> None:
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
