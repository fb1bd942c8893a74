"""App Home: a page of one's own, drawn when it is looked at and after what its person does."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.i18n.catalog import PSEUDO_LANGUAGE
from channels.slack.handlers import app_home
from engine.db.connection import SessionFactory
from engine.people.models import Person
from tests import rewards
from tests.conftest import Clock
from tests.journeys.slack.corporation import corporation
from tests.marks import outside
from tests.platforms import slack_requests as requests
from tests.platforms.block_kit import view_faults
from tests.platforms.block_texts import of_view
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot, words_of
from tests.waiting import until


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player", emoji="🤝")
    async with corporation(writing, reading, clock) as bot:
        yield bot


def buttons_of(page: Json) -> dict[str, Json]:
    return {e["value"]: e for block in page["blocks"] if block["type"] == "actions" for e in block["elements"]}


async def test_it_shows_what_a_person_has(corp: SlackBot) -> None:
    await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks for &lt;all&gt;", user="UANA"))
    await corp.says(requests.command("/badge", "<@UANA|ana> Team Player for jumping in", user="UBOB"))
    await corp.says(requests.home_opened("UANA"))
    await corp.says(requests.home_opened("UBOB"))
    ana, bob = words_of(corp.slack.homes["UANA"]), words_of(corp.slack.homes["UBOB"])
    assert "Team Player* from Bob Ray" in ana
    assert "Team Player* from" not in bob
    assert "To <@UBOB>" in ana
    assert "From <@UANA>" in bob
    assert "thanks for &lt;all&gt;" in ana
    assert "Nothing yet. Who helped you lately?" in bob


async def test_only_the_tab_is_drawn(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("UANA", "messages"))
    assert corp.slack.homes == {}


async def test_a_stranger_reads_how_to_become_known(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("U0NOBODY"))
    assert "/laurel" in words_of(corp.slack.homes["U0NOBODY"])


async def test_it_follows_what_its_person_does(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("UANA"))
    for _ in range(3):
        await corp.says(requests.command("/kudos", "<@UBOB|bob> so quick", user="UANA"))
        await corp.says(requests.command("/kudos", "<@UANA|ana> hello", user="UBOB"))
    await until(lambda: "so quick" in words_of(corp.slack.homes["UANA"]))
    assert len(corp.slack.called("views.publish")) == 2, "three turns are drawn once, and who did not look is not drawn"
    assert set(corp.slack.homes) == {"UANA"}


async def test_every_word_is_of_the_copy(corp: SlackBot, writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await session.execute(update(Person).values(locale=PSEUDO_LANGUAGE))
    await corp.says(requests.command("/kudos", "<@UBOB|bob> 1234", user="UANA"))
    await corp.says(requests.command("/badge", "<@UANA|ana> Team Player 5678", user="UBOB"))
    spoken = corp.slack.say("C01GEN", "1772441000.000100", "UGUS", "9")
    for account in ("UANA", "UBOB"):
        corp.slack.users[account]["locale"] = PSEUDO_LANGUAGE
        await corp.says(requests.home_opened(account))
    await corp.says(requests.message_shortcut(spoken, user="UANA"))
    pages = [*corp.slack.homes.values(), *corp.slack.views.values()]
    assert len(pages) == 3
    data = {"Ana López", "Bob Ray", "Gus Guest", "Team Player", "Mar"}
    names = {"UANA": "Ana López", "UBOB": "Bob Ray"}
    shown = [text for page in pages for text in of_view(page, lambda account: names[account])]
    assert [text for text in shown if any(mark.isalpha() for mark in outside(text, data))] == []


async def test_its_buttons_begin_something(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("UANA"))
    page = corp.slack.homes["UANA"] | {"id": "V0HOME", "callback_id": ""}
    buttons = buttons_of(page)
    assert list(buttons) == ["kudos", "badge", "help"]
    for verb, button in buttons.items():
        pressed = requests.press(verb, user="UANA", action_id=button["action_id"], view=page)
        assert await corp.says(pressed) == {}
    kudos, badge, helping = corp.slack.views.values()
    assert (kudos["callback_id"], badge["callback_id"]) == ("kudos", "badge")
    assert "/kudos" in words_of(helping)
    assert [view_faults(view) for view in (kudos, badge, helping)] == [[], [], []]
    done = {"words": {"value": "thanks"}, "receivers": {"selected_users": ["UBOB"]}}
    await corp.says(requests.submission(kudos, done, user="UANA"))
    await until(lambda: "To <@UBOB>" in words_of(corp.slack.homes["UANA"]))


async def test_another_button_of_that_name_is_none_of_ours(corp: SlackBot) -> None:
    page = {"id": "V1", "type": "home", "callback_id": ""}
    pressed = requests.press("revoke", user="UANA", action_id=f"{app_home.HOME_ACTION_PREFIX}-revoke", view=page)
    assert (await corp.sends(pressed)).status == 400


async def test_slack_may_refuse_a_page(corp: SlackBot) -> None:
    corp.slack.fail("views.publish", Failure("ratelimited", 429))
    assert await corp.says(requests.home_opened("UANA")) == {}
    await corp.says(requests.home_opened("UANA"))
    assert "UANA" in corp.slack.homes
