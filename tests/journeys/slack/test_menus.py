"""*Give kudos* from Slack's own menus: the shortcut for anywhere, and the one on a message."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.databases import both_databases
from tests.platforms import slack_requests as requests
from tests.platforms.block_kit import message_faults, view_faults
from tests.platforms.slack import Failure, permalink
from tests.platforms.slack_bot import KEY, Json, SlackBot, slack_bot, words_of
from tests.time_limits import FAR, near
from tests.waiting import until

TS = "1772441000.000100"


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await people.add(session, "Ana López", direct_news=False)
        await people.add(session, "Bob Ray", direct_news=False)
        await people.add(session, "Eva Guest", kind="guest")
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        yield bot


def fields(view: Json) -> Json:
    return {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}


async def opened(corp: SlackBot) -> Json:
    """The one form that is open: what takes long is acknowledged before."""
    await until(lambda: corp.slack.views)
    (view,) = corp.slack.views.values()
    assert view_faults(view) == []
    return view


async def test_the_shortcut_for_anywhere_opens_the_form(corp: SlackBot) -> None:
    assert await corp.says(requests.shortcut("UANA")) == {}
    done = {"words": {"value": "thanks"}, "receivers": {"selected_users": ["UBOB"]}}
    answer = await corp.says(requests.submission(await opened(corp), done, user="UANA"))
    assert answer["response_action"] == "update"


@both_databases
async def test_a_message_is_thanked_for(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "We fixed &lt;login&gt;,\n<@UANA> and I #teamwork")
    assert await corp.says(requests.message_shortcut(spoken, user="UANA")) == {}
    form = fields(view := await opened(corp))
    assert form["receivers"]["initial_users"] == ["UBOB"]
    assert form["words"]["initial_value"] == "“We fixed <login>, Ana López and I #teamwork”"
    done = {"words": {"value": "So quick!"}, "receivers": {"selected_users": ["UBOB"]}}
    await corp.says(requests.submission(view, done, user="UANA"))
    await Relay(writing, reading, {"slack": corp.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY).drain()
    (celebration,) = corp.slack.posted("C01GEN")
    assert "So quick!" in words_of(celebration["blocks"])
    assert f"<{permalink('C01GEN', TS)}|See the message>" in words_of(celebration["blocks"])


async def test_a_long_message_is_quoted_in_short(corp: SlackBot) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "<@UANA> <!subteam^S01DEVS|@devs> and so on " * 200)
    await corp.says(requests.message_shortcut(spoken, user="UANA"))
    quote = fields(await opened(corp))["words"]["initial_value"]
    assert quote.startswith("“Ana López @devs and so on")
    assert quote.endswith("…”")
    assert len(quote) < 210


async def test_what_somebody_says_of_themselves_is_a_message_too(corp: SlackBot) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "stays up all night for the launch", subtype="me_message")
    await corp.says(requests.message_shortcut(spoken, user="UANA"))
    assert fields(await opened(corp))["receivers"]["initial_users"] == ["UBOB"]


async def test_a_message_without_words_leaves_them_to_the_giver(corp: SlackBot) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "", subtype="file_share")
    await corp.says(requests.message_shortcut(spoken, user="UANA"))
    assert "initial_value" not in fields(await opened(corp))["words"]


@pytest.mark.parametrize("failure", [Failure("channel_not_found"), Failure(hangs=True), Failure(status=503)])
async def test_without_a_link_the_form_opens_all_the_same(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock, failure: Failure
) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "We fixed it")
    corp.slack.fail("chat.getPermalink", failure)
    how = {"beside": corp.slack, "times": near("slack_permalink_s") if failure.hangs else FAR}
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, **how) as other:
        await other.says(requests.message_shortcut(spoken, user="UANA"))
    assert fields(await opened(corp))["receivers"]["initial_users"] == ["UBOB"]


@pytest.mark.parametrize(
    ("spoken", "sentence"),
    [
        ({"user": "UANA"}, "You cannot thank yourself."),
        ({"user": "UEVA"}, "Eva Guest cannot be thanked here"),
        ({"user": "UNOBODY"}, "You mention somebody whom I cannot see."),
        ({"user": "UBOB", "bot_id": "B1"}, "Nobody of ours wrote that message"),
        ({"subtype": "bot_message"}, "Nobody of ours wrote that message"),
        ({"user": "UBOB", "subtype": "channel_join"}, "Nobody of ours wrote that message"),
    ],
)
async def test_whoever_cannot_be_thanked_for_it_is_refused_in_words(
    corp: SlackBot, spoken: Json, sentence: str
) -> None:
    said = {"type": "message", "text": "<@UBOB> hello", "ts": TS} | spoken
    assert await corp.says(requests.message_shortcut(said, user="UANA")) == {}
    shown = words_of(await opened(corp))
    assert sentence in shown
    assert "hello" not in shown, "somebody else's words are not handed back as the person's own"


async def test_a_stranger_is_told_so(corp: SlackBot) -> None:
    await corp.says(requests.shortcut("U0NOBODY"))
    assert "directory" in words_of(await opened(corp)) or "know" in words_of(await opened(corp))


async def test_a_form_that_opens_too_late_waits_behind_a_button(corp: SlackBot) -> None:
    spoken = corp.slack.say("C01GEN", TS, "UBOB", "We fixed it")
    corp.slack.fail("views.open", Failure("expired_trigger_id"))
    await corp.says(requests.message_shortcut(spoken, user="UANA", way_back=corp.slack.way_back("late")))
    (said,) = corp.slack.responses["late"]
    assert said["response_type"] == "ephemeral"
    assert message_faults(said) == []


async def test_where_there_is_no_way_back_it_is_said_directly(corp: SlackBot) -> None:
    corp.slack.enrol("UANA", "ana@corp.test")
    corp.slack.fail("views.open", Failure("expired_trigger_id"))
    await corp.says(requests.shortcut("UANA"))
    (said,) = corp.slack.posted("DANA")
    (opener,) = said["blocks"][-1]["elements"]
    await corp.says(requests.press(opener["value"], user="UANA", action_id=opener["action_id"]))
    assert (await opened(corp))["callback_id"] == "kudos"
