"""What could not be delivered, or perhaps was: what is kept in mind, and who hears of it. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.admin.settings import Settings
from engine.awards.models import Award
from engine.db.connection import DatabaseSession
from engine.delivery.claims import count_parked
from engine.delivery.settlement import (
    mark_failed,
    mark_gone,
    mark_rejected,
    mark_sent,
    mark_uncertain,
    release_deliveries,
)
from engine.kudos.reversal import undo_kudos
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from engine.outbox.publishing import mark_changed, publish_announcement
from engine.people.models import Person
from engine.rewards.models import Reward, RewardType
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


async def test_after_eight_tries_it_is_parked_and_the_administrators_hear_once(
    session: DatabaseSession, gift: int
) -> None:
    await people.add(session, "Carla Ruiz", role="admin")
    now = NOW
    for attempt in range(8):
        (one,) = await take(session, now, channels=("web",))
        now += timedelta(minutes=10)
        assert await mark_failed(session, one, error="E", jitter=1, now=now) == (attempt == 7)
        now += timedelta(minutes=10)
    assert await count_parked(session, since=NOW) == 1
    assert await take(session, now, channels=("web",)) == []
    (notice,) = await take(session, now, channels=("slack",))
    assert (notice.kind, notice.name) == ("notice.undelivered", "Carla Ruiz")
    about = {"kind": "kudos", "id": gift}
    assert notice.details == {"key": "relay.not_shown_there", "values": {"name": "#general"}, "about": about}


async def test_a_change_revives_what_was_parked_and_is_not_parked_for_old_failures(
    session: DatabaseSession, gift: int
) -> None:
    row = await the_delivery(session)
    row.attempts = 7
    await session.flush()
    (one,) = await take(session)
    await mark_changed(session, "kudos", gift, NOW)
    assert not await mark_failed(session, one, error="E", jitter=0, now=NOW)
    assert await count_parked(session, since=NOW) == 0
    (again,) = await take(session)
    assert (again.attempts, again.wanted_version) == (1, 2)


async def test_a_place_that_is_gone_is_closed_and_the_administrators_hear_of_it(
    session: DatabaseSession, gift: int
) -> None:
    carla = await people.add(session, "Carla Ruiz", role="admin")
    (one,) = await take(session)
    await mark_gone(session, one, now=NOW)
    await mark_gone(session, one, now=NOW)

    place = (await session.scalars(select(Place).execution_options(populate_existing=True))).one()
    assert (place.closed_at, place.follows) == (NOW, False)
    told = {(n.kind, n.person_id, n.details["key"]) for n in await take(session)}
    assert told == {("notice.place_gone", carla.id, "relay.place_gone")}


async def test_only_who_gave_in_the_place_that_is_gone_hears_of_their_gift(session: DatabaseSession) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    far, near = await follow(session, "far", "near")
    await thank(session, ana, bob, "in far", place_id=far)
    await thank(session, bob, ana, "in near", place_id=near)
    ana.direct_news = False
    for one in await take(session, channels=("web",)):
        if one.place_id == far:
            await mark_gone(session, one, now=NOW)
    told = [n for n in await take(session, LATER, token="u", channels=("slack",)) if n.kind != "kudos"]
    assert [(n.person_id, n.details["key"]) for n in told] == [(ana.id, "relay.not_shown")]


async def test_a_closed_place_is_tried_where_something_happens_and_is_open_when_it_takes_it(
    session: DatabaseSession,
) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    (far,) = await follow(session, "far")
    (await session.get_one(Place, far)).closed_at = NOW
    await session.flush()
    await thank(session, ana, bob, "elsewhere")
    assert await take(session) == []
    await thank(session, ana, bob, "there", place_id=far)
    (one,) = await take(session)
    await mark_sent(session, one, ref={"response_url": "x", "invite": "/invite"}, now=NOW)
    await session.refresh(place := await session.get_one(Place, far))
    assert place.closed_at == NOW  # it went out by the way back: we are still no member
    await thank(session, ana, bob, "there again", place_id=far)
    (one,) = await take(session, channels=("web",))
    await mark_sent(session, one, ref={"ts": "1"}, now=NOW)
    await session.refresh(place)
    assert place.follows
    await thank(session, ana, bob, "elsewhere again")
    assert len(await take(session, channels=("web",))) == 1


async def test_a_lost_lease_is_kept_in_mind_until_something_is_settled(session: DatabaseSession, gift: int) -> None:
    (one,) = await take(session)
    assert not one.may_be_out
    (again,) = await take(session, LATER, token="u")
    assert again.may_be_out
    await release_deliveries(session, [again])
    (again,) = await take(session, LATER, token="v")
    assert await mark_failed(session, again, error="NotTaken", jitter=0, now=LATER) is False
    (again,) = await take(session, LATER, token="w")
    assert again.may_be_out
    await mark_sent(session, again, ref={"ts": "1"}, now=LATER)
    assert (await the_delivery(session)).error is None


async def test_a_lease_that_was_given_back_leaves_no_doubt(session: DatabaseSession, gift: int) -> None:
    (one,) = await take(session)
    await release_deliveries(session, [one])
    (one,) = await take(session, token="u")
    await mark_failed(session, one, error="NotTaken", jitter=0, now=NOW)
    (one,) = await take(session, token="v")
    assert not one.may_be_out
    assert not await mark_uncertain(session, one, error="TimeoutError", jitter=0, now=NOW)
    (one,) = await take(session, LATER, token="w")
    assert one.may_be_out


async def test_what_can_be_changed_no_more_is_closed_and_told_to_who_took_it_back(
    session: DatabaseSession, gift: int
) -> None:
    (one,) = await take(session)
    await mark_sent(session, one, ref={"ts": "1"}, now=NOW)
    ana = (await session.scalars(select(Person).where(Person.display_name == "Ana López"))).one()
    await undo_kudos(session, gift, actor=ana, settings=Settings(), now=NOW)
    (one,) = await take(session)
    await mark_rejected(session, one, error="edit_window_closed", now=NOW)
    row = await session.get_one(Delivery, one.id, populate_existing=True)
    assert (row.closed_at, row.error, row.sent_version) == (NOW, "unable: edit_window_closed", 1)
    assert [(n.person_id, n.details["key"]) for n in await take(session)] == [(ana.id, "relay.not_changed")]


async def test_a_notice_that_cannot_be_delivered_is_told_to_nobody(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana López")
    await publish_announcement(session, "notice.undelivered", 1, NOW, place_id=None, everywhere=False, people=[ana.id])
    (one,) = await take(session)
    await mark_gone(session, one, now=NOW)
    assert len((await session.scalars(select(Announcement))).all()) == 1


async def test_the_giver_of_an_award_hears_too_and_of_an_earned_one_nobody(session: DatabaseSession) -> None:
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
        await publish_announcement(session, "award", award.id, NOW, place_id=place_ids[0], everywhere=False)
    for one in await take(session):
        await mark_gone(session, one, now=NOW)
    assert [one.person_id for one in await take(session)] == [ana.id]
