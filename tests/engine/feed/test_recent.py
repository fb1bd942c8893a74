"""What was given lately, as far as everybody may see it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from engine.feed.recent import LOOKED_THROUGH, list_recent_items
from engine.kudos.giving import KudosResult, give_kudos
from engine.kudos.models import Kudos, KudosReceiver
from engine.kudos.reversal import undo_kudos
from engine.people.models import Person
from tests import people
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def team(session: DatabaseSession) -> dict[str, Person]:
    return {name: await people.add(session, name) for name in ("Ana", "Bob", "Carla")}


async def thank(
    session: DatabaseSession, team: dict[str, Person], to: Sequence[str], words: str, **more: Any
) -> KudosResult:
    usual = {"tags": (), "public": True, "settings": Settings(), "now": NOW, "place_id": None, "origin": None}
    receivers = [team[name] for name in to]
    return await give_kudos(session, giver=team["Ana"], receivers=receivers, words=words, **usual | more)


async def found(session: DatabaseSession, typed: str = "") -> set[int]:
    return {one.id for one in await list_recent_items(session, typed, limit=10)}


async def test_by_words_and_by_people(session: DatabaseSession, team: dict[str, Person]) -> None:
    bob = await thank(session, team, ["Bob"], "for 100% of the launch")
    carla = await thank(session, team, ["Carla"], "for the party")
    assert await found(session) == {bob.id, carla.id}
    assert await found(session, "LAUNCH") == await found(session, "100%") == await found(session, "bób") == {bob.id}
    assert await found(session, "ana") == {bob.id, carla.id}
    assert await found(session, "_") == await found(session, "nothing\0") == set()
    assert len(await list_recent_items(session, "", limit=1, offset=1)) == 1
    assert await list_recent_items(session, "", limit=1, offset=10**9) == []


async def test_what_is_private_or_taken_back_or_not_wished_is_not_found(
    session: DatabaseSession, team: dict[str, Person]
) -> None:
    await thank(session, team, ["Bob"], "between us", public=False)
    taken_back = await thank(session, team, ["Bob"], "too soon")
    await undo_kudos(session, taken_back.id, actor=team["Ana"], settings=Settings(), now=NOW)
    team["Carla"].no_public_kudos = True
    await thank(session, team, ["Carla"], "quietly")
    both = await thank(session, team, ["Bob", "Carla"], "together")
    assert await found(session) == {both.id}
    assert await found(session, "Carla") == set(), "whoever wishes no public praise is not found by name"


async def test_behind_very_many_newer_gifts_people_are_found_by_name(
    session: DatabaseSession, team: dict[str, Person]
) -> None:
    old = await thank(session, team, ["Bob"], "for the first launch")
    row = {"giver_id": team["Ana"].id, "words": "for the party", "public": True, "day": NOW.date(), "given_at": LATER}
    await session.execute(insert(Kudos), [{**row, "id": old.id + n} for n in range(1, LOOKED_THROUGH + 1)])
    got = {"receiver_id": team["Carla"].id}
    await session.execute(
        insert(KudosReceiver), [{**got, "kudos_id": old.id + n} for n in range(1, LOOKED_THROUGH + 1)]
    )
    assert await found(session, "bob") == {old.id}
    assert await found(session, "first launch") == set(), "words are looked for among the newest only"
    assert await found(session, "carla") == await found(session) == {old.id + LOOKED_THROUGH - n for n in range(10)}
