"""A person's own accounts: where direct news go, what becomes of them when one is let go or does not answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.accounts.own_accounts import list_accounts, set_preferred_channel, unlink_account
from engine.db.connection import DatabaseSession
from engine.delivery import settlement
from engine.delivery.blocked import reroute_blocked_account
from engine.delivery.claiming import claim_deliveries
from engine.delivery.claims import ClaimedDelivery, count_parked
from engine.delivery.settlement import (
    mark_failed,
    mark_gone,
    mark_sent,
    mark_uncertain,
    mark_unneeded,
)
from engine.errors import Refused
from engine.outbox.models import Delivery
from engine.outbox.publishing import find_unreachable, mark_changed, publish_announcement
from engine.people.account import Account
from engine.people.models import EMAIL_CHANNEL, Identity, Person
from tests import people
from tests.conftest import NOW, Clock

CHANNELS = ("web", "slack", "telegram", EMAIL_CHANNEL)


async def ana_on_three(session: DatabaseSession) -> Person:
    """Ana used the web last, then Slack, then Telegram; she has an address for codes too, which nobody counts."""
    ana = await people.add(session, "Ana López")
    for channel in ("telegram", EMAIL_CHANNEL):
        session.add(Identity(person_id=ana.id, channel=channel, external_id="ana", linked_at=NOW, seen_at=NOW))
    await session.flush()
    for age, channel in enumerate((EMAIL_CHANNEL, "web", "slack", "telegram")):
        found = await session.scalars(select(Identity).where(Identity.channel == channel))
        found.one().seen_at = NOW - timedelta(hours=age)
    await session.flush()
    return ana


async def tell(session: DatabaseSession, ana: Person, number: int = 1) -> Delivery:
    kind = "notice"
    told = await publish_announcement(session, kind, number, NOW, place_id=None, everywhere=False, people=[ana.id])
    return (await session.scalars(select(Delivery).where(Delivery.announcement_id == told))).one()


async def claimed(session: DatabaseSession, clock: Clock) -> ClaimedDelivery:
    taken = await claim_deliveries(
        session, now=clock(), limit=1, lease_seconds=90, token="t", channels=CHANNELS
    )  # a lease's name
    (one,) = taken
    return one


async def test_news_go_to_the_preferred_channel(session: DatabaseSession) -> None:
    ana = await ana_on_three(session)
    assert (await tell(session, ana)).channel == "web"
    assert await set_preferred_channel(session, "telegram", actor=ana, now=NOW)
    assert (await tell(session, ana, 2)).channel == "telegram"
    assert await set_preferred_channel(session, "slack", actor=ana, now=NOW)
    assert (await tell(session, ana, 3)).channel == "slack"
    assert not await set_preferred_channel(session, "teams", actor=ana, now=NOW)
    assert not await set_preferred_channel(session, EMAIL_CHANNEL, actor=ana, now=NOW)
    assert (await tell(session, ana, 4)).channel == "slack"


async def test_then_to_the_next_one_and_at_last_to_none(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    await set_preferred_channel(session, "telegram", actor=ana, now=NOW)
    delivery = await tell(session, ana)
    tried = []
    while delivery.parked_at is None:
        one = await claimed(session, clock)
        tried.append(one.channel)
        await mark_gone(session, one, now=clock())
        await session.refresh(delivery)
    assert tried == ["telegram", "web", "slack"]
    assert (delivery.error, delivery.closed_at) == ("gone", None)
    assert await count_parked(session, since=NOW) == 1


async def failing(session: DatabaseSession, clock: Clock, tries: int = settlement.MAX_DELIVERY_TRIES) -> None:
    """The channel of the one delivery that waits takes nothing."""
    for _ in range(tries):
        await mark_failed(session, await claimed(session, clock), error="NotTaken", jitter=0, now=clock())


async def test_what_eight_tries_do_not_bring_goes_to_the_next_one(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery, seen = await tell(session, ana), []
    while delivery.parked_at is None:
        seen.append(delivery.channel)
        await failing(session, clock)
        await session.refresh(delivery)
    assert seen == ["web", "slack", "telegram"]
    assert (delivery.channel, delivery.error) == ("telegram", "NotTaken")


async def test_what_may_be_out_after_eight_tries_is_told_nowhere_else(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    await mark_uncertain(session, await claimed(session, clock), error="TimeoutError", jitter=0, now=clock())
    clock.advance(minutes=1)
    await failing(session, clock, settlement.MAX_DELIVERY_TRIES)
    await session.refresh(delivery)
    assert (delivery.channel, delivery.parked_at) == ("web", clock())


async def test_a_lease_that_was_lost_moves_nothing(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    await failing(session, clock, settlement.MAX_DELIVERY_TRIES - 1)
    late = replace(await claimed(session, clock), lease="one that ended")
    await mark_failed(session, late, error="NotTaken", jitter=0, now=clock())
    await session.refresh(delivery)
    assert (delivery.channel, delivery.parked_at) == ("web", None)


async def test_a_change_wakes_what_was_parked_everywhere(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    while delivery.parked_at is None:
        await mark_gone(session, await claimed(session, clock), now=clock())
        await session.refresh(delivery)
    await mark_changed(session, "notice", 1, clock())
    again = await claimed(session, clock)
    assert (again.channel, again.may_be_out) == ("telegram", False)
    await mark_unneeded(session, again, now=clock())
    assert await count_parked(session, since=NOW) == 0


async def test_what_may_be_out_already_is_told_nowhere_else(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    one = await claimed(session, clock)
    await mark_sent(session, one, ref={"id": 1}, now=clock())
    await mark_changed(session, "notice", 1, clock())
    await mark_gone(session, await claimed(session, clock), now=clock())
    await session.refresh(delivery)
    assert (delivery.channel, delivery.error, delivery.closed_at) == ("web", "gone", clock())


async def test_who_blocks_the_bot_on_one_channel_hears_on_the_next(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery, seen = await tell(session, ana), []
    for channel, account in (("web", "ana"), ("slack", "UANA"), ("telegram", "ana")):
        blocking = Account(channel, people.TENANT.get(channel, ""), account)
        await reroute_blocked_account(session, blocking, now=clock())
        await session.refresh(delivery)
        seen.append((delivery.channel, delivery.parked_at))
    assert seen == [("slack", None), ("telegram", None), ("telegram", None)], "the relay hears of the last one itself"


async def test_what_is_being_sent_or_may_be_out_stays_where_the_bot_is_blocked(
    session: DatabaseSession, clock: Clock
) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    blocking = Account("web", "", "ana")
    one = await claimed(session, clock)
    await reroute_blocked_account(session, blocking, now=clock())
    await mark_uncertain(session, one, error="TimeoutError", jitter=0, now=clock())
    await reroute_blocked_account(session, blocking, now=clock())
    await session.refresh(delivery)
    assert delivery.channel == "web"


async def test_what_is_on_its_way_follows_when_an_account_is_let_go(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    sent, waiting = await tell(session, ana), None
    await mark_sent(session, await claimed(session, clock), ref={"id": 1}, now=clock())
    waiting = await tell(session, ana, 2)
    web = next(one for one in await list_accounts(session, ana.id) if one.channel == "web")
    await unlink_account(session, web.id, actor=ana, now=clock())
    for delivery in (sent, waiting):
        await session.refresh(delivery)
    assert (waiting.channel, waiting.closed_at) == ("slack", None)
    assert sent.identity_id is None
    assert sent.closed_at is not None
    assert {one.channel for one in await list_accounts(session, ana.id)} == {"slack", "telegram"}


async def test_without_any_account_nothing_waits(session: DatabaseSession, clock: Clock) -> None:
    ana = await ana_on_three(session)
    delivery = await tell(session, ana)
    for one in await list_accounts(session, ana.id):
        await unlink_account(session, one.id, actor=ana, now=clock())
    await session.refresh(delivery)
    assert delivery.closed_at is not None
    assert await find_unreachable(session, [ana.id]) == {ana.id}, "an address for codes takes no news"


async def test_an_account_of_somebody_else_is_theirs(session: DatabaseSession) -> None:
    ana, bob = await ana_on_three(session), await people.add(session, "Bob Roe")
    (theirs, *_) = await list_accounts(session, bob.id)
    for number in (theirs.id, 4711):
        with pytest.raises(Refused, match="not_your_account"):
            await unlink_account(session, number, actor=ana, now=NOW)
