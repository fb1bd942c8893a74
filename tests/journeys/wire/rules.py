"""Rewards that come by rules: what everybody may ask, and what administrators see and start."""

from tests.journeys.wire.table import Stage, journey


@journey("how", "done")
async def what_a_badge_asks_for(s: Stage) -> None:
    answer = await s.say("ana", "/laurel how Happy Day")
    s.tells(answer, "how.missing", count=1)
    s.tells(answer, "rules.Birthday")
    s.tells(await s.say("ana", "/laurel how Team Player"), "how.by_hand")


@journey("how", "refused")
async def of_a_badge_that_is_not_there(s: Stage) -> None:
    answer = await s.say("ana", "/laurel how Happy Dai")
    s.tells(answer, "refusals.unknown_reward_near", typed="Happy Dai", near="Happy Day")
    s.hands_back(answer, "/laurel how Happy Dai")


@journey("reward", "done")
async def a_preview_and_a_run(s: Stage) -> None:
    s.tells(await s.say("eve", "/laurel reward preview Happy Day"), "reward.would_reach", count=0)
    s.tells(await s.say("eve", "/laurel reward run Happy Day"), "reward.ordered")
    s.world.types("Mar 2, 2026, 10:00 (Europe/Madrid)")  # a cell that is a date is no sentence
    s.tells(await s.say("eve", "/laurel reward history Happy Day"), "reward.when")
    s.tells(await s.say("eve", "/laurel reward jobs"), "reward.no_jobs")
    s.tells(await s.say("eve", "/laurel reward"), "reward.help")


@journey("reward", "refused")
async def of_a_member(s: Stage) -> None:
    for line in ("/laurel reward run Happy Day", "/laurel reward jobs", "/laurel reward"):
        s.tells(await s.say("ana", line), "refusals.admins_only")
