"""Kudos and badges on Slack, from the signed request to the celebration in the channel, and its undoing."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import update

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from engine.people.models import Person
from tests import people, rewards
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack_bot import KEY, Json, SlackBot, slack_bot, words_of


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await people.add(session, "Ana López", direct_news=False)
        await people.add(session, "Bob Ray", direct_news=False)
        await rewards.add(session, "Team Player", emoji="🤝")
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        bot.slack.enrol("UANA", "ana@corp.test")
        bot.slack.enrol("UBOB", "bob@corp.test")
        yield bot


@pytest.fixture
def relay(corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Relay:
    channels = {"slack": corp.channel}
    return Relay(writing, reading, channels, clock, Random(1), MemoryRateLimiter(clock), KEY)


def buttons_of(said: Json) -> list[Json]:
    return [e for block in said["blocks"] if block["type"] == "actions" for e in block["elements"]]


async def test_kudos_in_one_line_and_back(corp: SlackBot, relay: Relay, clock: Clock) -> None:
    body = requests.command("/kudos", "<@UBOB|bob> thanks for R&amp;D &lt;3 <!channel> #teamwork", user="UANA")
    answer = await corp.says(body)
    assert await corp.says(body) == answer
    await relay.drain()
    (celebration,) = corp.slack.posted("C01GEN")
    said = words_of(celebration["blocks"])
    assert "<@UBOB>" in said
    assert "R&amp;D &lt;3" in said
    assert "<!channel>" not in said
    (undo,) = buttons_of(answer)
    way = corp.slack.way_back("undo")
    await corp.says(requests.press(undo["value"], user="UANA", way_back=way))
    assert corp.slack.responses["undo"][0]["replace_original"] is True
    clock.advance(seconds=5)
    await relay.drain()
    (celebration,) = corp.slack.posted("C01GEN")
    assert "R&amp;D" not in words_of(celebration["blocks"])


async def test_kudos_through_the_form(corp: SlackBot, relay: Relay) -> None:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    no = await corp.says(requests.submission(view, {"words": {"value": "thanks"}}, user="UANA"))
    assert set(no["errors"]) == {"receivers"}
    whole: Json = {"words": {"value": "thanks for <all>"}, "receivers": {"selected_users": ["UBOB"]}}
    yes = await corp.says(requests.submission(view, whole, user="UANA"))
    assert yes["response_action"] == "update"
    await relay.drain()
    (celebration,) = corp.slack.posted("C01GEN")
    assert "thanks for &lt;all&gt;" in words_of(celebration["blocks"])


async def test_refused_words_come_back_ready_to_be_sent_again(corp: SlackBot) -> None:
    """Slack names a mention by its account, which means nothing to a reader and cannot be typed."""
    no = await corp.says(requests.command("/kudos", "<@UBOB> " + "so much " * 70, user="UANA"))
    assert "500" in no["text"]
    back = words_of(no["blocks"])
    assert 'kudos @"Bob Ray" so much' in back
    assert "UBOB" not in back
    yes = await corp.says(requests.command("/kudos", '@"Bob Ray" so much', user="UANA"))
    assert "Bob Ray" in words_of(yes["blocks"])
    unknown = await corp.says(requests.command("/laurel", "kudosh <@UBOB> thanks", user="UANA"))
    assert 'kudosh @"Bob Ray" thanks' in words_of(unknown["blocks"])


@pytest.mark.parametrize("locale", ["en", "es"])
async def test_titles_and_buttons_of_forms_fit_into_a_modal(
    corp: SlackBot, writing: SessionFactory, locale: str
) -> None:
    async with writing.begin() as session:
        await session.execute(update(Person).values(locale=locale))
    for command in ("/kudos", "/badge"):
        await corp.says(requests.command(command, "", user="UANA"))
    for view in corp.slack.views.values():
        assert "…" not in view["title"]["text"] + view["submit"]["text"]
    assert len(corp.slack.views) == 2


async def test_a_badge_and_a_refusal(corp: SlackBot, relay: Relay, clock: Clock) -> None:
    given = await corp.says(requests.command("/badge", "<@UBOB|bob> Team Player for jumping in", user="UANA"))
    assert given["response_type"] == "ephemeral"
    await relay.drain()
    assert "Team Player" in words_of(corp.slack.posted("C01GEN")[0]["blocks"])
    refused = await corp.says(requests.command("/badge", "<@UBOB|bob> Team Player once more", user="UANA"))
    assert "only once" in refused["text"]
    assert "once more" in words_of(refused["blocks"])
    clock.advance(seconds=5)
    await relay.drain()
    assert len(corp.slack.posted("C01GEN")) == 1


async def test_where_the_bot_is_no_member_it_is_said_through_the_way_back(
    corp: SlackBot, relay: Relay, clock: Clock
) -> None:
    way = corp.slack.way_back("far")
    body = requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA", channel="C02FAR", way_back=way)
    (undo,) = buttons_of(await corp.says(body))
    await relay.drain()
    (said,) = corp.slack.responses["far"]
    assert said["response_type"] == "in_channel"
    assert "<@UBOB>" in words_of(said["blocks"])
    await corp.says(requests.press(undo["value"], user="UANA", way_back=corp.slack.way_back("undo")))
    clock.advance(seconds=5)
    await relay.drain()
    assert corp.slack.responses["far"][1]["replace_original"] is True


async def test_a_gift_in_a_direct_message_is_not_celebrated_there(corp: SlackBot, relay: Relay) -> None:
    await corp.says(requests.event(requests.message("kudos <@UBOB> thanks", user="UANA", channel="D0ANA")))
    await relay.drain()
    assert len(corp.slack.posted("D0ANA")) == 1
    assert corp.slack.posted("C01GEN") == []
