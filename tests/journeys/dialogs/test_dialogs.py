"""Points, undo, announce, revoke and help, in English and in the generated locale whose every sentence is marked."""

import pytest

from bot.protocol.elements import Mention
from bot.protocol.forms import ChoiceField
from bot.protocol.turns import Say, Submission, Update
from engine.outbox.places import Place
from engine.rewards.models import Reward
from tests.journeys.dialogs.talking import BOB, CARLA, FOR, Office, asked, button, card, plain, refused, says, told

# points and why


async def test_points_and_what_is_behind_them(office: Office) -> None:
    assert says(office, "You have no points yet.", told(await office.say("bob", "points")))
    await office.say("ana", "badge ", BOB, FOR)
    office.clock.advance(days=1)
    await office.say("bob", "badge ", CARLA, " Bright Idea for it")
    text = told(await office.say("bob", "points"))
    assert says(office, "You have 11 points.", text)
    assert says(office, "+1 · Badge given: Bright Idea, Mar 3, 2026", text)
    table = told(await office.say("bob", "why")).splitlines()[1:]
    assert [says(office, line, row) for line, row in zip(BEHIND, table, strict=True)] == [True, True]


BEHIND = (
    "Mar 3, 2026 | Badge given: Bright Idea | +1",
    "Mar 2, 2026 | Badge received: Team Player | +10",
)


async def test_what_was_taken_back_is_among_the_entries(office: Office) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    await office.say("ana", "undo")
    text = told(await office.say("bob", "why"))
    assert says(office, "You have 0 points.", text)
    assert says(office, "Badge taken back: Team Player | −10", text)


async def test_why_says_how_many_more(office: Office) -> None:
    for number in range(22):
        await office.say("ana", "badge ", BOB, f" Bright Idea number {number}")
    lines = told(await office.say("bob", "why")).splitlines()
    assert says(office, "And 2 more before those.", lines[-1])
    assert len(lines) == 1 + 20 + 1


async def test_kudos_that_bring_points(office: Office) -> None:
    await office.choose(kudos_points=3)
    await office.say("ana", "kudos ", BOB, " thanks")
    assert says(office, "Kudos from Ana López | +3", told(await office.say("bob", "why")))


@pytest.mark.parametrize("verb", ["points", "why"])
async def test_points_of_others_are_for_administrators(office: Office, verb: str) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    assert refused(await office.say("ana", f"{verb} @bob"))
    assert says(office, "Bob Roe has 10 points.", told(await office.say("eve", f"{verb} @bob")))
    assert says(office, "Bob Roe has 10 points.", told(await office.say("eve", f"{verb} ", BOB)))
    assert says(office, "Carla Díaz has no points yet.", told(await office.say("eve", f"{verb} ", CARLA)))


# undo


async def test_undo_takes_back_what_was_given_last(office: Office) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    office.clock.advance(minutes=1)
    await office.say("ana", "kudos ", CARLA, " thanks")
    office.clock.advance(minutes=1)
    assert says(office, "Your thank-you to Carla Díaz was taken back.", told(await office.say("ana", "undo")))
    reply = await office.say("ana", "undo")
    assert says(office, "The badge Team Player for Bob Roe was taken back.", told(reply))
    assert await office.held() == []
    assert [version for _, version in await office.wanted()] == [2, 2], "the celebrations are drawn again"
    assert refused(await office.say("ana", "undo"))


async def test_the_button_takes_back_the_whole_gift(office: Office) -> None:
    given = await office.say("ana", "badge ", BOB, " ", CARLA, FOR)
    reply = await office.press("ana", button(given), conversation="", private=True)
    assert isinstance(reply, Update)
    assert says(office, "The badge Team Player for Bob Roe and Carla Díaz was taken back.", told(reply))
    assert await office.held() == []
    await office.say("ana", "badge ", BOB, FOR)
    assert len(await office.held()) == 1, "and it can be given again"


async def test_the_button_of_a_thank_you(office: Office) -> None:
    given = await office.say("ana", "kudos ", BOB, " thanks")
    reply = await office.press("ana", button(given))
    assert isinstance(reply, Update)
    assert says(office, "Your thank-you to Bob Roe was taken back.", told(reply))


async def test_undo_refused(office: Office) -> None:
    assert refused(await office.say("ana", "undo")), "nothing was given"
    given = await office.say("ana", "badge ", BOB, FOR)
    assert refused(await office.press("carla", button(given))), "somebody else's button"
    assert refused(await office.press("ana", button(given)[:-1] + "?")), "forged"
    for subject in ("award-999", "kudos-999", "award-x", "prize-1", "award"):
        assert refused(await office.press("ana", office.undo_button(subject))), subject
    office.clock.advance(minutes=11)
    assert refused(await office.press("ana", button(given))), "too late"
    assert len(await office.held()) == 1


async def test_undo_leaves_alone_what_was_revoked(office: Office) -> None:
    given = await office.say("ana", "badge ", BOB, " ", CARLA, FOR)
    await office.say("eve", "revoke 1 a mistake")
    await office.press("ana", button(given))
    assert [(award.undone, award.revoked) for award in await office.awards()] == [(False, True), (True, False)]
    assert refused(await office.press("ana", button(given)))


# announce


async def test_announce_here_and_off(office: Office) -> None:
    assert says(office, "Only what is given here", told(await office.say("eve", "announce")))
    assert says(office, "From now on", told(await office.say("eve", "announce here")))
    assert (await office.lobby()).announces
    assert says(office, "already", told(await office.say("eve", "announce aquí")))
    assert says(office, "Send “announce off”", told(await office.say("eve", "announce")))
    await office.say("eve", "announce off")
    assert not (await office.lobby()).announces
    await office.say("eve", "announce off")
    assert await office.audited() == ["place.announce", "place.silence"]


async def test_announce_opens_a_place_that_was_closed(office: Office) -> None:
    await office.say("eve", "announce")
    async with office.sessions.begin() as session:
        place = await session.get_one(Place, 1)
        place.closed_at = office.clock()
    await office.say("eve", "announce here")
    assert (await office.lobby()).closed_at is None


async def test_announce_refused(office: Office) -> None:
    for line in ("announce", "announce here", "announce off"):
        assert refused(await office.say("ana", line)), "a member"
        assert refused(await office.say("eve", line, conversation="dm-eve", private=True)), "in private"
    assert await office.audited() == []


# revoke


async def test_revoke_in_one_line(office: Office) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    reply = await office.say("eve", "revoke #1 given by mistake")
    assert says(office, "The award no. 1, Team Player for Bob Roe, was revoked.", told(reply))
    assert says(office, "10 points went back.", told(reply))
    assert not says(office, "No rule and no event", told(reply)), "only people give it"
    assert await office.held() == []
    assert await office.audited() == ["award.revoke"]


async def test_revoke_says_what_stays_closed_where_a_reward_comes_by_itself(office: Office) -> None:
    async with office.sessions.begin() as session:
        reward = await session.get_one(Reward, 1)
        reward.events = ["launch"]
    await office.say("ana", "badge ", BOB, FOR)
    reply = await office.say("eve", "revoke #1 given by mistake")
    assert says(office, "No rule and no event gives it again for the same occasion.", told(reply))


async def test_revoke_by_the_form(office: Office) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    await office.say("ana", "badge ", CARLA, FOR)
    form = asked(await office.say("eve", "revoke 1"))
    award = form.form.fields[0]
    assert isinstance(award, ChoiceField)
    assert [option.value for option in award.options] == ["1", "2"]
    assert says(office, "Team Player for Bob Roe (no. 1)", award.options[0].label)
    assert says(office, "Mar 2, 2026, given by Ana López", award.options[0].detail)
    assert form.known == {"award": ("1",)}
    await office.send("eve", form, {"reason": ("by mistake",)})
    assert [receiver for _, receiver, _ in await office.held()] == ["Carla Díaz"]
    form = asked(await office.say("eve", "revoke"))
    await office.send("eve", form, {"award": ("2",), "reason": ("again",)})
    assert await office.held() == []


async def test_revoke_refused(office: Office) -> None:
    assert refused(await office.say("eve", "revoke")), "nothing to revoke"
    await office.say("ana", "badge ", BOB, FOR)
    for line in ("revoke", "revoke 1", "revoke 1 because"):
        assert refused(await office.say("ana", line)), "a member"
    for line in ("revoke 99", "revoke 99 because", "revoke 99999999999999999999 because"):
        assert refused(await office.say("eve", line)), line
    form = asked(await office.say("eve", "revoke 1"))
    again = asked(await office.send("eve", form, {"reason": (" ",)}))
    assert set(again.errors) == {"reason"}
    await office.say("eve", "revoke 1 because")
    again = asked(await office.send("eve", form, {"reason": ("because",)}))
    assert says(office, "already revoked", again.errors["award"])
    assert await office.audited() == ["award.revoke"]


# help, and what nobody knows


@pytest.mark.parametrize("line", ["help", "start", "hi", "hello", "", "/help"])
async def test_help_shows_every_command(office: Office, line: str) -> None:
    for_members = told(await office.say("ana", line))
    for_admins = told(await office.say("eve", line))
    for verb in office.bot.verbs:
        assert (f"\n{verb.name}: " in plain(for_members)) == (not verb.admin)
        assert f"\n{verb.name}: " in plain(for_admins)


@pytest.mark.parametrize(
    ("where", "example"),
    [
        ({"channel": "slack", "tenant": "T01CORP", "account": "UANA"}, "Example: /laurel why"),
        ({"channel": "slack", "tenant": "T01CORP", "account": "UANA"}, "Example: /badge @ana"),
        ({"channel": "web"}, "Example: /badge @ana"),
        ({"channel": "web", "private": True}, "Example: badge @ana"),
    ],
)
async def test_help_says_how_to_speak_here(office: Office, where: dict[str, object], example: str) -> None:
    assert example in plain(told(await office.say("ana", "help", **where)))


@pytest.mark.parametrize(
    ("private", "line"), [(True, "points: See your points."), (False, "points: See your points. Example: /points")]
)
async def test_help_repeats_no_command_that_is_its_own_example(office: Office, private: bool, line: str) -> None:
    lines = plain(told(await office.say("ana", "help", channel="web", private=private))).splitlines()
    assert line in [shown.rstrip() for shown in lines]
    assert any(line.startswith("prefer: ") and "Example: " in line for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        (", kudos @bob thanks",),
        ("\u200f/laurel: /Kudos\u00a0@bob thanks",),
        ("Kudos:\t", BOB, " thanks"),
        (BOB, " thanks"),  # no command: who begins with a colleague thanks them
        (", ", BOB, " thanks"),
        ("/laurel @bob thanks",),
    ],
)
async def test_the_ways_to_begin_a_line(office: Office, line: tuple[str | Mention, ...]) -> None:
    assert says(office, "You thanked Bob Roe.", told(await office.say("ana", *line)))


@pytest.mark.parametrize("verb", ["", "laurel"])
async def test_a_colleague_alone_brings_the_form_of_thanks(office: Office, verb: str) -> None:
    form = asked(await office.say("ana", BOB, verb=verb))
    assert (form.form.dialog, form.known) == ("kudos", {"receivers": (Mention("Bob Roe", 2, "bob"),)})


async def test_what_begins_with_somebody_unknown_is_handed_back(office: Office) -> None:
    reply = await office.say("ana", "@nobody thanks")
    assert refused(reply)
    assert "@nobody thanks" in told(reply)


@pytest.mark.parametrize("dialog", ["help", "undo", "announce", "nonsense"])
async def test_a_form_of_a_command_without_one_works_no_longer(office: Office, dialog: str) -> None:
    token = asked(await office.say("ana", "kudos")).token
    reply = await office.bot.handle(Submission(office.source("ana"), dialog, {}, token))
    assert isinstance(reply, Say)
    assert not reply.failed
    assert says(office, "This button or form no longer works.", told(office.seen(reply)))


async def test_a_very_long_word_is_not_said_back_whole(office: Office) -> None:
    office.data.add("x" * 40 + "…")
    reply = await office.say("ana", "x" * 4000)
    assert says(office, f"I do not know “{'x' * 40}…”.", card(reply).summary)


async def test_what_is_no_command_gets_the_nearest(office: Office) -> None:
    reply = await office.say("ana", "bagde @bob Team Player")
    assert refused(reply)
    assert says(office, "Did you mean “badge”?", card(reply).summary)
    assert refused(await office.say("ana", "xyzzy"))
    assert not says(office, "Did you mean", card(await office.say("ana", "hey")).summary)
