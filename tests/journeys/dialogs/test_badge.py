"""Giving badges and looking at them, in English and in the generated locale whose every sentence is marked."""

import pytest
from sqlalchemy import update

from bot.delivery.announcements import CardFacts, draw_award
from bot.i18n.copy import Copy
from bot.protocol.button_tokens import PressedButton, parse_button_token
from bot.protocol.elements import Mention
from bot.protocol.forms import ChoiceField, PersonField
from bot.protocol.turns import Submission
from engine.awards.models import Award
from engine.delivery.claims import ClaimedDelivery
from engine.people.models import Person
from engine.rewards.models import Reward
from tests import people, rewards
from tests.conftest import NOW
from tests.journeys.dialogs.talking import (
    ANA,
    BOB,
    CARLA,
    FOR,
    KEY,
    Office,
    asked,
    button,
    card,
    plain,
    refused,
    says,
    told,
)

# badge


async def test_a_badge_in_one_line(office: Office) -> None:
    reply = await office.say("ana", "badge ", BOB, FOR)
    assert await office.held() == [("Team Player", "Bob Roe", "for jumping in")]
    assert says(office, "You gave Bob Roe the badge Team Player.", told(reply))
    assert says(office, "It brings 10 points.", told(reply))
    assert says(office, "You have 10 minutes to undo this.", told(reply))
    assert parse_button_token(button(reply), KEY) == PressedButton("undo", "award-1")
    assert [place for place, _ in await office.wanted()] == ["place:1", "person:2"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("TEAM   player for jumping in", "for jumping in"),
        ('"Team Player" por todo', "por todo"),
        ("“team player” thanks", "thanks"),
        ("Team Player: thanks", "thanks"),
        ("Team Player, for all", "for all"),
    ],
)
async def test_the_ways_to_write_a_badge(office: Office, line: str, words: str) -> None:
    await office.say("ana", "badge ", BOB, f" {line}")
    assert await office.held() == [("Team Player", "Bob Roe", words)]


async def test_several_receivers_by_name_and_alias_of_the_verb(office: Office) -> None:
    reply = await office.say("ana", "give @bob and carla@corp.test Team Player for the launch")
    assert [receiver for _, receiver, _ in await office.held()] == ["Bob Roe", "Carla Díaz"]
    assert says(office, "It brings each of them 10 points.", told(reply))


async def test_the_longest_name_wins(office: Office) -> None:
    async with office.sessions.begin() as session:
        await rewards.add(session, "Team Player Gold", multiple=True)
    office.data.add("Team Player Gold")
    await office.say("ana", "badge ", BOB, " team player gold standard")
    assert await office.held() == [("Team Player Gold", "Bob Roe", "standard")]


async def test_a_badge_alone_asks_for_the_rest(office: Office) -> None:
    form = asked(await office.say("ana", "badge"))
    people_field, reward, _ = form.form.fields
    assert isinstance(people_field, PersonField)
    assert isinstance(reward, ChoiceField)
    assert [option.value for option in reward.options] == ["3", "1", "2"]  # by name; only what Ana may give by hand
    assert says(office, "10 points · Helps without being asked", reward.options[1].detail)
    done = await office.send("ana", form, {"receivers": (BOB,), "reward": ("2",), "words": ("well done",)})
    assert await office.held() == [("Team Spirit", "Bob Roe", "well done")]
    assert says(office, "Team Spirit", card(done).title)
    assert [place for place, _ in await office.wanted()] == ["place:1", "person:2"], "celebrated where it was asked for"


async def test_what_is_known_is_filled_in(office: Office) -> None:
    form = asked(await office.say("ana", "badge ", BOB))
    assert form.known == {"receivers": (Mention("Bob Roe", 2, "bob"),)}
    assert form.errors == {}
    form = asked(await office.say("ana", "badge ", BOB, " team spirit"))
    assert form.known["reward"] == ("2",)


async def test_an_unknown_badge_offers_the_nearest(office: Office) -> None:
    form = asked(await office.say("ana", "badge ", BOB, " Taem Plyer for jumping in"))
    assert says(office, "I know no badge “Taem Plyer”.", form.errors["reward"])
    assert form.known["words"] == ("for jumping in",)
    choice = form.form.fields[1]
    assert isinstance(choice, ChoiceField)
    assert choice.options[0].value == "1"
    await office.send("ana", form, {"reward": ("1",)})
    assert await office.held() == [("Team Player", "Bob Roe", "for jumping in")]


async def test_words_without_a_badge_ask_which_one(office: Office) -> None:
    form = asked(await office.say("ana", "badge ", BOB, " for jumping in"))
    assert (form.known["words"], form.errors) == (("for jumping in",), {})


async def test_half_a_name_asks_which_badge(office: Office) -> None:
    form = asked(await office.say("ana", "badge ", BOB, " team"))
    choice = form.form.fields[1]
    assert isinstance(choice, ChoiceField)
    assert {option.value for option in choice.options[:2]} == {"1", "2"}


async def test_two_badges_of_one_name_ask_which_one(office: Office) -> None:
    async with office.sessions.begin() as session:
        await rewards.add(session, "Team Player", description="Another one")
    office.data.add("Another one")
    form = asked(await office.say("ana", "badge ", BOB, FOR))
    assert says(office, "More than one badge fits “Team Player”.", form.errors["reward"])
    choice = form.form.fields[1]
    assert isinstance(choice, ChoiceField)
    assert [option.value for option in choice.options[:2]] == ["1", "6"]
    await office.send("ana", form, {"reward": ("6",)})
    assert [award.reward_id for award in await office.awards()] == [6]


async def test_two_people_of_one_name_ask_which_one(office: Office) -> None:
    async with office.sessions.begin() as session:
        for mail, team in (("bo1", "Sales"), ("bo2", "Legal")):
            await people.add(session, f"{mail} Poe", display_name="Bo Poe", folded_name="bo poe", department=team)
    office.data |= {"Bo Poe", "Sales", "Legal", "bo1@corp.test", "bo2@corp.test", "Bo"}
    form = asked(await office.say("ana", "badge ", CARLA, ', "Bo Poe" Team Player for jumping in'))
    which = form.form.fields[0]
    assert isinstance(which, ChoiceField)
    assert [option.detail for option in which.options] == ["Legal · bo2@corp.test", "Sales · bo1@corp.test"]
    await office.send("ana", form, {"receivers": (which.options[1].value,)})
    assert [award.receiver_id for award in await office.awards()] == [3, 5]


@pytest.mark.parametrize(
    "line",
    [
        "badge @ana Team Player for jumping in",  # oneself
        "badge @bob Birthday for being born",  # not by hand
        "badge @bob Birthday",  # the same, before the words are asked for
        "badge @bob Old Hand for all",  # switched off
        "badge @nobody Team Player for all",
    ],
)
async def test_a_badge_refused(office: Office, line: str) -> None:
    reply = await office.say("ana", line)
    assert refused(reply)
    assert line in told(reply), "the words are handed back"
    assert await office.held() == []


async def test_a_badge_refused_in_the_form_keeps_what_was_filled_in(office: Office) -> None:
    form = asked(await office.say("ana", "badge"))
    again = asked(await office.send("ana", form, {"receivers": (ANA,), "reward": ("1",), "words": ("to me",)}))
    assert says(office, "You cannot give a badge to yourself.", again.errors["receivers"])
    assert again.known["words"] == ("to me",)
    await office.say("ana", "badge ", BOB, FOR)
    again = asked(await office.send("ana", again, {"receivers": (BOB,)}))
    assert "Team Player" in again.errors["receivers" if "receivers" in again.errors else "reward"]
    assert len(await office.held()) == 1


async def change(office: Office, reward_id: int, **values: object) -> None:
    async with office.sessions.begin() as session:
        await session.execute(update(Reward).where(Reward.id == reward_id).values(**values))


NEVER_NOW = {"start_time": "03:00", "end_time": "04:00"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"is_enabled": False}, "Bright Idea is switched off at the moment."),
        ({"availability_rule": NEVER_NOW}, "This badge can be given only between 03:00 and 04:00"),
        ({"assigner": [{"groups": ["Leads"]}]}, "Bright Idea can be given only by people in the group Leads."),
        ({"reward_type": "Computed Badge"}, "Bright Idea is not given by hand"),
        ({"id": 999}, "This badge is not available any more."),
    ],
)
async def test_a_badge_that_changed_while_its_form_was_open(
    office: Office, values: dict[str, object], sentence: str
) -> None:
    office.data |= {"Leads", "03:00", "04:00"}
    form = asked(await office.say("ana", "badge ", BOB))
    await change(office, 3, **values)
    answers = {"receivers": (BOB, CARLA), "reward": ("3",), "words": ("for the plan",)}
    again = asked(await office.send("ana", form, answers))
    assert again.errors.keys() == {"reward"}
    assert says(office, sentence, again.errors["reward"])
    assert (again.known["receivers"], again.known["words"]) == ((BOB, CARLA), ("for the plan",))
    await office.send("ana", again, {"reward": ("1",)})
    assert await office.held() == [("Team Player", name, "for the plan") for name in ("Bob Roe", "Carla Díaz")]


async def test_the_last_badge_is_switched_off_while_its_form_is_open(office: Office) -> None:
    form = asked(await office.say("ana", "badge"))
    for reward_id in (1, 2, 3):
        await change(office, reward_id, is_enabled=False)
    reply = await office.send("ana", form, {"receivers": (BOB,), "reward": ("3",), "words": ("for the plan",)})
    assert refused(reply)
    assert says(office, "Bright Idea is switched off at the moment.", told(reply))
    assert '@"Bob Roe"\nfor the plan' in told(reply), "nothing that was typed is lost"


async def test_a_badge_where_nothing_can_be_given(office: Office) -> None:
    async with office.sessions.begin() as session:
        for reward_id in (1, 2, 3):
            reward = await session.get(Reward, reward_id)
            assert reward
            reward.is_enabled = False
    assert refused(await office.say("ana", "badge ", BOB))


async def test_who_wants_no_public_thanks_is_told_in_private(office: Office) -> None:
    async with office.sessions.begin() as session:
        await people.add(session, "Gil Gray", no_public_kudos=True)
    office.data.add("Gil Gray")
    reply = await office.say("ana", "badge @gil Team Player for jumping in")
    assert says(office, "Told in private only, as they wish: Gil Gray.", told(reply))
    assert [place for place, _ in await office.wanted()] == ["person:5"]


async def test_several_receivers_have_one_celebration_and_their_own_news(office: Office) -> None:
    await office.say("ana", "badge @bob and @carla and @eve Team Player for the launch")
    assert await office.wanted() == [("place:1", 1), ("person:2", 1), ("person:3", 1), ("person:4", 1)]
    async with office.sessions.begin() as session:
        await session.execute(update(Person).where(Person.id == 4).values(no_public_kudos=True))
    assert await shown(office, place=1) == "Ana López gave Bob Roe and Carla Díaz the badge Team Player."
    assert await shown(office, person=4) == "Ana López gave you the badge Team Player."

    await office.say("eve", "revoke 1 by mistake")
    assert [version for _, version in await office.wanted()] == [2, 2, 2, 2]
    assert await shown(office, place=1) == "Ana López gave Carla Díaz the badge Team Player."
    assert await shown(office, person=2) == "This celebration was taken back."
    assert await shown(office, person=3) == "Ana López gave you the badge Team Player."

    await office.say("ana", "undo")
    assert await shown(office, place=1) == "This celebration was taken back."
    assert await shown(office, person=3) == "This celebration was taken back."
    assert await office.held() == []


async def shown(office: Office, place: int | None = None, person: int | None = None) -> str:
    """The summary of the card of the first award, as it is now at that place or that person."""
    async with office.sessions() as session:
        card = await draw_award(CardFacts(session, {}), delivery(place, person), Copy("en"), KEY)
    assert card
    return card.summary


def delivery(place: int | None, person: int | None) -> ClaimedDelivery:
    return ClaimedDelivery(
        id=1, lease="", leased_until=NOW, kind="award", subject_id=1, details={}, destination="", channel="web",
        tenant="", external_id="", name="", place_id=place, person_id=person, place_details=None, origin=None,
        locale=None, zone=None, wanted_version=1, message_ref={"id": 1}, attempts=0,
    )  # fmt: skip


# badges


async def test_badges_of_ones_own_and_of_a_colleague(office: Office) -> None:
    assert says(office, "No badges yet.", told(await office.say("bob", "badges")))
    assert says(office, "Bob Roe has no badges yet.", told(await office.say("ana", "badges ", BOB)))
    await office.say("ana", "badge ", BOB, FOR)
    office.clock.advance(minutes=1)
    await office.say("carla", "badge ", BOB, " Bright Idea for the tests")
    line = "🏅 Bright Idea from Carla Díaz, Mar 2, 2026\n🤝 Team Player from Ana López, Mar 2, 2026"
    for who in ("badges", "badges @bob", "badges bob roe"):
        assert says(office, line, told(await office.say("bob", who))), who
    assert says(office, "Badges of Bob Roe", card(await office.say("ana", "badges @bob")).title)


async def test_a_badge_that_nobody_gave_shows_its_day_to_its_owner_only(office: Office) -> None:
    await office.say("ana", "badge ", BOB, FOR)
    async with office.sessions.begin() as session:
        award = await session.get_one(Award, 1)
        award.giver_id, award.words = None, None
    assert says(office, "🤝 Team Player, Mar 2, 2026", told(await office.say("bob", "badges")))
    assert "2026" not in told(await office.say("carla", "badges @bob"))


async def test_only_the_newest_badges_are_shown(office: Office) -> None:
    for number in range(21):
        await office.say("ana", "badge ", BOB, f" Bright Idea number {number}")
        office.clock.advance(hours=1)
    lines = told(await office.say("bob", "badges")).splitlines()
    assert len(lines) == 21
    assert says(office, "Only the newest 20 are shown.", lines[-1])


@pytest.mark.parametrize("line", ["badges @nobody", "badges @ana @bob"])
async def test_badges_refused(office: Office, line: str) -> None:
    assert refused(await office.say("ana", line))


async def test_badges_ask_which_colleague(office: Office) -> None:
    async with office.sessions.begin() as session:
        for mail in ("bo1", "bo2"):
            await people.add(session, f"{mail} Poe", display_name="Bo Poe", folded_name="bo poe")
    office.data |= {"Bo Poe", "bo1@corp.test", "bo2@corp.test"}
    form = asked(await office.say("ana", "badges bo poe"))
    shown = await office.send("ana", form, {"person": ("6",)})
    assert says(office, "Bo Poe has no badges yet.", told(shown))


async def test_a_forged_question_is_refused(office: Office) -> None:
    """The token of one form does not open another."""
    badge = asked(await office.say("ana", "badge"))
    for dialog in ("badges", "points", "revoke"):
        forged = Submission(office.source("ana"), dialog, {}, badge.token)
        assert refused(office.seen(await office.bot.handle(forged))), dialog


@pytest.mark.parametrize(
    "words", ["\0", "a\0b", "\ud800", "x" * 501, "\u202eevil", "<!channel> & *b*", "'; DROP TABLE awards; --"]
)
async def test_hostile_words_are_kept_or_refused(office: Office, words: str) -> None:
    reply = await office.say("ana", "badge ", BOB, f" Team Player {words}")
    assert "Sorry" not in plain(card(reply).title), "never our own fault"
    assert len(await office.held()) == (0 if refused(reply) else 1)


async def test_a_repeated_turn_gives_once(office: Office) -> None:
    first = await office.say("ana", "badge ", BOB, " Bright Idea for it", message_id="once")
    assert await office.say("ana", "badge ", BOB, " Bright Idea for it", message_id="once") == first
    assert len(await office.held()) == 1
