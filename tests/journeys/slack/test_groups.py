"""A user group as a receiver: its colleagues, without the giver, guests and bots."""

from collections.abc import AsyncIterator

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.databases import both_databases
from tests.journeys.slack.corporation import corporation, standing
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import SlackBot, slack_bot, words_of
from tests.time_limits import FAR, near

DEVS = "<!subteam^S01DEVS|@devs>"


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with corporation(writing, reading, clock) as bot:
        bot.slack.groups["S01DEVS"] = ["UANA", "UBOB", "UGUS", "UEVA", "UNEW"]
        bot.slack.enrol("UNEW", "new@corp.test", is_bot=True)
        yield bot


@both_databases
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{DEVS} thanks for all", "thanks for all"),
        (f"{DEVS} and <@UBOB|bob>: thanks for all", "thanks for all"),
        (f"thanks for all {DEVS} #teamwork!", "thanks for all @bob"),
        (f"thanks for all {DEVS}", "thanks for all"),
    ],
)
async def test_its_colleagues_are_thanked(corp: SlackBot, reading: SessionFactory, line: str, words: str) -> None:
    answer = await corp.says(requests.command("/kudos", line, user="UANA"))
    given = await standing(reading)
    assert {name for name, _ in given} == {"Bob Ray", "Eva Sun"}, answer
    if "#" not in line:
        assert {said for _, said in given} == {words}


async def test_as_a_mention_and_directly_too(corp: SlackBot, reading: SessionFactory) -> None:
    await corp.says(requests.event(requests.mention(f"<@U0LAUREL> {DEVS}++ well done", user="UANA")))
    await corp.says(requests.event(requests.message(f"kudos {DEVS} once more", user="UANA")))
    assert len(await standing(reading)) == 4
    assert len(corp.slack.called("usergroups.users.list")) == 1, "who is in a group is remembered for a while"


async def test_it_is_asked_again_after_a_while(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    corp.slack.groups["S01DEVS"] = ["UBOB"]
    clock.advance(minutes=6)
    await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert len(await standing(reading)) == 3


async def test_in_the_form_they_are_chosen_already(corp: SlackBot) -> None:
    await corp.says(requests.command("/kudos", DEVS, user="UANA"))
    (view,) = corp.slack.views.values()
    chosen = next(b["element"] for b in view["blocks"] if b.get("block_id") == "receivers")
    assert chosen["initial_users"] == ["UBOB", "UEVA"]


async def test_among_the_words_a_group_is_its_name(corp: SlackBot, reading: SessionFactory) -> None:
    await corp.says(requests.command("/kudos", f"<@UBOB|bob> thanks for helping {DEVS} last night", user="UANA"))
    assert await standing(reading) == [("Bob Ray", "thanks for helping @devs last night")]
    assert corp.slack.called("usergroups.users.list") == []


async def test_marks_after_a_group_do_not_stop_the_bot(corp: SlackBot) -> None:
    await corp.says(requests.command("/kudos", f"thanks dear {DEVS} {'#' * 60} a", user="UANA"))
    assert len(corp.slack.views) == 1, "nobody is meant, so the form asks who is"
    assert corp.slack.called("usergroups.users.list") == []


async def test_a_member_who_leaves_gets_nothing(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory
) -> None:
    async with writing.begin() as session:
        await people.add(session, "Old Joe", active=False)
    corp.slack.groups["S01DEVS"] = ["UOLD", "UBOB"]
    await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert await standing(reading) == [("Bob Ray", "thanks")]


async def test_oneself_alone_is_refused(corp: SlackBot, reading: SessionFactory) -> None:
    corp.slack.groups["S01DEVS"] = ["UANA"]
    answer = await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert "cannot thank yourself" in words_of(answer)


async def test_a_group_of_nobody_is_named(corp: SlackBot, reading: SessionFactory) -> None:
    corp.slack.groups["S01DEVS"] = []
    answer = await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert "“devs”" in words_of(answer)
    assert await standing(reading) == []


async def test_where_slack_never_tells_it_is_named(corp: SlackBot, reading: SessionFactory) -> None:
    corp.slack.fail("usergroups.users.list", Failure("missing_scope"))
    answer = await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert "“devs”" in words_of(answer)


async def test_a_large_group_is_refused_by_the_number(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory
) -> None:
    members = [f"UMANY{chr(65 + n)}" for n in range(21)]
    async with writing.begin() as session:
        for account in members:
            await people.add(session, f"{account[1:]} Person")
    corp.slack.groups["S01DEVS"] = members
    answer = await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert "at most 20 people" in words_of(answer)
    assert await standing(reading) == []


@pytest.mark.parametrize("failure", [Failure("ratelimited", 429), Failure(hangs=True), Failure(status=503)])
async def test_who_is_in_it_may_be_unknown_for_now(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock, failure: Failure
) -> None:
    corp.slack.fail("usergroups.users.list", failure)
    how = {"beside": corp.slack, "times": near("slack_group_s") if failure.hangs else FAR}
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, **how) as other:
        answer = await other.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert "I am looking up who devs is" in words_of(answer)
    await corp.says(requests.command("/kudos", f"{DEVS} thanks", user="UANA"))
    assert len(await standing(reading)) == 2
