"""A pass of every day is made by one of all the replicas; a dead one's is taken over. On both databases."""

import asyncio
from datetime import timedelta

from engine.db.connection import DatabaseSession, SessionFactory
from engine.scheduling import leases
from engine.scheduling.leases import claim_lease, extend_lease
from tests.conftest import NOW

DAY = timedelta(days=1)


async def claim(writing: SessionFactory, name: str = "members:slack:T1") -> int | None:
    async with writing.begin() as session:
        return await claim_lease(session, name, now=NOW)


async def test_of_many_replicas_at_once_one_makes_it(writing: SessionFactory) -> None:
    claims = await asyncio.gather(*(claim(writing) for _ in range(5)), claim(writing, "members:teams"))
    assert sorted(filter(None, claims)) == [1, 1]
    assert claims[-1] == 1, "another pass is another matter"


async def test_it_is_due_again_after_a_day(session: DatabaseSession) -> None:
    first = await claim_lease(session, "members", now=NOW)
    assert first is not None
    assert await extend_lease(session, "members", first, until=NOW + DAY)
    assert await claim_lease(session, "members", now=NOW + DAY - timedelta(seconds=1)) is None
    assert await claim_lease(session, "members", now=NOW + DAY) == 2


async def test_a_dead_ones_pass_is_taken_over_and_it_has_no_say_any_more(session: DatabaseSession) -> None:
    first = await claim_lease(session, "members", now=NOW)
    assert first is not None
    assert await claim_lease(session, "members", now=NOW + leases.JOB_LEASE_DURATION / 2) is None
    assert await claim_lease(session, "members", now=NOW + leases.JOB_LEASE_DURATION) == 2
    assert not await extend_lease(session, "members", first, until=NOW + DAY)
    assert await extend_lease(session, "members", 2, until=NOW + DAY)
