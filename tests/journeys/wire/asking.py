"""Asking for points, for what is behind them, and for help."""

from bot.dialogs.commands import ALL_COMMANDS
from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import PRIVATE
from tests.journeys.wire.table import Stage, journey


@journey("points", "done")
async def the_balance(s: Stage) -> None:
    s.tells(await s.say("bob", "/laurel points"), "points.nothing_yet")
    await s.say("ana", GIVEN)
    answer = await s.say("bob", "/laurel points")
    s.tells(answer, "points.balance", count=10)
    s.tells(answer, "why.award_received", label="Team Player")


@journey("points", "done")
async def an_administrator_sees_everybodys(s: Stage) -> None:
    await s.say("ana", GIVEN)
    s.tells(await s.say("eve", "/laurel points {bob}"), "points.balance_of", name="Bob Roe", count=10)


@journey("points", "refused")
async def of_a_colleague(s: Stage) -> None:
    answer = await s.say("ana", "/laurel points {bob}")
    s.tells(answer, "refusals.own_points_only")
    s.hands_back(answer, "/laurel points {bob}")


@journey("why", "done")
async def the_entries(s: Stage) -> None:
    await s.say("ana", GIVEN)
    answer = await s.say("bob", "why", PRIVATE)
    s.tells(answer, "why.title")
    s.tells(answer, "why.award_received", label="Team Player")
    assert "+10" in answer.text
    s.tells(await s.say("ana", "/laurel why"), "why.award_given", label="Team Player")


@journey("why", "refused")
async def behind_a_colleagues_points(s: Stage) -> None:
    s.tells(await s.say("ana", "/laurel why {bob}"), "refusals.own_points_only")


@journey("help", "done")
async def every_command_is_named(s: Stage) -> None:
    member, admin = await s.say("ana", "/laurel help"), await s.say("eve", "@Laurel")
    for verb in ALL_COMMANDS:
        does = f"commands.{verb.name}.does"
        assert s.says(member.text, does) is not verb.admin
        s.tells(admin, does)
        assert verb.name in admin.text


@journey("help", "refused")
async def an_unknown_command_gets_the_nearest(s: Stage) -> None:
    answer = await s.say("ana", "/laurel kudoz {bob} thanks for the launch")
    s.tells(answer, "notices.did_you_mean", typed="kudoz", nearest="kudos")
    s.hands_back(answer, "/laurel kudoz {bob} thanks for the launch")
    s.tells(await s.say("ana", "/laurel xyzzy"), "notices.unknown_verb", typed="xyzzy")
    assert await s.celebrations() == []
