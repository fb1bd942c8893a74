"""Several workspaces at once: each is answered, celebrated in and looked up with its own token, and none mixes."""

import json
import re
from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import select

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.db.connection import SessionFactory
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from tests.conftest import Clock
from tests.journeys.slack.corporation import all_given, standing
from tests.journeys.slack.several import CORP, FOREIGN, LAB, Several, several
from tests.platforms import slack_requests as requests
from tests.platforms.slack import APP_TOKEN, BOT, Failure
from tests.platforms.slack_bot import KEY, words_of
from tests.waiting import until


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def laurel(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[Several]:
    """Corp and Lab have installed it. In both there is an account UONE, another person in each."""
    async with several(writing, reading, clock) as opened:
        await settled_in(opened)
        yield opened


async def settled_in(laurel: Several) -> None:
    names = {CORP: ("ana", "bob"), LAB: ("lea", "max"), FOREIGN: ("eva", "ian")}
    for team, people in names.items():
        for account, name in zip(("UONE", "UTWO"), people, strict=True):
            laurel.teams[team].enrol(account, f"{name}@corp.test", profile=profile(name))
    for team in (CORP, LAB):
        assert (await laurel.install(team)).status == 200


def profile(name: str) -> dict[str, str]:
    return {"real_name": name.title(), "email": f"{name}@corp.test"}


@pytest.fixture
def relay(laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Relay:
    return Relay(writing, reading, {"slack": laurel.bot.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY)


def at(team: str, body: str) -> str:
    """The same request, from that workspace."""
    return body.replace(CORP, team).replace(BOT, f"U0BOT{team[1:3]}")


async def test_each_is_celebrated_in_with_its_own_token(laurel: Several, relay: Relay, reading: SessionFactory) -> None:
    for team, words in ((CORP, "for the launch"), (LAB, "for the test")):
        answer = await laurel.bot.says(at(team, requests.command("/kudos", f"<@UTWO> thanks {words}", user="UONE")))
        assert "You thanked" in words_of(answer)
    await relay.drain()
    assert await standing(reading) == [("Bob", "thanks for the launch"), ("Max", "thanks for the test")]
    [corp], [lab] = (laurel.teams[team].posted("C01GEN") for team in (CORP, LAB))
    assert "Ana" in corp["text"]
    assert "Lea" in lab["text"]
    assert "for the test" not in words_of(corp)
    assert [laurel.used(team, "users.info") for team in (CORP, LAB)] == [2, 2]
    direct = [words_of(laurel.teams[team].posted("DTWO")) for team in (CORP, LAB)]
    assert ["Ana" in direct[0], "Lea" in direct[1]] == [True, True]
    assert [name for name, _ in laurel.bot.slack.calls if name.startswith(("chat", "users"))] == []


async def test_the_same_ids_are_two_people_and_two_places(
    laurel: Several, relay: Relay, reading: SessionFactory
) -> None:
    for team in (CORP, LAB):
        await laurel.bot.says(at(team, requests.command("/kudos", "<@UTWO> thanks", user="UONE")))
    async with reading() as session:
        people = await session.execute(
            select(Identity.tenant, Person.display_name)
            .join(Person, Person.id == Identity.person_id)
            .where(Identity.external_id == "UONE")
            .order_by(Identity.tenant)
        )
        assert [tuple(row) for row in people] == [(CORP, "Ana"), (LAB, "Lea")]
        places = await session.scalars(select(Place.tenant).where(Place.external_id == "C01GEN").order_by(Place.tenant))
        assert places.all() == [CORP, LAB]


async def test_the_same_message_id_in_two_workspaces_is_two_turns(laurel: Several, reading: SessionFactory) -> None:
    said = requests.event(requests.mention("<@U0LAUREL> kudos <@UTWO> thanks", user="UONE", ts="1772442000.000001"))
    for _ in range(2):
        for team in (CORP, LAB):
            await laurel.bot.says(at(team, said))
    assert await all_given(reading) == 2
    assert [len(laurel.teams[team].ephemerals) for team in (CORP, LAB)] == [1, 1]


async def test_modals_homes_and_messages_are_of_their_workspace(laurel: Several) -> None:
    await laurel.bot.says(at(LAB, requests.command("/kudos", "", user="UONE")))
    await laurel.bot.says(at(LAB, requests.home_opened("UONE")))
    await laurel.bot.says(at(LAB, requests.event(requests.message("help", user="UONE", channel="D0ONE"))))
    lab, corp = laurel.teams[LAB], laurel.teams[CORP]
    assert (len(lab.views), list(lab.homes), len(lab.posted("D0ONE"))) == (1, ["UONE"], 1)
    assert corp.calls == []


async def test_members_of_every_workspace_are_listed_with_its_own_token(
    laurel: Several, reading: SessionFactory
) -> None:
    await laurel.bot.channel.members.look()
    async with reading() as session:
        names = (await session.scalars(select(Person.display_name).order_by(Person.display_name))).all()
    assert names == ["Ana", "Bob", "Lea", "Max"]


async def test_groups_are_of_their_workspace(laurel: Several, reading: SessionFactory) -> None:
    laurel.teams[CORP].groups["S0DEVS"] = ["UONE", "UTWO"]
    laurel.teams[LAB].groups["S0DEVS"] = ["UONE"]
    for team in (CORP, LAB):
        given = requests.command("/kudos", "<!subteam^S0DEVS|@devs> thanks", user="UTWO")
        await laurel.bot.says(at(team, given))
    assert await standing(reading) == [("Ana", "thanks"), ("Lea", "thanks")]


async def test_a_link_unfolds_with_the_token_of_where_it_is(laurel: Several) -> None:
    laurel.bot.bot.site = "https://laurel.corp.test"
    answer = await laurel.bot.says(requests.command("/kudos", "<@UTWO> thanks for the launch", user="UONE"))
    [url] = re.findall(r"<(https://laurel.corp.test/see/[^|]+)\|", words_of(answer))
    await laurel.bot.says(at(LAB, requests.shared(url, user="UTWO")))
    [call] = laurel.teams[LAB].called("chat.unfurl")
    assert "thanks for the launch" in words_of(call["unfurls"])
    assert laurel.used(CORP, "chat.unfurl") == 0


async def test_a_workspace_that_refuses_us_stops_no_other(laurel: Several, relay: Relay, clock: Clock) -> None:
    for team in (CORP, LAB):
        await laurel.bot.says(at(team, requests.command("/kudos", "<@UTWO> thanks", user="UONE")))
    laurel.teams[CORP].fail("chat.postMessage", *[Failure("missing_scope")] * 2)
    await relay.drain()
    assert laurel.teams[CORP].posted("C01GEN") == []
    assert len(laurel.teams[LAB].posted("C01GEN")) == 1
    clock.advance(minutes=1)
    await relay.drain()
    assert len(laurel.teams[CORP].posted("C01GEN")) == 1


async def test_a_workspace_without_installation_is_told_so_and_changes_nothing(
    laurel: Several, reading: SessionFactory
) -> None:
    way_back = laurel.bot.slack.way_back("eva")
    command = requests.command("/kudos", "<@UTWO> thanks", user="UONE", way_back=way_back)
    assert await laurel.bot.says(at(FOREIGN, command)) == {}
    await until(lambda: laurel.bot.slack.responses["eva"])
    [said] = laurel.bot.slack.responses["eva"]
    assert said["response_type"] == "ephemeral"
    assert "not installed in this workspace" in said["text"]
    for body in (
        requests.press("undo.kudos-1.x", user="UONE", way_back=way_back),
        requests.shortcut("UONE"),
        requests.home_opened("UONE"),
        requests.event(requests.mention("<@U0LAUREL> kudos <@UTWO> thanks", user="UONE")),
        requests.event({"type": "team_join", "user": laurel.teams[FOREIGN].users["UONE"]}),
    ):
        assert await laurel.bot.says(at(FOREIGN, body)) == {}
    assert laurel.bot.channel.unknown == {"not_installed": 6}
    async with reading() as session:
        assert (await session.scalars(select(Person.id))).all() == []
    assert [call for team in laurel.teams.values() for call in team.calls] == []


async def test_an_address_is_verified_before_anybody_has_installed_us(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with several(writing, reading, clock) as bare:
        asked = {"type": "url_verification", "challenge": "abc", "token": "t"}
        assert (await bare.bot.sends(json.dumps(asked))).status == 200
        assert bare.bot.channel.trouble() is None


async def test_an_odd_request_is_refused_as_ever(laurel: Several) -> None:
    nowhere = json.loads(requests.event(requests.message("help", user="UONE", channel="D0ONE")))
    del nowhere["team_id"]
    for body in (json.dumps(nowhere), "command=%2Fkudos&text=x"):
        assert (await laurel.bot.sends(body)).status == 400


async def test_one_socket_serves_them_all(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    async with several(writing, reading, clock, app_token=APP_TOKEN) as laurel:
        await settled_in(laurel)
        slack = laurel.bot.slack
        await until(lambda: slack.sockets)
        for number, team in enumerate((CORP, LAB, FOREIGN)):
            said = requests.event(requests.message("help", user="UONE", channel="D0ONE"))
            envelope = {"type": "events_api", "envelope_id": f"E{number}", "payload": json.loads(at(team, said))}
            await slack.sockets[-1].send_json(envelope)
        await until(lambda: len(slack.answers) == 3)
        assert [len(laurel.teams[team].posted("D0ONE")) for team in (CORP, LAB, FOREIGN)] == [1, 1, 0]
