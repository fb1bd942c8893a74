"""Whatever arrives four times happens once, and is answered as at first."""

from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import GENERAL, WINS
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import Stage
from tests.journeys.wire.taking_back import REASON, number_in
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.journeys.wire.web import WebHand

TIMES = 3
Check = Callable[[], Awaitable[None]]
Turn = Callable[[Stage], Awaitable[Check]]
"""Comes to the turn that is sent again, and returns what must hold afterwards."""


async def a_line_of_thanks(s: Stage) -> Check:
    await s.say("ana", TYPED)
    return lambda: holds(s, bob=3, ana=0, cards=1)


async def a_mention_of_the_bot(s: Stage) -> Check:
    await s.say("ana", f"@Laurel kudos {{bob}} {WORDS}")
    return lambda: holds(s, bob=3, ana=0, cards=1)


async def a_form_of_thanks(s: Stage) -> Check:
    await s.ask("ana", "/kudos")
    await s.fill("ana", {"receivers": ["bob"], "words": WORDS})
    return lambda: holds(s, bob=3, ana=0, cards=1)


async def a_line_with_a_badge(s: Stage) -> Check:
    await s.say("ana", "/badge {bob} Bright Idea for the plan")  # it may be given as often as one likes
    return lambda: holds(s, bob=1, ana=1, cards=1)


async def a_form_with_a_badge(s: Stage) -> Check:
    await s.ask("ana", "/badge")
    await s.fill("ana", {"receivers": ["bob"], "reward": "Bright Idea", "words": "for the plan"})
    return lambda: holds(s, bob=1, ana=1, cards=1)


async def a_refused_badge(s: Stage) -> Check:
    await s.say("carla", GIVEN)
    await s.say("ana", GIVEN)
    return lambda: holds(s, bob=10, ana=0, cards=1)


async def the_undo_button(s: Stage) -> Check:
    given = await s.say("ana", TYPED)
    await s.press("ana", "kudos.undo", given)
    return lambda: holds(s, bob=0, ana=0)


async def the_undo_command(s: Stage) -> Check:
    await s.say("ana", GIVEN)
    await s.say("ana", TYPED)
    await s.say("ana", "/laurel undo")
    return lambda: holds(s, bob=10, ana=1)


async def announcing(s: Stage) -> Check:
    await s.say("eve", "/laurel announce here", WINS)
    s.tells_of_place(s.hand, "announce.now_on")

    async def follows() -> None:
        await s.say("ana", TYPED)
        assert len(await s.celebrations(WINS)) == 1

    return follows


async def announcing_no_more(s: Stage) -> Check:
    await s.say("eve", "/laurel announce here", WINS)
    await s.say("eve", "/laurel announce off", WINS)
    s.tells_of_place(s.hand, "announce.now_off")

    async def is_quiet() -> None:
        await s.say("ana", TYPED)
        assert await s.celebrations(WINS) == []

    return is_quiet


async def a_revocation(s: Stage) -> Check:
    await s.say("ana", GIVEN)
    number = number_in(await s.ask("eve", "/laurel revoke"))
    await s.say("eve", f"/laurel revoke {number} {REASON}")
    return lambda: holds(s, bob=0, ana=0)


async def a_form_of_revoking(s: Stage) -> Check:
    await s.say("ana", GIVEN)
    await s.ask("eve", "/laurel revoke")
    await s.fill("eve", {"award": "Team Player", "reason": REASON})
    return lambda: holds(s, bob=0, ana=0)


async def holds(s: Stage, *, bob: int, ana: int, cards: int | None = None) -> None:
    """Fail unless they have so many points, and so many cards are there (a gift taken back may have shown none)."""
    shown = await s.celebrations()
    assert len(shown) == cards or cards is None
    await s.points("bob", bob)
    await s.points("ana", ana)


TURNS: tuple[Turn, ...] = (
    a_line_of_thanks,
    a_mention_of_the_bot,
    a_form_of_thanks,
    a_line_with_a_badge,
    a_form_with_a_badge,
    a_refused_badge,
    the_undo_button,
    the_undo_command,
    announcing,
    announcing_no_more,
    a_revocation,
    a_form_of_revoking,
)
RUNS = [(turn, channel, "sqlite") for turn, channel in product(TURNS, CHANNELS)]
RUNS += [(turn, channel, "postgres") for turn, channel in product((a_line_of_thanks, a_form_with_a_badge), CHANNELS)]


@pytest.mark.parametrize("language", ["en"])
@pytest.mark.parametrize(("turn", "channel", "backend"), RUNS, ids=lambda part: getattr(part, "__name__", part))
async def test_sent_again_it_happens_once(turn: Turn, stage: Stage) -> None:
    await stage.world.choose(kudos_points=3)
    afterwards = await turn(stage)
    await stage.hand.again(TIMES)
    await afterwards()


@pytest.mark.parametrize(("channel", "backend", "language"), [("web", "sqlite", "en")])
async def test_a_press_that_is_sent_again_shows_no_second_card(stage: Stage) -> None:
    given = await stage.say("ana", TYPED)
    await stage.press("ana", "kudos.undo", given)
    assert isinstance(stage.hand, WebHand)
    await stage.celebrations()
    before = list((await stage.hand.page("ana", GENERAL)).each("li", class_="message"))
    await stage.hand.again(1)
    assert len(list((await stage.hand.page("ana", GENERAL)).each("li", class_="message"))) == len(before)
