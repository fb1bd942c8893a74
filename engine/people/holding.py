"""Who gives and who gets, as they are now, held until the gift is written: a merge comes before it or after it."""

from collections.abc import Sequence

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import get_table
from engine.people.lookup import get_person
from engine.people.models import Person

HELD_PEOPLE, GIVING_PEOPLE = get_table(Person).alias("held"), get_table(Person).alias("giving")

HELD_GIVER = (
    select(GIVING_PEOPLE.c.id, GIVING_PEOPLE.c.active)
    .where(GIVING_PEOPLE.c.id == bindparam("giver"))
    .with_for_update(key_share=True)
    .subquery("giver")
)

# One statement: gifts of one giver queue at the giver's row, and a merge, which locks both rows for itself, waits for
# all who are named here. What it then reads of them is what the merge has left.
HOLD_PEOPLE = (
    select(HELD_PEOPLE.c.id, HELD_PEOPLE.c.active, HELD_GIVER.c.active.label("giver_active"))
    .join(HELD_GIVER, HELD_PEOPLE.c.id.in_(bindparam("receivers", expanding=True)))
    .order_by(HELD_PEOPLE.c.id)
    .with_for_update(read=True, key_share=True, of=HELD_PEOPLE)
)


async def hold_people(
    session: AsyncSession, giver: Person, receivers: Sequence[Person]
) -> tuple[Person, Sequence[Person]]:
    """Lock the people of a gift, and return the giver and the receivers.

    A person merged since they were read is replaced by the one who was kept. One round trip, and more only if a person
    was merged or has left in between.
    """
    while True:
        ids = [person.id for person in receivers]
        held = (await session.execute(HOLD_PEOPLE, {"giver": giver.id, "receivers": ids})).all()
        if all(row.active and row.giver_active for row in held):
            return giver, receivers
        again = select(Person).where(Person.id.in_([giver.id, *ids])).execution_options(populate_existing=True)
        await session.scalars(again)
        found = [await get_person(session, person_id) for person_id in (giver.id, *ids)]
        now = [person for person in found if person is not None]
        if [person.id for person in now] == [giver.id, *ids]:
            return now[0], now[1:]
        giver, receivers = now[0], now[1:]


async def hold_people_of(session: AsyncSession, ids: Select[int]) -> None:
    """Lock the people that `ids` selects, before any other row is locked.

    A merge locks people first, so it waits or is over.
    """
    held = select(HELD_PEOPLE.c.id).where(HELD_PEOPLE.c.id.in_(ids)).order_by(HELD_PEOPLE.c.id)
    await session.execute(held.with_for_update(read=True, key_share=True))
