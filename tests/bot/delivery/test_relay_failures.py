"""What the relay promises where channels fail, ask for patience, or are gone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.protocol.channel import DeliveryUncertain, DestinationGone, Misconfigured, Rejected, RetryLater
from engine.db.connection import SessionFactory
from engine.outbox.places import Place, get_or_create_place
from engine.outbox.publishing import publish_announcement
from tests.bot.delivery.relay_world import World
from tests.conftest import NOW, Clock


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    world = World(writing, reading, clock)
    await world.populate()
    yield world
    await world.relay.stop()


async def test_retry_after_is_obeyed_for_the_destination_and_others_go_on(world: World) -> None:
    await world.follow("general", "random")
    await world.thank(words="first")
    world.web.fails("general", RetryLater(30))
    await world.relay.drain()
    await world.thank(words="second")
    world.clock.advance(seconds=29)
    await world.relay.drain()
    assert world.web.calls.count("general") == 1
    assert len(world.web.posted_to("random")) == 2
    world.clock.advance(seconds=1)
    await world.relay.drain()
    assert ["first" in s for s in world.web.posted_to("general")] == [True, False]
    assert [d.attempts for d in await world.deliveries()] == [0, 0, 0, 0]


@pytest.mark.parametrize("after", [0.0, -5.0, float("inf"), float("nan")])
async def test_a_senseless_retry_after_neither_spins_nor_breaks(world: World, after: float) -> None:
    await world.follow("general")
    await world.thank()
    world.web.fails("general", RetryLater(after))
    await world.relay.drain()
    assert world.web.calls == ["general"]
    world.clock.advance(days=1)
    await world.relay.drain()
    assert len(world.web.posts) == 1


async def test_a_failing_destination_is_tried_eight_times_then_parked_and_the_giver_told(world: World) -> None:
    general, _ = await world.follow("general", "random")
    await world.thank(place_id=general)
    world.web.fails("general", *(RuntimeError("broken") for _ in range(20)))
    await world.drain_for(hours=2)
    assert world.web.calls.count("general") == 8
    assert len(world.web.posted_to("random")) == 1
    assert await world.relay.trouble() == "1 parked"
    (told,) = world.slack.posted_to("UANA")
    assert "general" in told
    assert "celebrado" in told  # Ana's language
    assert "Bob Stone («for the launch»)" in told


@pytest.mark.parametrize("times", [7, 8])
async def test_news_that_are_tried_in_vain_move_to_the_next_account_once(world: World, times: int) -> None:
    await world.thank("carla", public=False)
    world.slack.fails("UCARLA", *(RuntimeError("broken") for _ in range(times)))
    await world.drain_for(hours=2)
    assert [len(world.slack.posted_to("UCARLA")), len(world.web.posted_to("carla"))] == (
        [1, 0] if times < 8 else [0, 1]
    )
    assert await world.relay.trouble() is None


@pytest.mark.parametrize("error", [TimeoutError("slow"), DeliveryUncertain("502")])
async def test_news_that_may_be_out_do_not_move(world: World, error: Exception) -> None:
    await world.thank("carla", public=False)
    world.slack.fails("UCARLA", error, *(RuntimeError("broken") for _ in range(20)))
    await world.drain_for(hours=2)
    assert world.web.posted_to("carla") == []
    assert await world.relay.trouble() == "1 parked"


async def test_what_is_taken_back_before_it_moved_is_told_nowhere(world: World) -> None:
    gift = await world.thank("carla", public=False)
    world.slack.fails("UCARLA", *(RuntimeError("broken") for _ in range(8)))
    await world.drain_for(seconds=5)
    clock = world.clock()
    await world.undo(gift)
    await world.drain_for(hours=2)
    assert [*world.slack.posts, *world.web.posts] == []
    assert all(d.closed_at and d.closed_at >= clock for d in await world.deliveries())


async def test_what_was_given_up_troubles_nobody_for_ever(world: World) -> None:
    await world.thank("carla", public=False)
    for channel, account in ((world.slack, "UCARLA"), (world.web, "carla")):
        channel.fails(account, DestinationGone("blocked"))
    await world.drain_for(minutes=1)
    assert await world.relay.trouble() == "1 parked"
    world.clock.advance(days=8)
    assert await world.relay.trouble() is None


async def test_a_place_that_is_gone_is_closed_and_told_once(world: World) -> None:
    await world.follow("general", "random")
    await world.thank()
    world.web.fails("general", DestinationGone("archived"))
    await world.drain_for(minutes=5)
    await world.thank(words="again")
    await world.drain_for(minutes=5)
    assert world.web.calls.count("general") == 1
    assert len(world.web.posted_to("random")) == 2
    assert len(world.slack.posted_to("UCARLA")) == 1  # the administrator
    assert world.slack.posted_to("UANA") == []  # nothing happened there
    assert await world.relay.trouble() is None


async def test_a_place_that_lets_us_in_again_follows_again_from_the_next_gift_there(world: World) -> None:
    far, _ = await world.follow("far", "random")
    await world.thank(words="first")
    world.web.fails("far", DestinationGone("not_in_channel"))
    await world.drain_for(minutes=1)
    await world.thank(words="elsewhere")
    await world.thank(words="there", place_id=far)
    await world.thank(words="in random")
    await world.drain_for(minutes=1)
    assert ["there" in s for s in world.web.posted_to("far")] == [True]
    await world.thank(words="from everywhere")
    await world.drain_for(minutes=1)
    assert ["everywhere" in s for s in world.web.posted_to("far")] == [False, True]


async def test_a_card_that_can_be_changed_no_more_is_told_to_who_took_it_back(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    await world.relay.drain()
    await world.undo(gift)
    world.web.fails("general", Rejected("edit_window_closed"))
    await world.drain_for(minutes=1)
    (told,) = world.slack.posted_to("UANA")
    assert "a mano" in told
    assert "general" in told
    (row,) = [d for d in await world.deliveries() if d.place_id]
    assert (row.sent_version, row.error) == (1, "unable: edit_window_closed")
    assert row.closed_at is not None


@pytest.mark.parametrize("error", [TimeoutError("slow"), ConnectionResetError("cut"), DeliveryUncertain("502")])
async def test_what_may_be_out_is_neutralised_when_it_is_taken_back(world: World, error: Exception) -> None:
    await world.follow("general")
    gift = await world.thank()
    world.web.fails("general", error)
    await world.relay.drain()
    await world.undo(gift)
    await world.drain_for(minutes=1)
    assert [card.tone for _, card in world.web.posts] == ["neutral"]
    assert [to.unclear for to in world.web.seen] == [False, True]


async def test_what_was_surely_not_sent_is_not_shown_when_it_is_taken_back(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    world.web.fails("general", ConnectionRefusedError("down"))
    await world.relay.drain()
    await world.undo(gift)
    await world.drain_for(minutes=1)
    assert world.web.posts == []


async def test_no_raw_id_is_shown_where_a_place_has_no_name(world: World) -> None:
    await world.follow("C09NONAME")
    async with world.writing.begin() as session:
        place = (await session.scalars(select(Place))).one()
        place.name = ""
    await world.thank()
    world.web.fails("C09NONAME", DestinationGone("not_in_channel"))
    await world.drain_for(minutes=1)
    (told,) = world.slack.posted_to("UCARLA")
    assert "C09" not in told


async def test_a_notice_that_fails_makes_no_notice(world: World) -> None:
    (general,) = await world.follow("general")
    await world.thank(place_id=general)
    world.web.fails("general", DestinationGone("archived"))
    world.slack.fails("UANA", DestinationGone("blocked"))
    for channel, account in ((world.slack, "UCARLA"), (world.web, "carla")):
        channel.fails(account, *(RuntimeError("broken") for _ in range(20)))
    await world.drain_for(hours=4)
    assert await world.notices("notice.undelivered") == 1
    assert await world.notices("notice.place_gone") == 1
    assert await world.relay.trouble() == "1 parked"


async def test_a_channel_that_refuses_us_rests_and_burns_no_attempts(world: World) -> None:
    await world.follow("general", "random")
    await world.follow("C01", "C02", channel="slack")
    await world.thank()
    for place in ("C01", "C02"):
        world.slack.fails(place, *(Misconfigured("token_revoked") for _ in range(10)))
    await world.drain_for(minutes=1)
    assert [len(world.web.posted_to(place)) for place in ("general", "random")] == [1, 1]
    (told,) = world.web.posted_to("carla")  # the administrator, where we are still let in
    assert "Slack" in told
    assert "token_revoked" in told
    assert await world.relay.trouble() == "slack: refuses us (token_revoked)"
    calls = len(world.slack.calls)
    await world.drain_for(minutes=4)
    assert len(world.slack.calls) == calls
    await world.drain_for(hours=2)
    assert len(world.slack.posts) == 2
    assert len(world.web.posted_to("carla")) == 1
    assert await world.relay.trouble() is None
    assert all(d.parked_at is None for d in await world.deliveries())


async def test_where_no_other_channel_lets_us_in_nobody_is_told(world: World) -> None:
    await world.follow("general")
    await world.follow("C01", channel="slack")
    await world.thank()
    for channel, place in ((world.web, "general"), (world.slack, "C01")):
        channel.fails(place, Misconfigured("no"))
    await world.relay.drain()
    await world.drain_for(minutes=1)
    said = [*world.web.posts, *world.slack.posts]
    assert len(said) <= 1  # who was refused first was told of on the other, which refuses us as well
    await world.drain_for(minutes=10)
    assert await world.relay.trouble() is None


async def test_one_that_does_not_answer_is_trouble_until_it_does(world: World) -> None:
    await world.follow("general")
    await world.thank()
    world.web.fails("general", ConnectionRefusedError("down"))
    await world.relay.drain()
    assert await world.relay.trouble() == "web: does not answer (ConnectionRefusedError)"
    await world.drain_for(minutes=1)
    assert await world.relay.trouble() is None
    await world.thank()
    world.web.fails("general", TimeoutError(), DestinationGone("archived"))  # that is an answer too
    await world.drain_for(minutes=3)
    assert await world.relay.trouble() is None


async def test_a_channel_that_does_not_answer_anybody_rests_and_burns_no_attempts(world: World) -> None:
    names = [f"place{i}" for i in range(6)]
    await world.follow(*names)
    await world.thank()
    for name in names:
        world.web.fails(name, *(ConnectionRefusedError("down") for _ in range(4)))
    await world.drain_for(minutes=5)
    assert "web: does not answer (ConnectionRefusedError)" in (await world.relay.trouble() or "")
    for _ in range(4):
        await world.drain_for(minutes=30)
    assert sorted(where for where, _ in world.web.posts) == names
    assert await world.relay.trouble() is None


async def test_one_call_at_a_time_tries_a_channel_that_is_silent_and_an_answer_lets_all_go_on(world: World) -> None:
    names = [f"place{i}" for i in range(8)]
    await world.follow(*names[:3])
    await world.thank()
    for name in names[:3]:
        world.web.fails(name, DeliveryUncertain("502"))
    await world.relay.drain()
    await world.follow(*names[3:])
    await world.thank(words="again")
    for name in names:
        world.web.fails(name, *(ConnectionRefusedError("down") for _ in range(2)))
    before = len(world.web.calls)
    for _ in range(2):
        world.clock.advance(seconds=61)
        await world.relay.drain()
    assert len(world.web.calls) - before == 2
    world.web.script.clear()
    world.clock.advance(seconds=61)
    await world.relay.drain()
    assert {where for where, _ in world.web.posts} == set(names)


@pytest.mark.parametrize("error", [TimeoutError, ConnectionResetError, BrokenPipeError, DeliveryUncertain])
async def test_what_may_be_out_is_sent_again_once_and_not_soon(world: World, error: type[Exception]) -> None:
    """The channel cannot look: each post may be a double."""
    general, _ = await world.follow("general", "random")
    await world.thank(place_id=general)
    world.web.fails("general", *(error("cut") for _ in range(20)))
    await world.drain_for(seconds=55)
    assert world.web.calls.count("general") == 1
    await world.drain_for(minutes=3)
    assert world.web.calls.count("general") == 2
    await world.drain_for(hours=2)
    assert world.web.calls.count("general") == 2
    assert await world.relay.trouble() == f"web: does not answer ({error.__name__}); 1 parked"
    (told,) = world.slack.posted_to("UANA")
    assert "general" in told


async def test_an_edit_whose_answer_is_unclear_is_made_until_it_is_clear(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    await world.relay.drain()
    await world.undo(gift)
    world.web.fails("general", *(DeliveryUncertain("502") for _ in range(5)))
    await world.drain_for(minutes=10)
    assert [card.tone for card in world.web.shown.values()] == ["neutral"]


async def test_a_slow_call_is_cut_and_tried_again(world: World) -> None:
    world.relay.send_seconds = 0.05
    await world.follow("general", "random")
    await world.thank()
    world.web.fails("general", lambda: asyncio.sleep(60))
    await world.relay.drain()
    assert len(world.web.posted_to("random")) == 1
    assert world.web.posted_to("general") == []
    await world.drain_for(minutes=3)
    assert len(world.web.posted_to("general")) == 1


async def test_a_card_that_cannot_be_drawn_is_parked_and_stops_nobody(world: World) -> None:
    await world.follow("general")
    async with world.writing.begin() as session:
        place_id = (await session.scalars(select(Place.id))).one()
        await publish_announcement(session, "unheard_of", 1, NOW, place_id=place_id, everywhere=False)
    await world.thank()
    await world.drain_for(hours=2)
    assert len(world.web.posts) == 1
    assert await world.relay.trouble() == "1 parked"


async def test_a_destination_is_sent_to_at_its_pace_and_in_order(world: World) -> None:
    await world.follow("general", "random")
    for i in range(6):
        await world.thank(words=f"no. {i}")
    world.web.pace = (1.0, 2)
    await world.relay.drain()
    assert len(world.web.posted_to("general")) == 2
    await world.drain_for(seconds=2)
    assert len(world.web.posted_to("general")) == 4
    await world.drain_for(seconds=10)
    assert [s.partition("no. ")[2][0] for s in world.web.posted_to("general")] == list("012345")
    assert len(world.web.posted_to("random")) == 6
    assert all(d.attempts == 0 and not d.parked_at for d in await world.deliveries())


async def test_a_channel_as_a_whole_has_its_pace_too(world: World) -> None:
    await world.follow(*(f"place{i}" for i in range(12)))
    await world.thank()
    world.web.pace_overall = (2.0, 4)
    await world.relay.drain()
    assert len(world.web.posts) == 4
    await world.drain_for(seconds=10)
    assert len({where for where, _ in world.web.posts}) == 12


async def test_the_giver_hears_once_how_to_let_us_in(world: World) -> None:
    await world.follow("general")
    world.web.invites["general"] = "/invite @Laurel"
    await world.thank()
    await world.drain_for(minutes=5)
    (told,) = world.slack.posted_to("UANA")
    assert "/invite @Laurel" in told
    assert await world.notices("notice.not_invited") == 1


async def test_a_place_that_follows_nothing_is_not_closed(world: World) -> None:
    """Where we are no member the next gift brings its own way back."""
    async with world.writing.begin() as session:
        here = await get_or_create_place(session, channel="web", tenant="", external_id="elsewhere", name="", now=NOW)
    await world.thank(place_id=here)
    world.web.fails("elsewhere", DestinationGone("no member"))
    await world.drain_for(minutes=5)
    await world.thank(place_id=here, words="again")
    await world.drain_for(minutes=5)
    assert len(world.web.posted_to("elsewhere")) == 1
