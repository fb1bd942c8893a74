"""Showing the celebrations of everywhere in a place."""

from tests.journeys.wire.seen import GENERAL, PRIVATE, WINS
from tests.journeys.wire.table import Stage, journey
from tests.journeys.wire.thanking import TYPED, WORDS


@journey("announce", "done")
async def here_and_off(s: Stage) -> None:
    await s.say("eve", "/laurel announce here", WINS)
    s.tells_of_place(s.hand, "announce.now_on")
    [told] = await s.hand.public(WINS)
    s.tells(told, "announce.now_on")
    await s.say("eve", "/laurel announce here", WINS)
    s.tells_of_place(s.hand, "announce.was_on")
    await s.say("ana", TYPED, GENERAL)
    assert len(await s.celebrations(GENERAL)) == 1
    [shown] = await s.celebrations(WINS)
    assert WORDS in shown.text
    await s.say("eve", "/laurel announce", WINS)
    s.tells_of_place(s.hand, "announce.is_on")
    await s.say("eve", "/laurel announce off", WINS)
    s.tells_of_place(s.hand, "announce.now_off")
    await s.say("ana", f"/kudos {{carla}} {WORDS} too", GENERAL)
    assert len(await s.celebrations(GENERAL)) == 2
    assert len(await s.celebrations(WINS)) == 1


@journey("announce", "refused")
async def by_a_member(s: Stage) -> None:
    for line in ("/laurel announce here", "/laurel announce off", "/laurel announce"):
        s.tells(await s.say("ana", line, WINS), "refusals.admins_only")
    await s.say("ana", TYPED, GENERAL)
    assert await s.celebrations(WINS) == []


@journey("announce", "refused")
async def in_private(s: Stage) -> None:
    s.tells(await s.say("eve", "announce here", PRIVATE), "refusals.no_place")
