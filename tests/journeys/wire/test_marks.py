"""The corners that no journey comes to, in the generated locale: every hand looks at all that it sees."""

import pytest

from bot.i18n.catalog import PSEUDO_LANGUAGE
from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import PRIVATE
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import Stage
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.journeys.wire.web import WebHand
from tests.platforms.slack import Failure

pytestmark = pytest.mark.parametrize(("backend", "language"), [("sqlite", PSEUDO_LANGUAGE)])
both = pytest.mark.parametrize("channel", CHANNELS)
at_once = pytest.mark.parametrize("channel", [name for name in CHANNELS if name != "telegram"])  # it asks step by step


@pytest.mark.parametrize("channel", ["web"])
async def test_every_page_of_the_web_chat(stage: Stage) -> None:
    hand = stage.hand
    assert isinstance(hand, WebHand)
    for who in ("ana", "eve"):
        for path in ("/c/general", "/c/announcements", "/c/wins", "/c/laurel", "/who", "/who?q=bob", "/who?q=nobody"):
            stage.world.data |= {"bob", "nobody"}
            await hand.visit(who, path)
        for path, status in (("/c/nowhere", 404), ("/c/general?before=x", 400)):
            await hand.visit(who, path, status)
    await stage.say("ana", TYPED)
    await stage.say("ana", GIVEN)
    await stage.celebrations()
    await hand.visit("ana", "/c/general?before=3")


@at_once
async def test_a_form_that_waited_too_long(stage: Stage) -> None:
    await stage.ask("ana", "/kudos")
    stage.world.clock.advance(days=2)
    answer = await stage.fill("ana", {"receivers": ["bob"], "words": WORDS})
    stage.tells(answer, "notices.form_expired")
    assert "Bob Roe" in answer.text
    assert WORDS in answer.text


@at_once
async def test_everything_a_form_can_complain_of(stage: Stage) -> None:
    await stage.ask("ana", "/kudos")
    tags = " ".join(f"tag{number}" for number in range(11))
    form = await stage.miss("ana", {"receivers": ["bob"], "words": WORDS, "more_tags": tags})
    stage.blames(form, "more_tags", "refusals.too_many_tags", count=10)
    form = await stage.miss("ana", {"receivers": ["bob"], "words": "x" * 501, "more_tags": ""})
    stage.blames(form, "words", "form.too_long", maximum=500)
    form = await stage.miss("ana", {"receivers": [], "words": "", "more_tags": ""})
    assert set(form.errors) == {"receivers", "words"}


@both
async def test_somebody_who_wishes_no_public_thanks(stage: Stage) -> None:
    await stage.world.wish("bob", no_public_kudos=True)
    stage.tells(await stage.say("ana", TYPED), "kudos.quiet_all", receivers="Bob Roe")
    stage.tells(await stage.say("ana", f"/kudos {{bob}} and {{carla}} {WORDS}"), "kudos.quiet_some")
    stage.tells(await stage.say("ana", GIVEN), "badge.in_private", receivers="Bob Roe")
    [card] = await stage.celebrations()
    assert "Bob Roe" not in card.text


@pytest.mark.parametrize("channel", ["slack"])
async def test_a_stranger(stage: Stage) -> None:
    stage.world.slack.enrol("UZOE", None, locale=PSEUDO_LANGUAGE)
    stage.tells(await stage.say("zoe", "/laurel points"), "notices.stranger")
    stage.world.data |= {"/kudos @bob hi"}  # handed back as Slack wrote it: nobody is looked up for a stranger
    answer = await stage.say("zoe", "/kudos {bob} hi")
    stage.tells(answer, "notices.stranger")
    assert "/kudos @bob hi" in answer.text


@pytest.mark.parametrize("channel", ["slack"])
async def test_what_could_not_be_shown(stage: Stage) -> None:
    slack = stage.world.slack
    slack.member_of.clear()
    await stage.say("ana", "points", PRIVATE)
    before = len(await stage.hand.direct("ana"))
    await stage.say("ana", TYPED)
    await stage.hand.direct("ana")
    slack.fail("response_url", Failure(status=404))
    await stage.say("ana", GIVEN)
    invite, not_shown = (await stage.hand.direct("ana"))[before:]
    stage.tells(invite, "relay.invite", name="#general")
    stage.tells(not_shown, "relay.not_shown", name="#general")
