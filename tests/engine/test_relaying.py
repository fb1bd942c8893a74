"""Claiming and settling, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine import kudos, outbox, places, relaying, settling
from engine.awards import Award
from engine.catalogue import Reward, RewardType
from engine.db import Session, Sessions
from engine.outbox import Announcement, Delivery
from engine.people import Identity, Person
from engine.places import Place
from engine.relaying import Claimed
from engine.settings import Settings
from tests import people
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=1)


async def follow(session: Session, *names: str, channel: str = "web") -> list[int]:
    """Places that follow the celebrations; their ids."""
    ids = []
    for name in names:
        place_id = await places.see(session, channel=channel, tenant="", external_id=name, name=f"#{name}", now=NOW)
        (await session.get_one(Place, place_id)).announces = True
        ids.append(place_id)
    await session.flush()
    return ids


async def thank(session: Session, giver: Person, receiver: Person, words: str, now: datetime = NOW) -> int:
    gift = await kudos.give(
        session,
        giver=giver,
        receivers=[receiver],
        words=words,
        tags=[],
        public=True,
        settings=Settings(),
        now=now,
        place_id=None,
        origin=None,
    )
    return gift.id


async def take(
    session: Session,
    now: datetime = NOW,
    *,
    token: str = "t",
    limit: int = 100,
    channels: tuple[str, ...] = ("web", "slack"),
    without: tuple[str, ...] = (),
) -> list[Claimed]:
    return await relaying.claim(
        session, now=now, limit=limit, lease_seconds=60, token=token, channels=channels, without=without
    )


@pytest.fixture
async def gift(session: Session) -> int:
    """Ana thanks Bob, who wants no direct news: one place follows."""
    ana = await people.add(session, "Ana López", timezone="Europe/Madrid")
    bob = await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general")
    return await thank(session, ana, bob, "for the launch")


async def the_delivery(session: Session) -> Delivery:
    return (await session.scalars(select(Delivery).execution_options(populate_existing=True))).one()


async def test_a_claim_brings_all_that_is_needed_to_send_to_a_place(session: Session, gift: int) -> None:
    place = (await session.scalars(select(Place))).one()
    place.details, place.locale = {"service_url": "https://x.test"}, "es"
    await session.flush()

    (one,) = await take(session)

    assert (one.kind, one.subject_id, one.channel, one.external_id) == ("kudos", gift, "web", "general")
    assert (one.name, one.locale, one.direct, one.attempts) == ("#general", "es", False, 0)
    assert one.place_details == {"service_url": "https://x.test"}
    assert one.message_ref is None
    assert one.person_id is None


async def test_a_claim_brings_the_person_of_direct_news(session: Session) -> None:
    ana = await people.add(session, "Ana López", locale="es", timezone="Europe/Madrid")
    await outbox.publish(session, "notice", 1, NOW, place_id=None, everywhere=False, people=[ana.id], details={"a": 1})
    (one,) = await take(session)
    assert one.direct
    assert (one.person_id, one.name, one.locale, one.zone) == (ana.id, "Ana López", "es", "Europe/Madrid")
    assert (one.channel, one.tenant, one.external_id) == ("slack", "T01CORP", "UANA")
    assert one.details == {"a": 1}


async def test_what_is_leased_waits_for_its_lease_to_end_and_a_death_is_no_attempt(session: Session, gift: int) -> None:
    assert len(await take(session)) == 1
    assert await take(session, NOW + timedelta(seconds=59)) == []
    (again,) = await take(session, NOW + timedelta(seconds=60), token="u")
    assert again.attempts == 0


async def test_only_channels_that_are_up_and_destinations_that_are_free(session: Session, gift: int) -> None:
    assert await take(session, channels=("slack",)) == []
    place = (await session.scalars(select(Place))).one()
    assert await take(session, without=(f"place:{place.id}",)) == []
    assert (await the_delivery(session)).attempts == 0


async def test_the_longest_due_come_first_up_to_the_limit(session: Session) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general")
    gifts = [await thank(session, ana, bob, f"no. {i}", NOW - timedelta(minutes=i)) for i in range(5)]
    assert [one.subject_id for one in await take(session, limit=2)] == [gifts[4], gifts[3]]
    assert [one.subject_id for one in await take(session, limit=9)] == [gifts[2], gifts[1], gifts[0]]


async def test_sent_is_settled_once_and_is_due_no_more(session: Session, gift: int) -> None:
    (one,) = await take(session)
    assert await settling.sent(session, one, ref={"ts": "1"}, now=NOW)
    assert await take(session, LATER) == []
    row = await the_delivery(session)
    assert (row.sent_version, row.message_ref, row.attempts, row.lease) == (1, {"ts": "1"}, 0, None)
    assert not await settling.sent(session, one, ref={"ts": "2"}, now=NOW)
    assert (await the_delivery(session)).message_ref == {"ts": "1"}


async def test_a_lost_lease_settles_nothing(session: Session, gift: int) -> None:
    (mine,) = await take(session)
    (theirs,) = await take(session, LATER, token="u")
    assert not await settling.sent(session, mine, ref={"ts": "mine"}, now=NOW)
    await settling.put_back(session, [mine])
    assert not await settling.failed(session, mine, error="X", jitter=0.5, now=LATER)
    assert await settling.sent(session, theirs, ref={"ts": "theirs"}, now=NOW)
    assert (await the_delivery(session)).message_ref == {"ts": "theirs"}


async def test_more_wanted_while_it_was_sent_is_due_at_once(session: Session, gift: int) -> None:
    (one,) = await take(session)
    await outbox.want_anew(session, "kudos", gift, NOW)
    await outbox.want_anew(session, "kudos", gift, NOW)
    assert await take(session) == []
    await settling.sent(session, one, ref={"ts": "1"}, now=NOW)
    (again,) = await take(session)
    assert (again.wanted_version, again.message_ref, again.attempts) == (3, {"ts": "1"}, 0)
    await settling.sent(session, again, ref={"ts": "1"}, now=NOW)
    assert await take(session, LATER) == []


async def test_patience_is_for_the_whole_destination_and_is_no_attempt(session: Session) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general", "random")
    for words in ("one", "two"):
        await thank(session, ana, bob, words)
    claimed = await take(session)
    general = [one for one in claimed if one.external_id == "general"]
    await settling.put_back(session, [one for one in claimed if one.external_id == "random"])

    await settling.later(session, general, until=NOW + timedelta(seconds=30))
    await thank(session, ana, bob, "published while general waits")

    soon = await take(session, NOW + timedelta(seconds=29))
    assert [one.external_id for one in soon] == ["random"] * 3
    assert [one.attempts for one in soon] == [0] * 3
    then = await take(session, NOW + timedelta(seconds=30))
    assert [one.external_id for one in then] == ["general"] * 3
    assert [one.id for one in then] == sorted(one.id for one in then)
    assert [one.attempts for one in then] == [0] * 3


async def test_a_shorter_patience_does_not_end_a_longer_one(session: Session, gift: int) -> None:
    (one,) = await take(session)
    await settling.later(session, [one], until=NOW + timedelta(seconds=30))
    await settling.later(session, [one], until=NOW + timedelta(seconds=5))
    assert await take(session, NOW + timedelta(seconds=29)) == []


async def test_the_delay_grows_to_ten_minutes_with_full_jitter(session: Session, gift: int) -> None:
    now, delays = NOW, []
    for _ in range(7):
        (one,) = await take(session, now)
        assert not await settling.failed(session, one, error="TimeoutError", jitter=0.5, now=now)
        due = (await the_delivery(session)).due_at
        delays.append((due - now).total_seconds())
        now = due
    assert delays == [1, 2, 4, 8, 16, 32, 64]
    assert (await the_delivery(session)).error == "TimeoutError"
    assert await relaying.oldest_due(session, now) == now


async def test_after_eight_tries_it_is_parked_and_the_giver_hears_once(session: Session, gift: int) -> None:
    now = NOW
    for attempt in range(8):
        (one,) = await take(session, now, channels=("web",))
        now += timedelta(minutes=10)
        assert await settling.failed(session, one, error="E", jitter=1, now=now) == (attempt == 7)
        now += timedelta(minutes=10)
    assert await relaying.parked_count(session) == 1
    assert await take(session, now, channels=("web",)) == []
    (notice,) = await take(session, now, channels=("slack",))
    assert (notice.kind, notice.name) == ("notice.undelivered", "Ana López")
    assert notice.details == {"key": "relay.not_shown", "values": {"name": "#general"}}


async def test_a_change_revives_what_was_parked_and_is_not_parked_for_old_failures(session: Session, gift: int) -> None:
    row = await the_delivery(session)
    row.attempts = 7
    await session.flush()
    (one,) = await take(session)
    await outbox.want_anew(session, "kudos", gift, NOW)
    assert not await settling.failed(session, one, error="E", jitter=0, now=NOW)
    assert await relaying.parked_count(session) == 0
    (again,) = await take(session)
    assert (again.attempts, again.wanted_version) == (1, 2)


async def test_a_place_that_is_gone_is_closed_and_admins_and_the_giver_hear_of_it(session: Session, gift: int) -> None:
    carla = await people.add(session, "Carla Ruiz", role="admin")
    (one,) = await take(session)
    await settling.gone(session, one, now=NOW)
    await settling.gone(session, one, now=NOW)

    place = (await session.scalars(select(Place).execution_options(populate_existing=True))).one()
    assert (place.closed_at, place.announces) == (NOW, False)
    told = {(n.kind, n.person_id, n.details["key"]) for n in await take(session)}
    giver = await session.scalar(select(Person.id).where(Person.display_name == "Ana López"))
    assert told == {
        ("notice.place_gone", carla.id, "relay.place_gone"),
        ("notice.undelivered", giver, "relay.not_shown"),
    }


async def test_a_notice_that_cannot_be_delivered_is_told_to_nobody(session: Session) -> None:
    ana = await people.add(session, "Ana López")
    await outbox.publish(session, "notice.undelivered", 1, NOW, place_id=None, everywhere=False, people=[ana.id])
    (one,) = await take(session)
    await settling.gone(session, one, now=NOW)
    assert len((await session.scalars(select(Announcement))).all()) == 1


async def test_the_giver_of_an_award_hears_too_and_of_an_earned_one_nobody(session: Session) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone")
    session.add(RewardType(reward_type="User Badge"))
    await session.flush()
    reward = Reward(name="Star", reward_type="User Badge", created_at=NOW, updated_at=NOW)
    session.add(reward)
    await session.flush()
    place_ids = await follow(session, "general")
    for giver_id, occurrence in ((ana.id, "a"), (None, "b")):
        award = Award(
            reward_id=reward.id,
            receiver_id=bob.id,
            giver_id=giver_id,
            occurrence=occurrence,
            reward="Star",
            points=1,
            cause="test",
            awarded_at=NOW,
        )
        session.add(award)
        await session.flush()
        await outbox.publish(session, "award", award.id, NOW, place_id=place_ids[0], everywhere=False)
    for one in await take(session):
        await settling.gone(session, one, now=NOW)
    assert [one.person_id for one in await take(session)] == [ana.id]


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite the second writer waits for the first
async def test_two_claims_at_once_never_share(writing: Sessions) -> None:
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


async def test_identity_is_the_account_used_last(session: Session) -> None:
    ana = await people.add(session, "Ana López")
    web = (await session.scalars(select(Identity).where(Identity.channel == "web"))).one()
    web.seen_at = NOW + timedelta(hours=1)
    await session.flush()
    await outbox.publish(session, "notice", 1, NOW, place_id=None, everywhere=False, people=[ana.id])
    assert [one.channel for one in await take(session)] == ["web"]
