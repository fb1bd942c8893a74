"""What the relay promises: what is shown is what is wanted, for whom it is meant, once."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.protocol.elements import Card
from engine.admin.settings import SettingsRow
from engine.db.connection import SessionFactory
from engine.kudos.models import KUDOS_KIND, Kudos
from engine.outbox.places import Place
from engine.outbox.publishing import mark_changed
from engine.people.models import Person
from tests.bot.delivery.relay_world import World
from tests.conftest import NOW, Clock


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    world = World(writing, reading, clock)
    await world.populate()
    yield world
    await world.relay.stop()


def mentions(card: Card) -> dict[str, str | None]:
    spans = [span for part in card.body for span in getattr(part, "spans", ())]
    return {span.name: span.account for span in spans if hasattr(span, "account")}


async def test_a_public_gift_is_celebrated_in_every_place_that_follows(world: World) -> None:
    await world.follow("general", "random")
    await world.follow("C01", channel="slack")
    await world.thank()
    await world.relay.drain()
    assert len(world.web.posted_to("general")) == len(world.web.posted_to("random")) == 1
    assert len(world.slack.posted_to("C01")) == 1
    assert "for the launch" in world.web.posted_to("general")[0]
    assert all(d.sent_version == 1 and d.message_ref for d in await world.deliveries())
    await world.relay.drain()
    assert len(world.web.posts) == 2


async def test_mentions_carry_the_accounts_of_the_channel_at_hand(world: World) -> None:
    await world.follow("general")
    await world.follow("C01", channel="slack")
    await world.thank()
    await world.relay.drain()
    assert mentions(world.web.posts[0][1]) == {"Ana López": "ana", "Bob Stone": "bob"}
    assert mentions(world.slack.posts[0][1]) == {"Ana López": "UANA", "Bob Stone": "UBOB"}


async def test_a_gift_undone_before_it_was_sent_is_not_shown_at_all(world: World) -> None:
    await world.follow("general")
    await world.undo(await world.thank())
    await world.relay.drain()
    assert world.web.calls == []
    assert [d.closed_at for d in await world.deliveries()] == [NOW]


async def test_a_gift_undone_after_it_was_sent_becomes_a_neutral_line(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    await world.relay.drain()
    await world.undo(gift)
    await world.relay.drain()
    assert len(world.web.posts) == len(world.web.edits) == 1
    (card,) = world.web.shown.values()
    assert card.tone == "neutral"
    assert "for the launch" not in card.summary


async def test_three_changes_are_one_edit_to_the_newest(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    await world.relay.drain()
    for words in ("for one", "for two", "for three"):
        async with world.writing.begin() as session:
            (await session.get_one(Kudos, gift)).words = words
            await mark_changed(session, "kudos", gift, world.clock())
    await world.relay.drain()
    assert [card.summary.count("for three") for _, card in world.web.edits] == [1]
    assert [d.sent_version for d in await world.deliveries()] == [4]


async def test_a_change_while_it_is_being_sent_follows_as_an_edit(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()

    async def undone_meanwhile() -> None:
        await world.undo(gift)

    world.web.fails("general", undone_meanwhile)
    await world.relay.drain()
    assert len(world.web.posts) == len(world.web.edits) == 1
    assert [card.tone for card in world.web.shown.values()] == ["neutral"]


# Languages and wishes.


async def test_celebrations_speak_the_places_language_and_news_the_persons(world: World) -> None:
    async with world.writing.begin() as session:
        session.add(SettingsRow(name="organisation", values={"language": "es"}))
        bob = await session.get_one(Person, world.people["bob"].id)
        bob.direct_news, bob.locale = True, "en-GB"
    world.people["bob"] = bob
    await world.follow("general", locale="en")
    await world.follow("equipo")
    await world.thank()
    await world.relay.drain()
    (english,), (spanish,), (news,) = (
        world.web.posted_to("general"),
        world.web.posted_to("equipo"),
        world.slack.posted_to("UBOB"),
    )
    assert "thanked" in english
    assert "thanked" not in spanish
    assert "thanked you" in news
    assert world.slack.seen[0].direct
    assert world.slack.seen[0].tenant == "T01CORP"


async def test_who_wishes_no_public_thanks_is_named_nowhere_but_told(world: World) -> None:
    async with world.writing.begin() as session:
        bob = await session.get_one(Person, world.people["bob"].id)
        bob.no_public_kudos = True
    world.people["bob"] = bob
    await world.follow("general")
    await world.thank("bob carla")
    await world.relay.drain()
    assert "Carla Ruiz" in world.web.posted_to("general")[0]
    assert "Bob" not in world.web.posted_to("general")[0]
    assert len(world.slack.posted_to("UBOB")) == 1


async def test_a_wish_made_before_the_sending_counts(world: World) -> None:
    await world.follow("general")
    await world.thank()
    async with world.writing.begin() as session:
        (await session.get_one(Person, world.people["bob"].id)).no_public_kudos = True
    await world.relay.drain()
    assert world.web.calls == []


async def test_a_wish_made_after_the_sending_counts_when_the_card_is_drawn_again(world: World) -> None:
    await world.follow("general")
    await world.thank()
    await world.relay.drain()
    async with world.writing.begin() as session:
        (await session.get_one(Person, world.people["bob"].id)).no_public_kudos = True
        await mark_changed(session, KUDOS_KIND, 1, NOW)
    await world.relay.drain()
    [card] = world.web.shown.values()
    assert card.tone == "neutral"
    assert "thanked" not in card.summary


async def test_the_origin_goes_along_to_the_place_where_it_happened(world: World) -> None:
    await world.follow("general", "random")
    async with world.reading.begin() as session:
        here = (await session.scalars(select(Place.id).where(Place.external_id == "random"))).one()
    await world.thank(place_id=here, origin={"response_url": "https://hooks.test/1"})
    await world.relay.drain()
    origins = {to.external_id: dict(to.origin) for to in world.web.seen}
    assert origins == {"general": {}, "random": {"response_url": "https://hooks.test/1"}}
