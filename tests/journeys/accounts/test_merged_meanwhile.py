"""Two people become one while somebody is in the middle of something: it goes on with the one who was kept."""

import pytest

from tests.journeys.wire.seen import GENERAL
from tests.journeys.wire.table import Stage
from tests.journeys.wire.thanking import WORDS

pytestmark = [
    pytest.mark.parametrize("language", ["en"]),
    pytest.mark.parametrize("backend", ["sqlite"]),
]
CHANNELS = pytest.mark.parametrize("channel", ["web", "slack", "telegram"])
MERGE = "/laurel merge {bob} into {carla}"


@pytest.mark.parametrize("channel", ["slack", "telegram"])
async def test_a_form_for_who_goes_thanks_who_stays(stage: Stage) -> None:
    form = await stage.ask("ana", "/kudos {bob}")
    assert form.fields["receivers"] == ("Bob Roe",)
    await stage.say("eve", MERGE, GENERAL)
    stage.hand.form = form
    stage.tells(await stage.fill("ana", {"words": WORDS}), "kudos.given", receivers="Carla Díaz")


@CHANNELS
async def test_who_was_chosen_among_several_may_be_somebody_else_now(stage: Stage) -> None:
    form = await stage.ask("ana", f"/kudos @Sam {WORDS}")
    await stage.say("eve", "/laurel merge {stone} into {carla}", GENERAL)
    stage.hand.form = form
    answer = await stage.fill("ana", {"receivers": "Sam Stone"})
    stage.tells(answer, "kudos.given", receivers="Carla Díaz")


@pytest.mark.parametrize("channel", ["slack", "telegram"])
async def test_their_own_form_is_sent_by_who_they_are_now(stage: Stage) -> None:
    form = await stage.ask("bob", "/kudos {ana}")
    await stage.say("eve", MERGE, GENERAL)
    stage.hand.form = form
    await stage.fill("bob", {"words": WORDS})
    [card] = await stage.celebrations()
    stage.tells(card, "kudos.thanked", giver="Carla Díaz", receivers="Ana López")


@CHANNELS
async def test_what_who_goes_gave_is_taken_back_by_who_stays(stage: Stage) -> None:
    await stage.say("bob", f"/kudos {{ana}} {WORDS}", GENERAL)
    await stage.say("eve", MERGE, GENERAL)
    stage.tells(await stage.say("carla", "/laurel undo"), "undo.kudos", receivers="Ana López")
    [card] = await stage.celebrations()
    stage.tells(card, "kudos.taken_back")
