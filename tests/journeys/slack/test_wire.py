"""Signed requests in, answers out: every kind that Slack sends, and what is not Slack's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.i18n.copy import Copy
from bot.protocol.elements import Mention
from engine.db.connection import SessionFactory
from engine.turns.inbox import AnsweredTurn
from tests import people
from tests.conftest import Clock
from tests.databases import both_databases
from tests.platforms import slack_requests as requests
from tests.platforms.block_kit import message_faults, view_faults
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot, slack_bot, words_of
from tests.time_limits import near
from tests.waiting import until


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """The wire is the same over every database: one will do, where a test does not ask for more."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """Ana and Bob are linked."""
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray", locale="es")
    async with slack_bot(writing, reading, clock) as bot:
        yield bot


def button_of(said: Json, number: int = 0) -> Json:
    buttons = [e for block in said["blocks"] if block["type"] == "actions" for e in block["elements"]]
    return dict(buttons[number])


async def opened_form(corp: SlackBot, user: str = "UANA") -> Json:
    assert await corp.says(requests.command("/kudos", "", user=user)) == {}
    return list(corp.slack.views.values())[-1]


async def test_a_command_is_answered_for_the_sender_alone(corp: SlackBot) -> None:
    answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> R&amp;D &lt;3", user="UANA"))
    assert answer["response_type"] == "ephemeral"
    assert message_faults(answer) == []
    assert corp.thanks.given == [(Mention("bob", account="UBOB"), " R&D <3")]
    assert "<@UBOB> R&amp;D &lt;3" in words_of(answer["blocks"])
    assert answer["text"] == "Thanked from #general"


@both_databases
async def test_a_repeated_request_gives_once(corp: SlackBot, reading: SessionFactory) -> None:
    body = requests.command("/laurel", "kudos <@UBOB|bob> thanks", user="UANA")
    answers = await asyncio.gather(*(corp.says(body) for _ in range(3)))
    given = len(corp.thanks.given)  # those that lost the race are counted here, and were rolled back
    assert [await corp.says(body) for _ in range(3)] == answers
    assert len(corp.thanks.given) == given
    async with reading() as session:
        assert len((await session.scalars(select(AnsweredTurn))).all()) == 1


async def test_a_stranger_is_told_so(corp: SlackBot) -> None:
    answer = await corp.says(requests.command("/kudos", "hi", user="U0NOBODY"))
    assert "directory" in answer["text"]
    assert corp.thanks.given == []


async def test_a_form_from_command_to_thanks(corp: SlackBot) -> None:
    view = await opened_form(corp)
    assert view_faults(view) == []
    token = view["private_metadata"]
    assert len(token) == 22
    nobody = {"words": {"value": "far too many words for this"}, "who": {"selected_users": []}}
    no = await corp.says(requests.submission(view, nobody, user="UANA"))
    assert no["response_action"] == "errors"
    assert no["errors"] == {"who": "Please fill this in.", "words": "At most 20 characters, please."}
    oneself = {"words": {"value": "thanks"}, "who": {"selected_users": ["UANA"]}}
    no = await corp.says(requests.submission(view, oneself, user="UANA"))
    assert no["errors"] == {"who": "You cannot give a badge to yourself."}
    done = {"words": {"value": "thanks & <hugs>"}, "who": {"selected_users": ["UBOB"]}}
    body = requests.submission(view, done, user="UANA")
    yes = await corp.says(body)
    assert yes["response_action"] == "update"
    assert view_faults(yes["view"]) == []
    assert yes["view"]["title"]["text"] == "Thanked"
    assert corp.thanks.given == [("thanks & <hugs>",)]
    assert await corp.says(body) == yes
    assert len(corp.thanks.given) == 1


async def test_a_form_speaks_the_persons_language(corp: SlackBot) -> None:
    view = await opened_form(corp, "UBOB")
    no = await corp.says(requests.submission(view, {}, user="UBOB"))
    assert no["errors"]["words"] != "Please fill this in."


async def test_an_error_of_no_field_is_shown_in_the_form(corp: SlackBot) -> None:
    view = await opened_form(corp)
    twice = {"words": {"value": "twice"}, "who": {"selected_users": ["UBOB"]}}
    again = await corp.says(requests.submission(view, twice, user="UANA"))
    assert again["response_action"] == "update"
    assert "Twice is too much." in words_of(again["view"])
    inputs = {b["block_id"]: b["element"] for b in again["view"]["blocks"] if b["type"] == "input"}
    assert inputs["words"]["initial_value"] == "twice"
    assert inputs["who"]["initial_users"] == ["UBOB"]
    assert again["view"]["private_metadata"] == view["private_metadata"]


async def test_a_form_that_waited_too_long_gives_the_words_back(corp: SlackBot, clock: Clock) -> None:
    view = await opened_form(corp)
    clock.advance(days=2)
    late = await corp.says(requests.submission(view, {"words": {"value": "dear words"}}, user="UANA"))
    assert "dear words" in words_of(late["view"])


async def test_a_form_that_slack_did_not_open_waits_behind_a_button(corp: SlackBot) -> None:
    corp.slack.fail("views.open", Failure("expired_trigger_id"))
    said = await corp.says(requests.command("/kudos", "", user="UANA"))
    assert said["response_type"] == "ephemeral"
    assert message_faults(said) == []
    opener = button_of(said)
    pressed = requests.press(opener["value"], user="UANA", action_id=opener["action_id"])
    assert await corp.says(pressed) == {}
    (view,) = corp.slack.views.values()
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}}
    assert (await corp.says(requests.submission(view, done, user="UANA")))["response_action"] == "update"


async def test_a_way_to_a_form_ends(corp: SlackBot, clock: Clock) -> None:
    corp.slack.fail("views.open", Failure("expired_trigger_id"))
    opener = button_of(await corp.says(requests.command("/kudos", "", user="UBOB")))
    clock.advance(days=2)
    way = corp.slack.way_back("late")
    await corp.says(requests.press(opener["value"], user="UBOB", action_id="form", way_back=way))
    assert corp.slack.views == {}
    assert corp.slack.responses["late"][0]["text"] == Copy("es").line("refusals.stale_button")


async def test_a_pressed_button_changes_its_message(corp: SlackBot) -> None:
    undo = button_of(await corp.says(requests.command("/kudos", "thanks", user="UANA")))
    way = corp.slack.way_back("p1")
    assert await corp.says(requests.press(undo["value"], user="UANA", way_back=way)) == {}
    (changed,) = corp.slack.responses["p1"]
    assert changed["replace_original"] is True
    assert changed["text"] == "It was taken back"
    assert corp.thanks.undone == ["kudos-1"]


async def test_a_forged_button_says_so_beside_the_message(corp: SlackBot) -> None:
    way = corp.slack.way_back("p2")
    await corp.says(requests.press("undo.kudos-1.forgedforged", user="UANA", way_back=way))
    (said,) = corp.slack.responses["p2"]
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)
    assert corp.thanks.undone == []


async def test_a_button_in_a_modal_changes_the_modal(corp: SlackBot) -> None:
    view = await opened_form(corp)
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}}
    result = (await corp.says(requests.submission(view, done, user="UANA")))["view"]
    undo = button_of(result)
    await corp.says(requests.press(undo["value"], user="UANA", view=result | {"id": view["id"]}))
    assert corp.slack.views[view["id"]]["title"]["text"] == "Taken back"


@pytest.mark.parametrize("status", [404, 429, 503])
async def test_a_way_back_that_fails_does_not_fail_the_turn(corp: SlackBot, status: int) -> None:
    undo = button_of(await corp.says(requests.command("/kudos", "thanks", user="UANA")))
    corp.slack.fail("response_url", Failure(status=status))
    assert await corp.says(requests.press(undo["value"], user="UANA", way_back=corp.slack.way_back("x"))) == {}
    assert corp.thanks.undone == ["kudos-1"]


async def test_a_link_is_only_acknowledged(corp: SlackBot) -> None:
    assert await corp.says(requests.press("link-3", user="UANA", action_id="link-3")) == {}
    assert not corp.channel.unknown


async def test_a_direct_message_is_answered_there(corp: SlackBot) -> None:
    said = requests.event(requests.message("kudos <@UBOB> thanks", user="UANA", channel="D0ANA"))
    for number in range(3):
        await corp.says(said, **({"X-Slack-Retry-Num": str(number)} if number else {}))
    (answer,) = corp.slack.posted("D0ANA")
    assert answer["text"].startswith("Thanked")
    assert corp.thanks.given == [(Mention("UBOB", account="UBOB"), " thanks")]


async def test_a_mention_is_answered_for_the_sender_alone(corp: SlackBot) -> None:
    spoken = requests.mention("<@U0LAUREL> kudos <@UBOB> thanks", user="UANA", thread_ts="1772440000.000001")
    await corp.says(requests.event(spoken))
    await corp.says(requests.event(spoken | {"type": "message", "channel_type": "channel"}))
    (answer,) = corp.slack.ephemerals
    assert (answer["channel"], answer["user"], answer["thread_ts"]) == ("C01GEN", "UANA", "1772440000.000001")
    assert len(corp.thanks.given) == 1


async def test_a_form_asked_for_in_a_message_is_behind_a_button(corp: SlackBot) -> None:
    await corp.says(requests.event(requests.message("kudos", user="UANA")))
    opener = button_of(corp.slack.posted("D0ANA")[0])
    await corp.says(requests.press(opener["value"], user="UANA", action_id=opener["action_id"]))
    assert len(corp.slack.views) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "message_changed"},
        {"bot_id": "B1"},
        {"user": None},
        {"hidden": True},
        {"user": "U0LAUREL"},
    ],
)
async def test_what_no_person_said_is_not_answered(corp: SlackBot, more: Json) -> None:
    await until(lambda: corp.channel.trouble() is None)
    await corp.says(requests.event(requests.message("points", user="UANA") | more))
    assert corp.slack.posted("D0ANA") == []


async def test_what_broke_on_our_side_may_be_sent_again(corp: SlackBot) -> None:
    corp.thanks.broken = 1
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    assert (await corp.sends(spoken)).status == 500
    assert corp.slack.posted("D0ANA") == []
    await corp.says(spoken, **{"X-Slack-Retry-Num": "1"})
    assert len(corp.slack.posted("D0ANA")) == 1
    assert len(corp.thanks.given) == 1


async def test_at_the_last_attempt_we_apologise(corp: SlackBot) -> None:
    corp.thanks.broken = 9
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    statuses = [(await corp.sends(spoken, **{"X-Slack-Retry-Num": str(n)})).status for n in range(4)]
    assert statuses == [500, 500, 500, 200]
    assert "went wrong on our side" in corp.slack.posted("D0ANA")[0]["text"]


async def test_an_answer_that_slack_did_not_take_is_brought_again(corp: SlackBot) -> None:
    corp.slack.fail("chat.postMessage", Failure("ratelimited", 429, {"Retry-After": "1"}), Failure(status=503))
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    assert [(await corp.sends(spoken)).status for _ in range(3)] == [500, 500, 200]
    assert len(corp.slack.posted("D0ANA")) == 1
    assert len(corp.thanks.given) == 1


@pytest.fixture
async def hurried(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackBot]:
    """Another replica, which acknowledges at once what waits for `thanks.held`."""
    async with slack_bot(writing, reading, clock, beside=corp.slack, times=near("slack_answer_s")) as bot:
        bot.thanks.held = asyncio.Event()
        yield bot
        bot.thanks.held.set()


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite a held turn keeps the one writer
async def test_a_slow_command_is_answered_afterwards(corp: SlackBot, hurried: SlackBot) -> None:
    way = corp.slack.way_back("slow")
    assert await hurried.says(requests.command("/kudos", "thanks", user="UANA", way_back=way)) == {}
    assert hurried.thanks.held
    hurried.thanks.held.set()
    await until(lambda: corp.slack.responses["slow"])
    assert corp.slack.responses["slow"][0]["response_type"] == "ephemeral"


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite a held turn keeps the one writer
async def test_a_slow_form_shows_that_it_is_at_work(corp: SlackBot, hurried: SlackBot) -> None:
    view = await opened_form(corp)
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}}
    waiting = await hurried.says(requests.submission(view, done, user="UANA"))
    assert waiting["response_action"] == "update"
    assert view_faults(waiting["view"]) == []
    assert hurried.thanks.held
    hurried.thanks.held.set()
    await until(lambda: corp.slack.views[view["id"]]["title"]["text"] == "Thanked")


@pytest.mark.parametrize("code", ["user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"])
async def test_who_cannot_be_told_in_the_place_is_told_directly(corp: SlackBot, code: str) -> None:
    corp.slack.enrol("UANA", "ana@corp.test")
    corp.slack.fail("chat.postEphemeral", Failure(code))
    await corp.says(requests.event(requests.mention("<@U0LAUREL> kudos <@UBOB> thanks", user="UANA", thread_ts="1.0")))
    (answer,) = corp.slack.posted("DANA")
    assert answer["text"].startswith("Thanked")
    assert "thread_ts" not in answer


async def test_who_cannot_be_told_at_all_does_not_hold_the_event(corp: SlackBot) -> None:
    corp.slack.fail("chat.postEphemeral", Failure("user_not_in_channel"))
    await corp.says(requests.event(requests.mention("<@U0LAUREL> kudos <@UBOB> thanks", user="UANA")))
    assert corp.slack.posted("DANA") == []
    assert len(corp.thanks.given) == 1
