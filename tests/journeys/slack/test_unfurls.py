"""Links to celebrations in Slack: the card appears below the message, for colleagues, and for what is public."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.protocol import button_tokens
from bot.protocol import links as protocol_links
from bot.protocol.button_tokens import sign_button_token
from engine.admin.settings import ORGANISATION_ROW, SettingsRow
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.outbox.places import Place
from engine.people.models import Person
from tests import rewards
from tests.conftest import NOW, Clock
from tests.databases import both_databases
from tests.journeys.slack.corporation import corporation
from tests.marks import outside
from tests.platforms import slack_requests as requests
from tests.platforms.block_texts import of_blocks
from tests.platforms.slack import TEAM, Failure
from tests.platforms.slack_bot import KEY, Json, SlackBot, slack_bot, words_of
from tests.time_limits import near
from tests.waiting import until

SITE = "https://laurel.corp.test"
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player", emoji="🤝", icon="/icons/team-player.png", multiple=True)
    async with corporation(writing, reading, clock) as bot:
        bot.bot.site = SITE
        yield bot


async def thank(corp: SlackBot, whom: str = "<@UBOB>", words: str = "thanks for the launch", **more: str) -> str:
    """Ana thanks somebody; the link in her answer."""
    return link_in(await corp.says(requests.command("/kudos", f"{whom} {words}", user="UANA", **more)))


def link_in(answer: Json) -> str:
    """The link in an answer, or "" where there is none."""
    found = re.findall(rf"<({SITE}/see/[^|]+)\|", words_of(answer))
    assert len(found) <= 1
    return found[0] if found else ""


def shown(corp: SlackBot) -> list[str]:
    """What stands below messages, one string a link."""
    return [
        "\n".join(of_blocks(card["blocks"], str)) for there in corp.slack.unfurled.values() for card in there.values()
    ]


async def test_the_card_appears_below_the_message(corp: SlackBot) -> None:
    url = await thank(corp)
    await corp.says(requests.shared(url, user="UBOB"))
    [card] = shown(corp)
    assert "Ana López thanked Bob Ray" in card
    assert "thanks for the launch" in card
    [call] = corp.slack.called("chat.unfurl")
    assert call["source"] == "conversations_history"
    assert "UBOB" not in json.dumps(call["unfurls"]), "nobody is notified: they were, when it was given"
    assert "actions" not in {block["type"] for block in call["unfurls"][url]["blocks"]}


@sqlite
async def test_also_while_somebody_is_still_writing(corp: SlackBot) -> None:
    url = await thank(corp)
    await corp.says(requests.shared(url, user="UEVA", writing=True))
    [call] = corp.slack.called("chat.unfurl")
    assert call["source"] == "composer"
    assert "channel" not in call
    assert len(shown(corp)) == 1


@sqlite
async def test_without_an_unfurl_id_the_message_is_named_by_its_place(corp: SlackBot) -> None:
    body = json.loads(requests.shared(await thank(corp), user="UBOB"))
    del body["event"]["unfurl_id"]
    await corp.says(json.dumps(body))
    assert list(corp.slack.unfurled) == [body["event"]["message_ts"]]


@sqlite
async def test_several_links_and_a_badge_with_its_picture(corp: SlackBot) -> None:
    badge = link_in(await corp.says(requests.command("/badge", "<@UEVA> Team Player for jumping in", user="UANA")))
    urls = [await thank(corp), badge, f"{SITE}/see/nonsense", f"{badge}?from=mail#top", badge.replace("https", "http")]
    await corp.says(requests.shared(*urls, user="UBOB"))
    [there] = corp.slack.unfurled.values()
    assert list(there) == [urls[0], urls[1], urls[3], urls[4]]
    assert f"{SITE}/icons/team-player.png" in json.dumps(there[badge])
    assert "for jumping in" in shown(corp)[1]


@sqlite
async def test_more_links_than_a_message_has_room_for(corp: SlackBot) -> None:
    urls = [f"{await thank(corp)}?{number}" for number in range(protocol_links.MAX_LINKS_PER_MESSAGE + 2)]
    await corp.says(requests.shared(*urls, user="UBOB"))
    assert len(shown(corp)) == protocol_links.MAX_LINKS_PER_MESSAGE


async def test_what_was_taken_back_is_a_neutral_line(corp: SlackBot) -> None:
    url = await thank(corp)
    await corp.says(requests.command("/laurel", "undo", user="UANA"))
    await corp.says(requests.shared(url, user="UBOB"))
    assert shown(corp) == ["This thank-you was taken back."]


async def test_private_thanks_have_no_link_and_an_old_one_shows_nothing(
    corp: SlackBot, writing: SessionFactory
) -> None:
    url = await thank(corp)
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Bob Ray").values(no_public_kudos=True))
    assert await thank(corp) == "", "nobody is celebrated"
    badge = requests.command("/badge", "<@UBOB> Team Player for jumping in", user="UANA")
    assert link_in(await corp.says(badge)) == ""
    assert await thank(corp, "<@UBOB> <@UEVA>")
    await corp.says(requests.shared(url, user="UANA"))
    assert shown(corp) == []


@sqlite
async def test_private_thanks_stay_private_whatever_the_link_says(corp: SlackBot, writing: SessionFactory) -> None:
    url = await thank(corp)
    async with writing.begin() as session:
        await session.execute(update(Kudos).values(public=False))
    await corp.says(requests.shared(url, user="UANA"))
    assert shown(corp) == []


@pytest.mark.parametrize(
    ("user", "more"),
    [
        ("U0NOBODY", {}),
        ("UANA", {"team_id": "T0OTHER"}),
        ("UANA", {"is_ext_shared_channel": True}),
    ],
    ids=["a stranger", "another workspace", "other organisations read along"],
)
@sqlite
async def test_it_is_for_colleagues(corp: SlackBot, user: str, more: Json) -> None:
    url = await thank(corp)
    await corp.says(requests.shared(url, user=user, **more))
    await corp.says(requests.shared(url, user=user, writing=True, **more))
    assert corp.slack.called("chat.unfurl") == []


@sqlite
async def test_who_has_left_shows_nothing(corp: SlackBot, writing: SessionFactory) -> None:
    url = await thank(corp)
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Eva Sun").values(active=False))
    await corp.says(requests.shared(url, user="UEVA"))
    assert corp.slack.called("chat.unfurl") == []


@sqlite
async def test_a_colleague_who_was_never_seen_before(corp: SlackBot, writing: SessionFactory) -> None:
    """Their e-mail says who they are, as in any turn."""
    url = await thank(corp)
    corp.slack.enrol("U0BOB2", "bob@corp.test")
    await corp.says(requests.shared(url, user="U0BOB2"))
    assert len(shown(corp)) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/see/",
        f"{SITE}/see/AAAAAAAAAAAA.kudos-1",
        f"{SITE}/see/{{mac}}.kudos-2",
        f"{SITE}/see/{{mac}}.award-1",
        f"{SITE}/see/{{mac}}.kudos-01",
        f"{SITE}/see/{{mac}}.kudos-1/",
        f"{SITE}/see/{{mac}}.kudos-1%0a",
        f"{SITE}/other/see/{{mac}}.kudos-1",
        f"{SITE}:8443/see/{{mac}}.kudos-1",
        "https://evil.test/see/{mac}.kudos-1",
        "https://laurel.corp.test.evil.test/see/{mac}.kudos-1",
        "https://laurel.corp.test@evil.test/see/{mac}.kudos-1",
        "https://evil@laurel.corp.test/see/{mac}.kudos-1",
        "https://[laurel/see/{mac}.kudos-1",
        "javascript://laurel.corp.test/see/{mac}.kudos-1",
        "",
        "\ufffd",
    ],
)
@sqlite
async def test_a_forged_link_is_nobodys(corp: SlackBot, url: str) -> None:
    mac = (await thank(corp)).rpartition("/")[2].partition(".")[0]
    assert len(mac) == button_tokens.MAC_LENGTH
    await corp.says(requests.shared(url.format(mac=mac), user="UBOB"))
    await corp.says(requests.shared(url.format(mac=undo_mac()), user="UBOB"))
    assert corp.slack.called("chat.unfurl") == []


def undo_mac() -> str:
    """The mac of a button opens no page."""
    return sign_button_token("undo", "kudos-1", KEY).rpartition(".")[2]


@pytest.mark.parametrize(
    "event",
    [
        {"links": None},
        {"links": "x"},
        {"links": [7]},
        {"links": [{"domain": "x"}]},
        {"links": [{"url": 7}]},
        {"user": 7},
        {"channel": None},
        {"message_ts": {}},
    ],
)
@sqlite
async def test_an_odd_event_is_no_error_of_ours(corp: SlackBot, event: Json) -> None:
    body = json.loads(requests.shared(await thank(corp), user="UBOB"))
    body["event"] |= event
    assert (await corp.sends(json.dumps(body))).status == (200 if event == {"links": None} else 400)
    assert corp.slack.called("chat.unfurl") == []


@pytest.mark.parametrize(
    "failure",
    [Failure("ratelimited", 429), Failure(status=503), Failure("cannot_unfurl_url"), Failure(breaks=True)],
)
@sqlite
async def test_what_slack_does_not_take_disturbs_nobody(
    corp: SlackBot, failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    url = await thank(corp)
    corp.slack.fail("chat.unfurl", failure, failure)
    await corp.says(requests.shared(url, user="UBOB"))
    told = "".join(str(vars(record)) for record in caplog.records if not record.name.startswith("aiohttp"))
    assert "unfurl_failed" in told
    assert "thanks for the launch" not in told
    assert url.rpartition("/")[2] not in told


@sqlite
async def test_a_slow_slack_keeps_nobody_waiting(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    url = await thank(corp)
    corp.slack.gate.hold("chat.unfurl")
    async with slack_bot(
        writing, reading, clock, ALL_COMMANDS, beside=corp.slack, times=near("slack_answer_s")
    ) as hurried:
        hurried.bot.site = corp.bot.site
        await hurried.says(requests.shared(url, user="UBOB"))
        assert not shown(corp)
        corp.slack.gate.let_go()
        await until(lambda: shown(corp))


@both_databases
async def test_a_repeated_event_changes_nothing(corp: SlackBot) -> None:
    body = requests.shared(await thank(corp), user="UBOB")
    await asyncio.gather(*(corp.says(body, **{"X-Slack-Retry-Num": str(number)}) for number in range(3)))
    assert len(shown(corp)) == 1


@pytest.mark.parametrize(("channel", "said"), [("C01GEN", "dado las gracias"), ("DEVA", "thanked"), ("C0NEW", "⟦")])
@sqlite
async def test_it_speaks_the_language_of_the_place(
    corp: SlackBot, writing: SessionFactory, channel: str, said: str
) -> None:
    """Between two people their own; elsewhere the organisation's."""
    url = await thank(corp)
    async with writing.begin() as session:
        there = {"channel": "slack", "tenant": TEAM, "created_at": NOW}
        await session.execute(update(Place).where(Place.external_id == "C01GEN").values(locale="es", **there))
        await session.execute(update(Person).values(locale="en"))
        session.add(SettingsRow(name=ORGANISATION_ROW, values={"language": PSEUDO_LANGUAGE}))
    await corp.says(requests.shared(url, user="UEVA", channel=channel))
    [card] = shown(corp)
    assert said in card
    if said == "⟦":
        assert not any(mark.isalpha() for mark in outside(card, {"Ana López", "Bob Ray", "thanks for the launch"}))


@sqlite
async def test_without_an_address_for_others_there_are_no_links(corp: SlackBot) -> None:
    url = await thank(corp)
    corp.bot.site = ""
    assert await thank(corp) == ""
    await corp.says(requests.shared(url, user="UBOB"))
    assert corp.slack.called("chat.unfurl") == []
