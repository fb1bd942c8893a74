"""The link in the answer to whoever gave, on every channel: it opens for anybody, and unfolds for colleagues."""

import json
import re

import pytest

from bot.i18n.catalog import PSEUDO_LANGUAGE
from tests.journeys.wire.seen import GENERAL
from tests.journeys.wire.slack import SlackHand
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import Stage
from tests.journeys.wire.teams import TeamsHand
from tests.journeys.wire.telegram import TelegramHand
from tests.journeys.wire.web import WebHand
from tests.platforms import slack_requests, teams_requests
from tests.platforms.block_texts import of_blocks
from tests.platforms.card_texts import of_activity
from tests.platforms.html_page import parsed, visible
from tests.platforms.teams import card_faults

SITE = "https://laurel.test"
LINK = re.compile(rf"{SITE}/see/[\w.-]+")
WORDS = "thanks for the launch"


async def newest(s: Stage) -> str:
    """The last link that somebody was given."""
    match s.hand:
        case SlackHand():
            told = json.dumps(s.hand._last[1])
        case TeamsHand():
            told = json.dumps(list(s.world.teams.messages.values()))
        case TelegramHand():
            told = json.dumps(list(s.world.telegram.messages.values()), default=str)
        case WebHand():
            told = " ".join([a.get("href") for a in (await s.hand.page("ana", GENERAL)).each("a")])
    return LINK.findall(told)[-1]


async def in_slack(s: Stage, link: str) -> str:
    """What stands below a message of Bob's that has the link in it."""
    body = slack_requests.shared(link, user="UBOB")
    headers = slack_requests.signed(body)
    async with s.world.http.post(f"{s.world.origin}/slack/events", data=body.encode(), headers=headers) as answer:
        assert answer.status == 200
    [card] = s.world.slack.called("chat.unfurl")[-1]["unfurls"].values()
    return "\n".join(s.world.seen(list(of_blocks(card["blocks"], s.world.called_by))))


async def in_teams(s: Stage, link: str) -> str:
    """What Bob sees in the compose box, once Teams has met him."""
    server = s.world.teams.service_url
    met = ("adaptiveCard/action", {"action": {"data": {"token": ""}}})
    for name, value in (met, ("composeExtension/queryLink", {"url": link})):
        asked = teams_requests.invoke(name, value, server, who="bob", locale=s.world.language)
        headers = {"Authorization": teams_requests.bearer(server)}
        async with s.world.http.post(f"{s.world.origin}/api/messages", json=asked, headers=headers) as answer:
            assert answer.status == 200
            found = await answer.json()
    [card] = found["composeExtension"]["attachments"]
    assert card_faults(card["content"]) == []
    assert card["content"]["version"] == "1.3"
    return "\n".join(s.world.seen(list(of_activity({"attachments": [card]}))))


@pytest.mark.parametrize(
    ("channel", "backend", "language"),
    [(channel, "sqlite", language) for channel in CHANNELS for language in ("en", PSEUDO_LANGUAGE)],
)
async def test_a_link_from_each_channel(stage: Stage) -> None:
    s = stage
    s.tells(await s.say("ana", f"/kudos {{bob}} {WORDS}"), "links.given")
    link = await newest(s)
    async with s.world.http.get(link.replace(SITE, s.world.origin)) as answer:
        assert answer.status == 200
        page = "\n".join(s.world.seen(visible(parsed(await answer.text()))))
    assert WORDS not in page
    assert "Ana" not in page
    assert WORDS in await in_slack(s, link)
    assert WORDS in await in_teams(s, link)
    s.tells(await s.say("ana", "/laurel undo"), "undo.kudos")
    assert WORDS not in await in_slack(s, link)
    assert await in_teams(s, link)
    assert WORDS not in await in_teams(s, link)
