"""A gift to somebody whom the channel cannot name waits, and is given or handed back within a minute, once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import delete, func, select, update

from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.acknowledged_turns import store_acknowledged_turn
from bot.dispatch.dispatcher import Bot
from bot.dispatch.pending_gifts import PendingGifts
from bot.dispatch.unresolved_people import resume_turn
from bot.protocol.elements import Card, Mention
from bot.protocol.serialization import load_value
from bot.protocol.turns import Command, Reply, Say, Turn
from engine.db.connection import SessionFactory
from engine.people.models import Identity, Person
from engine.turns import pending_turns
from engine.turns.pending_turns import PendingTurn, claim_pending_turns
from tests import people
from tests.bot.delivery.relay_world import World as Relays
from tests.conftest import Clock
from tests.journeys.dialogs.kudos_world import KEY, Waiting, World, handed_back, told
from tests.waiting import PATIENCE

ZOE = Mention("Zoe", account="zoe")
UNMET = frozenset({"zoe"})


@dataclass
class Introducer:
    """A channel that cannot be asked until `answers`; then Zoe is linked. `meanwhile` happens as it is asked."""

    writing: SessionFactory
    answers: bool = False
    breaks: bool = False
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    async def introduce(self, turn: Turn) -> Turn:
        self.asked.append(turn.source.message_id)
        self.meanwhile()
        await asyncio.sleep(0.01)
        if self.breaks:
            raise RuntimeError("it broke")
        if not self.answers:
            return replace(turn, source=replace(turn.source, unmet=UNMET))
        async with self.writing.begin() as session:
            await session.execute(update(Identity).where(Identity.external_id == "zoë").values(external_id="zoe"))
        return turn


@dataclass
class Office:
    """Ana, who thanks in the lobby, and what she and the lobby are shown on the web."""

    world: World
    relays: Relays
    introducer: Introducer
    gifts: PendingGifts

    @property
    def clock(self) -> Clock:
        return self.relays.clock

    async def thank(self, *words: str | Mention, **where: object) -> Reply:
        return await self.world.say(*(words or (ZOE, " thanks a lot")), unmet=UNMET, **where)

    async def wait(self, seconds: int) -> None:
        """A second at a time."""
        for _ in range(seconds):
            self.clock.advance(seconds=1)
            await self.gifts.look()
        await self.relays.relay.drain()

    def replica(self) -> PendingGifts:
        return PendingGifts(self.world.bot, {"web": self.introducer})

    def told(self, where: str) -> list[Card]:
        return [card for place, card in self.relays.web.posts if place == where]

    async def waiting(self) -> int:
        async with self.world.sessions() as session:
            return (await session.execute(select(func.count()).select_from(PendingTurn))).scalar_one()


@pytest.fixture
async def office(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Office:
    async with writing.begin() as session:
        for name in ("Ana López", "Zoë Quinn"):
            person = await people.add(session, name, direct_news=False)
            await session.execute(delete(Identity).where(Identity.person_id == person.id, Identity.channel == "slack"))
    relays, introducer = Relays(writing, reading, clock), Introducer(writing)
    bot = Bot(writing, reading, Waiting(), ALL_COMMANDS, clock, KEY)
    return Office(World(bot, writing), relays, introducer, PendingGifts(bot, {"web": introducer}))


async def test_a_gift_is_given_where_it_was_asked_for_once_everybody_is_known(office: Office) -> None:
    reply = await office.thank()
    assert told(reply) == "I am looking up who Zoe is; you will hear from me within a minute."
    await office.wait(4)
    assert office.introducer.asked == []
    await office.wait(3)
    assert await office.world.gifts() == []
    office.introducer.answers = True
    await office.wait(13)
    (gift,) = await office.world.gifts()
    assert (gift.words, [name for _, name in gift.receivers]) == ("thanks a lot", ["Zoë Quinn"])
    assert await office.world.told_in() == {"place:1"}
    assert len(office.told("lobby")) == len(office.told("ana")) == 1
    assert "You thanked" in office.told("ana")[0].summary
    assert await office.waiting() == 0
    await office.wait(60)
    assert len(office.introducer.asked) == 2
    assert len(office.relays.web.posts) == 2


async def test_what_nobody_can_say_for_a_minute_is_handed_back(office: Office) -> None:
    await office.thank()
    await office.wait(60)
    (card,) = office.told("ana")
    assert "could not find out" in told(Say(card))
    assert handed_back(Say(card)) == ["/kudos @Zoe thanks a lot"]
    assert len(office.introducer.asked) == len(pending_turns.PENDING_TURN_DELAYS)
    assert await office.world.gifts() == []
    assert await office.waiting() == 0


async def test_a_repeated_turn_waits_once(office: Office) -> None:
    first = await office.thank(message_id="same")
    assert await office.thank(message_id="same") == first
    await office.wait(5)
    assert await office.thank(message_id="same") == first
    assert await office.waiting() == 1


async def test_each_gift_after_another_is_told(office: Office) -> None:
    for _ in range(2):
        await office.thank()
        await office.wait(60)
    assert len(office.told("ana")) == 2


async def test_replicas_at_once_give_each_gift_once(office: Office) -> None:
    office.introducer.answers = True
    for i in range(6):
        await office.thank(ZOE, f" thanks no. {i}")
    office.clock.advance(seconds=5)
    await asyncio.gather(*(office.replica().look() for _ in range(4)))
    await office.relays.relay.drain()
    assert len(office.introducer.asked) == 6
    assert sorted(gift.words for gift in await office.world.gifts()) == [f"thanks no. {i}" for i in range(6)]
    assert len(office.told("ana")) == 6


async def test_who_dies_with_a_claim_is_followed_by_another(office: Office) -> None:
    office.introducer.answers = True
    await office.thank()
    async with office.world.sessions.begin() as session:
        assert await claim_pending_turns(session, now=office.clock.now + pending_turns.PENDING_TURN_DELAYS[0], limit=9)
    await office.wait(30)
    assert len(await office.world.gifts()) == len(office.told("ana")) == 1


@pytest.mark.parametrize("known_again", [True, False])
async def test_who_dies_after_giving_has_given_once(office: Office, known_again: bool) -> None:
    """Also where a minute has passed, and nobody can say any more who it was."""
    office.introducer.answers = True
    await office.thank()
    office.clock.advance(seconds=5)
    async with office.world.sessions.begin() as session:
        (one,) = await claim_pending_turns(session, now=office.clock(), limit=9)
    assert await office.gifts._answered(resume_turn(load_value(one.payload)))
    office.introducer.answers = known_again
    await office.wait(60)
    assert len(await office.world.gifts()) == 1
    (card,) = office.told("ana")
    assert "You thanked" in card.summary


async def test_who_comes_back_after_the_refusal_gives_nothing(office: Office) -> None:
    await office.thank()
    office.clock.advance(seconds=5)
    async with office.world.sessions.begin() as session:
        (one,) = await claim_pending_turns(session, now=office.clock(), limit=9)
    await office.wait(60)
    office.introducer.answers = True
    await office.gifts._take_up(one)
    await office.relays.relay.drain()
    assert await office.world.gifts() == []
    assert len(office.told("ana")) == 1


async def test_a_channel_that_breaks_is_asked_again_and_one_that_went_away_is_not_waited_for(office: Office) -> None:
    office.introducer.breaks = True
    await office.thank()
    await office.wait(60)
    office.introducer.breaks = False
    office.gifts.introducers = {}
    await office.thank()
    await office.wait(60)
    assert [handed_back(Say(card)) for card in office.told("ana")] == [["/kudos @Zoe thanks a lot"]] * 2


async def test_a_refusal_is_told_with_the_words(office: Office) -> None:
    async with office.world.sessions.begin() as session:
        await session.execute(update(Person).where(Person.email == "zoë@corp.test").values(active=False))
    office.introducer.answers = True
    await office.thank()
    await office.wait(5)
    (card,) = office.told("ana")
    assert card.tone == "refusal"
    assert handed_back(Say(card)) == ['/kudos @"Zoë Quinn" thanks a lot']
    assert await office.world.gifts() == []


async def test_what_needs_a_form_is_handed_back(office: Office) -> None:
    office.introducer.answers = True
    await office.thank(ZOE)
    await office.wait(5)
    (card,) = office.told("ana")
    assert "something is still missing" in told(Say(card))
    assert handed_back(Say(card)) == ["/kudos @Zoe"]


async def test_the_loop_looks_by_itself_and_ends(office: Office) -> None:
    office.introducer.answers = True
    await office.thank()
    office.clock.advance(seconds=5)
    asked = asyncio.Event()
    office.introducer.meanwhile = asked.set
    office.gifts.start()
    await asyncio.wait_for(asked.wait(), PATIENCE)
    await office.gifts.stop()
    assert len(await office.world.gifts()) == 1


async def test_a_spanish_speaker_reads_spanish(office: Office) -> None:
    async with office.world.sessions.begin() as session:
        await session.execute(update(Person).where(Person.email == "ana@corp.test").values(locale="es"))
    assert told(await office.thank()).startswith("Estoy averiguando quién es Zoe;")
    await office.wait(60)
    await office.thank(ZOE)
    office.introducer.answers = True
    await office.wait(5)
    refusal, unfinished = (told(Say(card)) for card in office.told("ana"))
    assert "no he podido averiguar" in refusal
    assert unfinished.startswith("Ya sé quién es cada persona")


async def test_only_a_gift_waits(office: Office) -> None:
    reply = await office.world.bot.handle(Command(office.world.source(unmet=UNMET), "points", (ZOE,)))
    assert isinstance(reply, Say)
    assert reply.failed
    assert await office.waiting() == 0


async def test_an_acknowledged_turn_is_given_once_by_another_replica(office: Office) -> None:
    office.introducer.answers = True
    new, done = (Command(office.world.source(), "kudos", (ZOE, f" thanks, {n}")) for n in ("new", "done"))
    for turn in (new, done):
        assert await store_acknowledged_turn(office.world.bot, turn)
        assert await store_acknowledged_turn(office.world.bot, turn) is None
    await office.introducer.introduce(done)
    await office.world.bot.handle(done)
    await office.wait(14)
    assert len(office.introducer.asked) == 1, "whoever stored it has it until the lease ends"
    await office.wait(16)
    assert sorted(gift.words for gift in await office.world.gifts()) == ["thanks, done", "thanks, new"]
    assert ["You thanked" in card.summary for card in office.told("ana")] == [True, True]
    assert await office.waiting() == 0


async def test_an_acknowledged_turn_that_fails_again_and_again_is_handed_back(office: Office) -> None:
    office.introducer.breaks = True
    turn = Command(office.world.source(), "kudos", (ZOE, " thanks"))
    assert await store_acknowledged_turn(office.world.bot, turn)
    await office.wait(90)
    assert len(office.introducer.asked) == 5
    assert [handed_back(Say(card)) for card in office.told("ana")] == [["/kudos @Zoe thanks"]]
    assert await office.waiting() == 0
    office.introducer.breaks = False
    office.introducer.answers = True
    assert handed_back(await office.world.bot.handle(turn)) == ["/kudos @Zoe thanks"], "the turn is answered for good"
