"""Giving thanks: who may, how many, and what is told where."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from engine.errors import NotAllowed, Refused
from engine.kudos.giving import KudosResult
from engine.kudos.models import Kudos, KudosReceiver, KudosTag
from engine.kudos.queries import build_kudos_facts, get_kudos, get_last_given_kudos
from engine.kudos.reversal import undo_kudos
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place, get_or_create_place
from engine.people.models import Person
from engine.points.ledger import get_balance
from tests import people
from tests.conftest import NOW
from tests.thanking import FREE, give, refusal


async def destinations(session: DatabaseSession, gift: KudosResult) -> set[str]:
    rows = await session.scalars(
        select(Delivery.destination)
        .join(Announcement, Announcement.id == Delivery.announcement_id)
        .where(Announcement.kind == "kudos", Announcement.subject_id == gift.id)
    )
    return set(rows)


async def place(session: DatabaseSession, name: str, *, announces: bool = False) -> int:
    place_id = await get_or_create_place(session, channel="web", tenant="", external_id=name, name=name, now=NOW)
    row = await session.get_one(Place, place_id)
    row.announces = announces
    await session.flush()
    return place_id


@pytest.fixture
async def ana(session: DatabaseSession) -> Person:
    return await people.add(session, "Ana López")


@pytest.fixture
async def bob(session: DatabaseSession) -> Person:
    return await people.add(session, "Bob Roe")


@pytest.fixture
async def carla(session: DatabaseSession) -> Person:
    return await people.add(session, "Carla Díaz")


async def test_a_gift_is_kept_with_all_its_parts_in_order(
    session: DatabaseSession, ana: Person, bob: Person, carla: Person
) -> None:
    gift = await give(session, ana, [carla, bob, carla], tags=["#Zeal!", "launch"], settings=Settings(kudos_points=5))
    facts = await get_kudos(session, gift.id)
    assert facts == build_kudos_facts(gift, ana, [carla, bob], ("zeal", "launch"), 5)
    assert facts.receivers == ((carla.id, "Carla Díaz"), (bob.id, "Bob Roe"))
    assert (facts.giver_name, facts.words, facts.public, facts.undone) == ("Ana López", "thanks", True, False)
    assert [await get_balance(session, who.id) for who in (ana, bob, carla)] == [0, 5, 5]


async def test_there_are_no_facts_of_what_is_not(session: DatabaseSession) -> None:
    assert await get_kudos(session, 404) is None


@pytest.mark.parametrize(
    "words",
    [
        "👩‍👩‍👧‍👦 🇪🇸 👍🏽",
        "תודה רבה \u202eabc\u202c شكرا",
        "``x = 'a'; DROP TABLE kudos;--`` \"quoted\" «así» \\n \\",
        "  <b>&amp;</b>\n\ttwo lines\r\n",
        "x" * 500,
    ],
)
async def test_words_are_kept_to_the_letter(session: DatabaseSession, ana: Person, bob: Person, words: str) -> None:
    gift = await give(session, ana, [bob], words=words)
    session.expunge_all()
    assert (await session.execute(select(Kudos.words).where(Kudos.id == gift.id))).scalar_one() == words


@pytest.mark.parametrize(
    ("words", "reason", "details"),
    [
        ("", "words_missing", {}),
        (" \n\t", "words_missing", {}),
        ("\u200b\u2060 \u202e", "words_missing", {}),
        ("x" * 501, "words_too_long", {"length": 501, "limit": 500}),
        ("a\0b", "words_unstorable", {}),
        ("a\ud83d", "words_unstorable", {}),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_words_that_will_not_do(
    session: DatabaseSession, ana: Person, bob: Person, words: str, reason: str, details: dict[str, object]
) -> None:
    no = await refusal(session, ana, [bob], words=words)
    assert (no.reason, no.details) == (reason, details)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("Gone Away", {"active": False}, "receiver_inactive"),
        ("Guest Star", {"kind": "guest"}, "kudos_not_eligible"),
        ("Robo Cop", {"kind": "bot"}, "kudos_not_eligible"),
    ],
)
async def test_one_who_cannot_be_thanked_keeps_the_gift_from_all(
    session: DatabaseSession, ana: Person, bob: Person, name: str, values: dict[str, object], reason: str
) -> None:
    other = await people.add(session, name, **values)
    no = await refusal(session, ana, [bob, other])
    assert (no.reason, no.details) == (reason, {"name": name})
    assert await session.scalar(select(func.count()).select_from(KudosReceiver)) == 0


async def test_who_may_not_give(session: DatabaseSession, ana: Person, bob: Person, carla: Person) -> None:
    assert (await refusal(session, ana, [])).reason == "receiver_missing"
    assert (await refusal(session, ana, [bob, ana])).reason == "self_kudos"
    crowd = await refusal(session, ana, [bob, carla], settings=Settings(kudos_maximum_receivers=1))
    assert (crowd.reason, crowd.details) == ("kudos_too_many_receivers", {"count": 1})
    assert await give(session, ana, [bob, bob], settings=Settings(kudos_maximum_receivers=1))
    assert await give(session, ana, [bob, carla], settings=Settings(kudos_maximum_receivers=0))
    ana.active = False
    with pytest.raises(NotAllowed):
        await give(session, ana, [bob])


@pytest.mark.parametrize("kind", ["guest", "bot"])
async def test_guests_and_bots_thank_nobody(session: DatabaseSession, ana: Person, bob: Person, kind: str) -> None:
    ana.kind = kind
    with pytest.raises(NotAllowed, match="giver_not_eligible"):
        await give(session, ana, [bob])
    assert await session.scalar(select(func.count()).select_from(Kudos)) == 0


async def test_undo_takes_the_points_back_and_wants_the_cards_drawn_anew(
    session: DatabaseSession, ana: Person, bob: Person
) -> None:
    paid = Settings(kudos_points=5)
    here = await place(session, "town-hall")
    gift = await give(session, ana, [bob], settings=paid, place_id=here)
    undone = await undo_kudos(session, gift.id, actor=ana, settings=paid, now=NOW + timedelta(minutes=10))
    assert undone.undone_at == NOW + timedelta(minutes=10)
    assert await get_balance(session, bob.id) == 0
    assert set(await session.scalars(select(Delivery.wanted_version))) == {2}
    facts = await get_kudos(session, gift.id)
    assert facts is not None
    assert facts.undone


async def test_who_may_not_undo(session: DatabaseSession, ana: Person, bob: Person) -> None:
    gift = await give(session, ana, [bob])

    async def undo(kudos_id: int, actor: Person, now: datetime) -> tuple[str, dict[str, object]]:
        with pytest.raises(Refused) as no:
            await undo_kudos(session, kudos_id, actor=actor, settings=FREE, now=now)
        return no.value.reason, no.value.details

    late = NOW + timedelta(minutes=10, seconds=1)
    assert await undo(404, ana, NOW) == ("unknown_kudos", {})
    assert await undo(gift.id, bob, NOW) == ("not_your_gift", {})
    assert await undo(gift.id, ana, late) == ("undo_too_late", {"count": 10})
    await undo_kudos(session, gift.id, actor=ana, settings=FREE, now=NOW)
    assert await undo(gift.id, ana, NOW) == ("already_undone", {})


async def test_the_last_gift_is_the_newest_that_stands(session: DatabaseSession, ana: Person, bob: Person) -> None:
    assert await get_last_given_kudos(session, ana.id) is None
    first = await give(session, ana, [bob])
    second = await give(session, ana, [bob])
    await give(session, bob, [ana], now=NOW + timedelta(hours=1))
    assert (await get_last_given_kudos(session, ana.id)).id == second.id
    await undo_kudos(session, second.id, actor=ana, settings=FREE, now=NOW)
    assert (await get_last_given_kudos(session, ana.id)).id == first.id


async def test_a_public_gift_is_told_here_in_subscribed_places_and_to_those_who_wish_it(
    session: DatabaseSession, ana: Person, bob: Person, carla: Person
) -> None:
    here = await place(session, "here")
    subscribed = await place(session, "town-hall", announces=True)
    await place(session, "elsewhere")
    carla.direct_news = False
    gift = await give(session, ana, [bob, carla], place_id=here, origin={"url": "back"})
    assert await destinations(session, gift) == {f"place:{here}", f"place:{subscribed}", f"person:{bob.id}"}
    origin = await session.scalar(select(Delivery.origin).where(Delivery.place_id == here))
    assert origin == {"url": "back"}


async def test_a_private_gift_is_told_to_its_receivers_only(
    session: DatabaseSession, ana: Person, bob: Person, carla: Person
) -> None:
    here = await place(session, "here", announces=True)
    carla.direct_news = False
    gift = await give(session, ana, [bob, carla], place_id=here, public=False)
    assert await destinations(session, gift) == {f"person:{bob.id}", f"person:{carla.id}"}


async def test_the_wish_for_no_public_thanks(session: DatabaseSession, ana: Person, bob: Person, carla: Person) -> None:
    here = await place(session, "here", announces=True)
    bob.no_public_kudos, bob.direct_news, carla.direct_news = True, False, False
    await session.flush()
    both = await give(session, ana, [bob, carla], place_id=here)
    assert await destinations(session, both) == {f"place:{here}", f"person:{bob.id}"}
    facts = await get_kudos(session, both.id)
    assert facts is not None
    assert facts.celebrated == ((carla.id, "Carla Díaz"),)
    alone = await give(session, ana, [bob], place_id=here)
    assert await destinations(session, alone) == {f"person:{bob.id}"}


async def test_a_gift_with_everything_takes_eight_round_trips(
    database: AsyncEngine, session: DatabaseSession, ana: Person, bob: Person, carla: Person
) -> None:
    here = await place(session, "here", announces=True)
    limits = Settings(kudos_points=5, kudos_per_day=9, kudos_per_pair_per_day=9)
    statements = []

    @event.listens_for(database.sync_engine, "before_cursor_execute")
    def _count(*call: Any) -> None:
        statements.append(call[2])

    await give(session, ana, [bob, carla], tags=["launch"], settings=limits, place_id=here)
    assert len(statements) == 8, "\n\n".join(statements)
    statements.clear()
    await give(session, ana, [bob], tags=["launch", "more"], place_id=here)
    assert len(statements) == 6, "\n\n".join(statements)  # no limit, no counting; no points, no ledger
    assert await session.scalar(select(func.count()).select_from(KudosTag)) == 3
