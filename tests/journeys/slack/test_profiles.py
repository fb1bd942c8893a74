"""Whom we meet for the first time is tied to the person of their verified e-mail, in time or not at all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.i18n.copy import Copy
from engine.db.connection import SessionFactory
from engine.people.models import Identity, Person
from tests import people
from tests.conftest import Clock
from tests.databases import both_databases
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import SlackBot, slack_bot
from tests.time_limits import near
from tests.waiting import until


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """Ana, Bob and Carla are in the directory; nobody has an account yet."""
    async with writing.begin() as session:
        for name in ("Ana López", "Bob Ray", "Carla Díaz"):
            await people.add(session, name)
        await session.execute(delete(Identity))
    async with slack_bot(writing, reading, clock) as bot:
        for account, email in (("UANA", "Ana@Corp.test"), ("UBOB", "bob@corp.test"), ("UCARLA", "carla@corp.test")):
            bot.slack.enrol(account, email)
        yield bot


async def linked(reading: SessionFactory) -> set[str]:
    async with reading() as session:
        return set(await session.scalars(select(Identity.external_id)))


async def test_sender_and_mentioned_are_met(corp: SlackBot, reading: SessionFactory) -> None:
    answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> and <@UCARLA|carla> thanks", user="UANA"))
    assert answer["text"].startswith("Thanked")
    assert await linked(reading) == {"UANA", "UBOB", "UCARLA"}
    assert len(corp.slack.called("users.info")) == 3
    await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks again", user="UANA"))
    assert len(corp.slack.called("users.info")) == 3


async def test_people_of_a_form_are_met(corp: SlackBot, reading: SessionFactory) -> None:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}}
    await corp.says(requests.submission(view, done, user="UANA"))
    assert await linked(reading) == {"UANA", "UBOB"}


@pytest.mark.parametrize(
    "barred",
    [
        {"is_bot": True},
        {"deleted": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T0OTHER"},
        {"is_email_confirmed": False},
        {"profile": {"real_name": "Ana López"}},
        {"profile": {"email": "nobody@corp.test"}},
        {"profile": None},
    ],
)
async def test_who_is_not_linked(corp: SlackBot, reading: SessionFactory, barred: dict[str, Any]) -> None:
    corp.slack.users["UANA"] |= barred
    answer = await corp.says(requests.command("/kudos", "thanks", user="UANA"))
    assert "directory" in answer["text"]
    assert await linked(reading) == set()


async def test_a_member_of_the_same_organisation_is_linked(corp: SlackBot, reading: SessionFactory) -> None:
    corp.slack.users["UANA"] |= {"team_id": "T0OTHER", "enterprise_user": {"teams": ["T01CORP"]}}
    await corp.says(requests.command("/points", "", user="UANA"))
    assert await linked(reading) == {"UANA"}


async def test_a_strangers_own_language_is_spoken(corp: SlackBot) -> None:
    corp.slack.enrol("UEVA", "eva@elsewhere.test", locale="es-ES")
    answer = await corp.says(requests.command("/points", "", user="UEVA"))
    assert "directory" not in answer["text"]
    assert "directorio" in answer["text"]


async def test_a_look_up_that_fails_or_hangs_does_not_fail_the_turn(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await corp.says(requests.command("/points", "", user="UANA"))
    corp.slack.fail("users.info", Failure(hangs=True), Failure("user_not_visible"), Failure(status=503))
    async with slack_bot(writing, reading, clock, beside=corp.slack, times=near("lookup_s")) as hurried:
        answer = await hurried.says(requests.command("/kudos", "<@UX1> <@UX2> <@UX3> thanks", user="UANA"))
    assert answer["response_type"] == "ephemeral"
    assert await linked(reading) == {"UANA"}


@both_databases
async def test_two_first_turns_at_once(corp: SlackBot, reading: SessionFactory) -> None:
    bodies = [requests.command("/points", "", user="UANA") for _ in range(5)]
    answers = await asyncio.gather(*(corp.says(body) for body in bodies))
    assert {answer["text"] for answer in answers} == {"You have 3 points"}
    assert await linked(reading) == {"UANA"}


async def test_the_language_and_zone_of_the_profile_stay(corp: SlackBot, reading: SessionFactory) -> None:
    corp.slack.users["UANA"] |= {"locale": "es-ES", "tz": "Europe/Madrid"}
    corp.slack.users["UBOB"] |= {"locale": "es-ES", "tz": "Mars/Phobos"}
    for user in ("UANA", "UBOB", "UANA"):
        answer = await corp.says(requests.command("/laurel", "xyzzy", user=user))
        assert answer["text"] == Copy("es").line("notices.unknown_verb", typed="xyzzy"), "also without a look-up"
    async with reading() as session:
        found = await session.execute(select(Person.locale, Person.timezone).order_by(Person.id))
        assert found.all()[:2] == [("es-ES", "Europe/Madrid"), ("es-ES", None)]
    assert len(corp.slack.called("users.info")) == 2


async def test_another_workspaces_people_are_not_met(corp: SlackBot, reading: SessionFactory) -> None:
    await until(lambda: corp.channel.trouble() is None)
    corp.slack.users["UANA"]["team_id"] = "T0OTHER"
    answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA", team_id="T0OTHER"))
    assert "directory" in answer["text"]
    assert await linked(reading) == set()
    assert corp.slack.called("users.info") == []
