"""Giving badges, and looking at them."""

from bot.i18n.copy import build_audience_spans
from bot.protocol.elements import render_spans_as_text
from engine.rewards.targeting import build_audience
from tests.journeys.wire.table import Stage, journey

GIVEN = "/badge {bob} Team Player for jumping in"


@journey("badge", "done")
async def in_one_line(s: Stage) -> None:
    answer = await s.say("ana", GIVEN)
    s.tells(answer, "badge.given", receivers="Bob Roe", reward="Team Player")
    s.tells(answer, "badge.gets", count=10)
    [card] = await s.celebrations()
    s.tells(card, "badge.celebration", giver="Ana López", receivers="Bob Roe", reward="Team Player")
    s.tells(card, "badge.points", count=10)
    s.tells(card, "badge.picture", reward="Team Player")
    assert "for jumping in" in card.text
    await s.points("bob", 10)
    await s.points("ana", 1)


@journey("badge", "done")
async def by_its_other_name_to_two(s: Stage) -> None:
    answer = await s.say("ana", "/laurel give {bob} and {carla} Bright Idea for the plan")
    s.tells(answer, "badge.given", receivers=s.names("bob", "carla"), reward="Bright Idea")
    [card] = await s.celebrations()
    s.tells(card, "badge.celebration", giver="Ana López", receivers=s.names("bob", "carla"), reward="Bright Idea")


@journey("badge", "done")
async def through_the_form(s: Stage) -> None:
    form = await s.ask("ana", "/badge")
    s.tells(form, "badge.form_title")
    if s.hand.channel != "telegram":  # it asks one question at a time: the badges come later
        s.tells(form, "badge.worth_and_what", count=10, description="Helps without being asked")
    assert "Leaders' Choice" not in form.text
    form = await s.miss("ana", {"reward": "Team Player", "words": "for jumping in"})
    s.blames(form, "receivers", "form.required")
    filled = {"receivers": ["bob"], "reward": "Team Player", "words": "for jumping in"}
    s.tells(await s.fill("ana", filled), "badge.given", receivers="Bob Roe", reward="Team Player")
    assert len(await s.celebrations()) == 1


@journey("badge", "done")
async def a_badge_nobody_knows_goes_on_in_the_form(s: Stage) -> None:
    form = await s.ask("ana", "/badge {bob} Teem Player for jumping in")
    s.blames(form, "reward", "badge.unknown", typed="Teem Player")
    assert form.fields["receivers"] == ("Bob Roe",)
    assert form.fields["words"] == ("for jumping in",)
    s.tells(await s.fill("ana", {"reward": "Team Player"}), "badge.given", receivers="Bob Roe", reward="Team Player")


@journey("badge", "done")
async def a_name_of_two_people_asks_which_one(s: Stage) -> None:
    form = await s.ask("ana", "/badge @Sam Team Player for jumping in")
    s.tells(form, "which.label", typed="Sam")
    [held] = form.fields["reward"]
    assert "Team Player" in held
    s.tells(await s.fill("ana", {"receivers": "Sam Hill"}), "badge.given", receivers="Sam Hill", reward="Team Player")


@journey("badge", "refused")
async def a_second_time(s: Stage) -> None:
    await s.say("ana", GIVEN)
    answer = await s.say("carla", "/badge {bob} Team Player for much more")
    s.tells(answer, "refusals.awarded_once", name="Bob Roe", reward="Team Player")
    s.hands_back(answer, "/badge {bob} Team Player for much more")
    assert len(await s.celebrations()) == 1
    await s.points("bob", 10)


@journey("badge", "refused")
async def one_that_is_not_yours_to_give(s: Stage) -> None:
    answer = await s.say("ana", "/badge {bob} Leaders' Choice for jumping in")
    who = render_spans_as_text(build_audience_spans(build_audience([{"job_code": ["MANAGER"]}]), s.copy))
    s.tells(answer, "refusals.not_assigner", reward="Leaders' Choice", who=who)
    assert await s.celebrations() == []


@journey("badge", "refused")
async def to_oneself_in_the_form(s: Stage) -> None:
    await s.ask("ana", "/badge")
    form = await s.miss("ana", {"receivers": ["ana"], "reward": "Team Player", "words": "for jumping in"})
    s.blames(form, "receivers", "refusals.self_award")
    assert await s.celebrations() == []


@journey("badge", "refused")
async def one_switched_off_while_its_form_is_open(s: Stage) -> None:
    await s.ask("ana", "/badge")
    await s.world.switch_off("Bright Idea")
    form = await s.miss("ana", {"receivers": ["bob"], "reward": "Bright Idea", "words": "for the plan"})
    s.blames(form, "reward", "refusals.reward_disabled", reward="Bright Idea")
    assert await s.celebrations() == []
    filled = {"receivers": ["bob"], "reward": "Team Player", "words": "for the plan"}
    s.tells(await s.fill("ana", filled), "badge.given", receivers="Bob Roe", reward="Team Player")


@journey("badges", "done")
async def ones_own(s: Stage) -> None:
    s.tells(await s.say("bob", "/laurel badges"), "badges.nothing_yet")
    await s.say("ana", GIVEN)
    answer = await s.say("bob", "/laurel badges")
    s.tells(answer, "badges.mine")
    s.tells(answer, "badges.given", reward="Team Player", giver="Ana López")


@journey("badges", "done")
async def somebodys(s: Stage) -> None:
    await s.say("ana", GIVEN)
    answer = await s.say("carla", "/laurel badges {bob}")
    s.tells(answer, "badges.theirs", name="Bob Roe")
    s.tells(answer, "badges.given", reward="Team Player", giver="Ana López")
    await s.ask("carla", "/laurel badges Sam")
    s.tells(await s.fill("carla", {"person": "Sam Hill"}), "badges.nothing_theirs", name="Sam Hill")


@journey("badges", "refused")
async def of_somebody_nobody_knows(s: Stage) -> None:
    answer = await s.say("ana", "/laurel badges Zoltan")
    s.tells(answer, "refusals.unknown_person", who="Zoltan")
