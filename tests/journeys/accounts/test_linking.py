"""Somebody unknown becomes a colleague with a code from another channel: one balance, one history, everywhere."""

import re

import pytest

from tests.journeys.wire.seen import GENERAL, PRIVATE, Shown
from tests.journeys.wire.slack import SlackHand
from tests.journeys.wire.table import Stage
from tests.journeys.wire.thanking import TYPED, WORDS

CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
SENT = "link.sent_without_mail"
ZOE = "zoe"  # an account on Slack that no address leads from to anybody

pytestmark = [
    pytest.mark.parametrize("channel", ["slack"]),
    pytest.mark.parametrize("language", ["en"]),
    pytest.mark.parametrize("backend", ["sqlite"]),
]


async def sent_to(stage: Stage, who: str) -> str:
    """The code in the newest message that somebody got on the other channel."""
    shown = (await stage.other.direct(who))[-1]
    found = CODE.search(shown.text)
    assert found, shown.text
    return found[0]


async def arrive(stage: Stage) -> None:
    """Ana is known on the web; somebody without an address comes to Slack."""
    await stage.other.say("ana", "/laurel points")
    stage.world.slack.enrol("UZOE", None)


async def linked(stage: Stage) -> None:
    await arrive(stage)
    stage.tells(await stage.say(ZOE, "/laurel link ana@corp.test"), SENT, count=15)
    answer = await stage.say(ZOE, f"/laurel link {(await sent_to(stage, 'ana')).lower()}")
    stage.tells(answer, "link.done", name="Ana López")


async def test_one_person_with_one_balance_on_two_channels(stage: Stage) -> None:
    await linked(stage)
    await stage.say(ZOE, TYPED)
    [card] = await stage.celebrations()
    assert "Ana López" in card.text
    await stage.other.say("ana", "/laurel undo")
    assert stage.other.answer
    stage.tells(stage.other.answer, "undo.kudos", receivers="Bob Roe")
    [card] = await stage.celebrations()
    stage.tells(card, "kudos.taken_back")
    await stage.say("bob", "/badge {ana} Team Player for jumping in")
    await stage.points(ZOE, 10)
    await stage.points("ana", 10, stage.other)


async def test_who_got_the_code_sees_that_it_was_used(stage: Stage) -> None:
    await linked(stage)
    shown = (await stage.other.direct("ana"))[-1]
    stage.tells(shown, "link.code_used", channel="Slack")
    assert not CODE.search(shown.text)


async def test_an_address_of_nobody_is_answered_the_same(stage: Stage) -> None:
    await arrive(stage)
    known = await stage.say(ZOE, "/laurel link ana@corp.test")
    unknown = await stage.say(ZOE, "/laurel link nobody@corp.test")
    assert known.texts == unknown.texts


async def test_wrong_codes_and_a_replay(stage: Stage) -> None:
    await arrive(stage)
    await stage.say(ZOE, "/laurel link ana@corp.test")
    code = await sent_to(stage, "ana")
    for left in (4, 3, 2, 1):
        stage.tells(await stage.say(ZOE, "/laurel link ZZZZ-ZZZZ"), "link.code_wrong", count=left)
    stage.tells(await stage.say(ZOE, "/laurel link ZZZZ-ZZZZ"), "link.no_code")
    stage.tells(await stage.say(ZOE, f"/laurel link {code}"), "link.no_code")
    stage.tells(await stage.say(ZOE, "/laurel points"), "notices.stranger")


async def test_a_code_that_waited_too_long(stage: Stage) -> None:
    await arrive(stage)
    await stage.say(ZOE, "/laurel link ana@corp.test")
    code = await sent_to(stage, "ana")
    stage.world.clock.advance(minutes=15)
    stage.tells(await stage.say(ZOE, f"/laurel link {code}"), "link.no_code")


async def test_somebody_elses_account_cannot_use_the_code(stage: Stage) -> None:
    await arrive(stage)
    stage.world.slack.enrol("UMAX", None)
    await stage.say(ZOE, "/laurel link ana@corp.test")
    code = await sent_to(stage, "ana")
    stage.tells(await stage.say("max", f"/laurel link {code}"), "link.no_code")
    stage.tells(await stage.say(ZOE, f"/laurel link {code}"), "link.done")


async def test_the_sixth_code_of_an_hour(stage: Stage) -> None:
    await arrive(stage)
    for _ in range(5):
        await stage.say(ZOE, "/laurel link nobody@corp.test")
    stage.tells(await stage.say(ZOE, "/laurel link nobody@corp.test"), "link.too_many")


async def test_through_the_form(stage: Stage) -> None:
    await arrive(stage)
    await stage.ask(ZOE, "/laurel link")
    form = await stage.miss(ZOE, {"email": "not an address"})
    stage.blames(form, "email", "link.email_unreadable")
    form = await stage.miss(ZOE, {"email": "ana@corp.test"})
    assert form.errors == {}
    assert stage.says(form.text, SENT)
    form = await stage.miss(ZOE, {"code": "ZZZZ-ZZZZ"})
    stage.blames(form, "code", "link.code_wrong", count=4)
    stage.tells(await stage.fill(ZOE, {"code": await sent_to(stage, "ana")}), "link.done", name="Ana López")


async def test_the_same_request_three_times_is_one_code(stage: Stage) -> None:
    await arrive(stage)
    before = len(await stage.other.direct("ana"))
    await stage.say(ZOE, "link ana@corp.test", PRIVATE)
    await stage.hand.again(3)
    assert len(await stage.other.direct("ana")) == before + 1


async def test_nothing_else_works_for_a_stranger(stage: Stage) -> None:
    await arrive(stage)
    for line in ("/laurel points", "/laurel unlink", "/laurel prefer here", "/laurel merge", "/laurel undo", "/kudos"):
        answer = await stage.say(ZOE, line)
        stage.tells(answer, "notices.stranger", how="/laurel link you@company.com")
    helped = await stage.say(ZOE, "/laurel help")
    stage.tells(helped, "notices.stranger", how="/laurel link you@company.com")
    assert "revoke" not in helped.text
    assert await stage.celebrations() == []


async def test_the_press_of_a_stranger(stage: Stage) -> None:
    await arrive(stage)
    given: Shown = await stage.say("bob", f"/kudos {{ana}} {WORDS}", GENERAL)
    stage.tells(await stage.press(ZOE, "kudos.undo", given), "notices.stranger")
    assert isinstance(stage.hand, SlackHand)


async def test_an_account_that_was_let_go_comes_back_with_a_code_only(stage: Stage) -> None:
    await arrive(stage)
    stage.tells(await stage.say("ana", "/laurel unlink"), "unlink.done", channel="Slack")
    stage.world.clock.advance(minutes=30)
    stage.tells(await stage.say("ana", "/laurel points"), "notices.stranger")
    await stage.say("ana", "/laurel link ana@corp.test")
    code = await sent_to(stage, "ana")
    stage.tells(await stage.say("ana", f"/laurel link {code}"), "link.done")
    stage.world.clock.advance(minutes=30)
    stage.tells(await stage.say("ana", "/laurel points"), "points.nothing_yet")


async def test_what_a_copied_address_brings_along_is_not_part_of_it(stage: Stage) -> None:
    await arrive(stage)
    await stage.say(ZOE, "/laurel link \u200bana@corp.test\u2060")
    stage.tells(await stage.say(ZOE, f"/laurel link \ufeff{await sent_to(stage, 'ana')}"), "link.done")


async def test_all_accounts_on_a_channel_are_let_go_by_its_name(stage: Stage) -> None:
    """Also one that a stolen code has tied: its owner would let go of their own one only."""
    await linked(stage)
    await stage.say("ana", "/laurel points")
    stage.tells(await stage.say("ana", "/laurel unlink slack"), "unlink.done", count=2, channel="Slack")
    for who in ("ana", ZOE):
        stage.tells(await stage.say(who, "/laurel points"), "notices.stranger")


@pytest.mark.parametrize("line", ["/laurel unlink", "/laurel unlink here"])
async def test_the_account_at_hand_is_let_go_without_it(stage: Stage, line: str) -> None:
    await linked(stage)
    await stage.say("ana", "/laurel points")
    stage.tells(await stage.say(ZOE, line), "unlink.done", channel="Slack")
    stage.tells(await stage.say("ana", "/laurel points"), "points.nothing_yet")
    stage.tells(await stage.say(ZOE, "/laurel points"), "notices.stranger")


async def test_the_last_ones_after_a_warning(stage: Stage) -> None:
    await linked(stage)
    await stage.say("ana", "/laurel points")
    await stage.say("ana", "/laurel unlink web")
    warned = await stage.say("ana", "/laurel unlink slack")
    stage.tells(warned, "unlink.last", channel="Slack")
    stage.tells(await stage.press("ana", "unlink.all_the_same", warned), "unlink.done", count=2)
    stage.tells(await stage.say(ZOE, "/laurel points"), "notices.stranger")
