"""Taking back: the giver's undo, the administrator's revoke."""

import re

from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import Asked
from tests.journeys.wire.table import Stage, journey
from tests.journeys.wire.thanking import TYPED, WORDS

REASON = "given by mistake"


@journey("undo", "done")
async def by_the_button(s: Stage) -> None:
    given = await s.say("ana", TYPED)
    assert len(await s.celebrations()) == 1
    s.tells(await s.press("ana", "kudos.undo", given), "undo.kudos", receivers="Bob Roe")
    [card] = await s.celebrations()
    s.tells(card, "kudos.taken_back")
    assert WORDS not in card.text


@journey("undo", "done")
async def by_the_button_of_an_answer_to_a_form(s: Stage) -> None:
    await s.ask("ana", "/badge")
    given = await s.fill("ana", {"receivers": ["bob"], "reward": "Team Player", "words": "for jumping in"})
    assert len(await s.celebrations()) == 1
    s.tells(await s.press("ana", "badge.undo", given), "undo.award", reward="Team Player", receivers="Bob Roe")
    [card] = await s.celebrations()
    s.tells(card, "badge.taken_back")
    await s.points("bob", 0)
    await s.points("ana", 0)


@journey("undo", "done")
async def by_the_command_the_newest(s: Stage) -> None:
    await s.say("ana", GIVEN)
    await s.say("ana", TYPED)
    assert len(await s.celebrations()) == 2
    s.tells(await s.say("ana", "/laurel undo"), "undo.kudos", receivers="Bob Roe")
    s.tells(await s.say("ana", "/laurel undo"), "undo.award", reward="Team Player")
    badge, thanks = await s.celebrations()
    s.tells(badge, "badge.taken_back")
    s.tells(thanks, "kudos.taken_back")
    s.tells(await s.say("ana", GIVEN), "badge.given", receivers="Bob Roe", reward="Team Player")


@journey("undo", "refused")
async def where_there_is_nothing(s: Stage) -> None:
    s.tells(await s.say("ana", "/laurel undo"), "refusals.nothing_to_undo")


@journey("undo", "refused")
async def by_somebody_else(s: Stage) -> None:
    given = await s.say("ana", TYPED)
    await s.celebrations()
    s.tells(await s.press("bob", "kudos.undo", given), "refusals.not_your_gift")
    [card] = await s.celebrations()
    assert WORDS in card.text


@journey("undo", "refused")
async def twice(s: Stage) -> None:
    given = await s.say("ana", TYPED)
    assert len(await s.celebrations()) == 1
    await s.press("ana", "kudos.undo", given)
    s.tells(await s.press("ana", "kudos.undo", given), "refusals.already_undone")
    assert len(await s.celebrations()) == 1


@journey("undo", "refused")
async def too_late(s: Stage) -> None:
    given = await s.say("ana", TYPED)
    s.world.clock.advance(minutes=10)
    s.tells(await s.press("ana", "kudos.undo", given), "refusals.undo_too_late", count=10)
    s.tells(await s.say("ana", "/laurel undo"), "refusals.undo_too_late", count=10)
    [card] = await s.celebrations()
    assert WORDS in card.text


def number_in(form: Asked) -> str:
    """The number of the award that the form offers first."""
    found = re.search(r"\(no\. (\d+)\)|\(n\.º (\d+)\)", form.text)
    assert found, form.text
    return found[1] or found[2]


@journey("revoke", "done")
async def through_the_form(s: Stage) -> None:
    await s.say("ana", GIVEN)
    assert len(await s.celebrations()) == 1
    await s.ask("eve", "/laurel revoke")
    form = await s.miss("eve", {"award": "Team Player"})
    s.blames(form, "reason", "form.required")
    answer = await s.fill("eve", {"award": "Team Player", "reason": REASON})
    s.tells(answer, "revoke.done", reward="Team Player", receiver="Bob Roe")
    s.tells(answer, "revoke.points", count=10)
    [card] = await s.celebrations()
    s.tells(card, "badge.taken_back")
    assert "Bob Roe" not in card.text
    await s.points("bob", 0)


@journey("revoke", "done")
async def in_one_line(s: Stage) -> None:
    await s.say("ana", GIVEN)
    assert len(await s.celebrations()) == 1
    number = number_in(await s.ask("eve", "/laurel revoke"))
    answer = await s.say("eve", f"/laurel revoke {number} {REASON}")
    s.tells(answer, "revoke.done", id=number, reward="Team Player", receiver="Bob Roe")
    again = await s.say("eve", f"/laurel revoke {number} {REASON}")
    s.tells(again, "refusals.already_revoked")
    [card] = await s.celebrations()
    s.tells(card, "badge.taken_back")


@journey("revoke", "refused")
async def by_a_member(s: Stage) -> None:
    await s.say("ana", GIVEN)
    number = number_in(await s.ask("eve", "/laurel revoke"))
    for line in ("/laurel revoke", f"/laurel revoke {number} {REASON}"):
        s.tells(await s.say("bob", line), "refusals.admins_only")
    [card] = await s.celebrations()
    assert "for jumping in" in card.text


@journey("revoke", "refused")
async def an_award_that_is_not_there(s: Stage) -> None:
    s.tells(await s.say("eve", f"/laurel revoke 4711 {REASON}"), "refusals.unknown_award")
    s.tells(await s.say("eve", "/laurel revoke"), "refusals.nothing_to_revoke")
