"""A pass of every day is made by one of all the replicas; a dead one's is taken over. On both databases."""

import asyncio
from datetime import timedelta

from engine.db.connection import Session, Sessions
from engine.scheduling import leases
from tests.conftest import NOW

DAY = timedelta(days=1)


async def claim(writing: Sessions, name: str = "members:slack:T1") -> int | None:
    async with writing.begin() as session:
        return await leases.claim(session, name, now=NOW)


async def test_of_many_replicas_at_once_one_makes_it(writing: Sessions) -> None:
    claims = await asyncio.gather(*(claim(writing) for _ in range(5)), claim(writing, "members:teams"))
    assert sorted(filter(None, claims)) == [1, 1]
    assert claims[-1] == 1, "another pass is another matter"


async def test_it_is_due_again_after_a_day(session: Session) -> None:
    first = await leases.claim(session, "members", now=NOW)
    assert first is not None
    assert await leases.hold(session, "members", first, until=NOW + DAY)
    assert await leases.claim(session, "members", now=NOW + DAY - timedelta(seconds=1)) is None
    assert await leases.claim(session, "members", now=NOW + DAY) == 2


async def test_a_dead_ones_pass_is_taken_over_and_it_has_no_say_any_more(session: Session) -> None:
    first = await leases.claim(session, "members", now=NOW)
    assert first is not None
    assert await leases.claim(session, "members", now=NOW + leases.LEASE / 2) is None
    assert await leases.claim(session, "members", now=NOW + leases.LEASE) == 2
    assert not await leases.hold(session, "members", first, until=NOW + DAY)
    assert await leases.hold(session, "members", 2, until=NOW + DAY)
