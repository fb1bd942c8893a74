"""Claiming and settling, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.db.connection import DatabaseSession, SessionFactory
from engine.delivery.claims import get_oldest_due
from engine.delivery.settlement import defer_destination, mark_failed, mark_sent, release_deliveries
from engine.outbox.places import Place
from engine.outbox.publishing import mark_changed, publish_announcement
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW
from tests.engine.delivery.outgoing import LATER, follow, take, thank, the_delivery


@pytest.fixture
async def gift(session: DatabaseSession) -> int:
    """Ana thanks Bob, who wants no direct news: one place follows."""
    ana = await people.add(session, "Ana López", timezone="Europe/Madrid")
    bob = await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general")
    return await thank(session, ana, bob, "for the launch")


async def test_a_claim_brings_all_that_is_needed_to_send_to_a_place(session: DatabaseSession, gift: int) -> None:
    place = (await session.scalars(select(Place))).one()
    place.details, place.locale = {"service_url": "https://x.test"}, "es"
    await session.flush()

    (one,) = await take(session)

    assert (one.kind, one.subject_id, one.channel, one.external_id) == ("kudos", gift, "web", "general")
    assert (one.name, one.locale, one.direct, one.attempts) == ("#general", "es", False, 0)
    assert one.place_details == {"service_url": "https://x.test"}
    assert one.message_ref is None
    assert one.person_id is None


async def test_a_claim_brings_the_person_of_direct_news(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana López", locale="es", timezone="Europe/Madrid")
    await publish_announcement(
        session, "notice", 1, NOW, place_id=None, everywhere=False, people=[ana.id], details={"a": 1}
    )
    (one,) = await take(session)
    assert one.direct
    assert (one.person_id, one.name, one.locale, one.zone) == (ana.id, "Ana López", "es", "Europe/Madrid")
    assert (one.channel, one.tenant, one.external_id) == ("slack", "T01CORP", "UANA")
    assert one.details == {"a": 1}


async def test_what_is_leased_waits_for_its_lease_to_end_and_a_death_is_no_attempt(
    session: DatabaseSession, gift: int
) -> None:
    assert len(await take(session)) == 1
    assert await take(session, NOW + timedelta(seconds=59)) == []
    (again,) = await take(session, NOW + timedelta(seconds=60), token="u")
    assert again.attempts == 0


async def test_only_channels_that_are_up_and_destinations_that_are_free(session: DatabaseSession, gift: int) -> None:
    assert await take(session, channels=("slack",)) == []
    place = (await session.scalars(select(Place))).one()
    assert await take(session, without=(f"place:{place.id}",)) == []
    assert (await the_delivery(session)).attempts == 0


async def test_the_longest_due_come_first_up_to_the_limit(session: DatabaseSession) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general")
    gifts = [await thank(session, ana, bob, f"no. {i}", NOW - timedelta(minutes=i)) for i in range(5)]
    assert [one.subject_id for one in await take(session, limit=2)] == [gifts[4], gifts[3]]
    assert [one.subject_id for one in await take(session, limit=9)] == [gifts[2], gifts[1], gifts[0]]


async def test_sent_is_settled_once_and_is_due_no_more(session: DatabaseSession, gift: int) -> None:
    (one,) = await take(session)
    assert await mark_sent(session, one, ref={"ts": "1"}, now=NOW)
    assert await take(session, LATER) == []
    row = await the_delivery(session)
    assert (row.sent_version, row.message_ref, row.attempts, row.lease) == (1, {"ts": "1"}, 0, None)
    assert not await mark_sent(session, one, ref={"ts": "2"}, now=NOW)
    assert (await the_delivery(session)).message_ref == {"ts": "1"}


async def test_a_lost_lease_settles_nothing(session: DatabaseSession, gift: int) -> None:
    (mine,) = await take(session)
    (theirs,) = await take(session, LATER, token="u")
    assert not await mark_sent(session, mine, ref={"ts": "mine"}, now=NOW)
    await release_deliveries(session, [mine])
    assert not await mark_failed(session, mine, error="X", jitter=0.5, now=LATER)
    assert await mark_sent(session, theirs, ref={"ts": "theirs"}, now=NOW)
    assert (await the_delivery(session)).message_ref == {"ts": "theirs"}


async def test_more_wanted_while_it_was_sent_is_due_at_once(session: DatabaseSession, gift: int) -> None:
    (one,) = await take(session)
    await mark_changed(session, "kudos", gift, NOW)
    await mark_changed(session, "kudos", gift, NOW)
    assert await take(session) == []
    await mark_sent(session, one, ref={"ts": "1"}, now=NOW)
    (again,) = await take(session)
    assert (again.wanted_version, again.message_ref, again.attempts) == (3, {"ts": "1"}, 0)
    await mark_sent(session, again, ref={"ts": "1"}, now=NOW)
    assert await take(session, LATER) == []


async def test_patience_is_for_the_whole_destination_and_is_no_attempt(session: DatabaseSession) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general", "random")
    for words in ("one", "two"):
        await thank(session, ana, bob, words)
    claimed = await take(session)
    general = [one for one in claimed if one.external_id == "general"]
    await release_deliveries(session, [one for one in claimed if one.external_id == "random"])

    await defer_destination(session, general, until=NOW + timedelta(seconds=30))
    await thank(session, ana, bob, "published while general waits")

    soon = await take(session, NOW + timedelta(seconds=29))
    assert [one.external_id for one in soon] == ["random"] * 3
    assert [one.attempts for one in soon] == [0] * 3
    then = await take(session, NOW + timedelta(seconds=30))
    assert [one.external_id for one in then] == ["general"] * 3
    assert [one.id for one in then] == sorted(one.id for one in then)
    assert [one.attempts for one in then] == [0] * 3


async def test_a_shorter_patience_does_not_end_a_longer_one(session: DatabaseSession, gift: int) -> None:
    (one,) = await take(session)
    await defer_destination(session, [one], until=NOW + timedelta(seconds=30))
    await defer_destination(session, [one], until=NOW + timedelta(seconds=5))
    assert await take(session, NOW + timedelta(seconds=29)) == []


async def test_the_delay_grows_to_ten_minutes_with_full_jitter(session: DatabaseSession, gift: int) -> None:
    now, delays = NOW, []
    for _ in range(7):
        (one,) = await take(session, now)
        assert not await mark_failed(session, one, error="TimeoutError", jitter=0.5, now=now)
        due = (await the_delivery(session)).due_at
        delays.append((due - now).total_seconds())
        now = due
    assert delays == [1, 2, 4, 8, 16, 32, 64]
    assert (await the_delivery(session)).error == "TimeoutError"
    assert await get_oldest_due(session, now) == now


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite the second writer waits for the first
async def test_two_claims_at_once_never_share(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
        await follow(session, "general")
        for i in range(6):
            await thank(session, ana, bob, f"no. {i}")
    async with writing.begin() as first, writing.begin() as second:
        mine = await take(first, limit=4, token="mine")
        theirs = await take(second, limit=4, token="theirs")
    assert len(mine) == 4
    assert len(theirs) == 2
    assert not {one.id for one in mine} & {one.id for one in theirs}


async def test_identity_is_the_account_used_last(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana López")
    web = (await session.scalars(select(Identity).where(Identity.channel == "web"))).one()
    web.seen_at = NOW + timedelta(hours=1)
    await session.flush()
    await publish_announcement(session, "notice", 1, NOW, place_id=None, everywhere=False, people=[ana.id])
    assert [one.channel for one in await take(session)] == ["web"]
