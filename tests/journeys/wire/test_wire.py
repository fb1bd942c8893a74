"""Every command, done and refused, on every channel, from the wire to the wire and back."""

from itertools import product

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import PSEUDO_LANGUAGE
from tests.journeys.wire import asking, badges, places, taking_back, thanking, who
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import JOURNEYS, OUTCOMES, Journey, Stage

FILES = (asking, badges, places, taking_back, thanking, who)  # they fill the table
CORE = (  # these run in Spanish too
    thanking.in_one_line,
    thanking.through_the_form,
    thanking.beyond_the_allowance,
    badges.in_one_line,
    badges.a_second_time,
    asking.the_entries,
    asking.every_command_is_named,
    taking_back.by_the_button_of_an_answer_to_a_form,
    taking_back.too_late,
    taking_back.through_the_form,
    places.here_and_off,
    who.the_last_account_after_a_warning,
    who.two_who_are_one,
)
SETTINGS = [("postgres", "en"), ("sqlite", PSEUDO_LANGUAGE)]  # no statement knows a language
CORE_SETTINGS = [*SETTINGS, ("sqlite", "es")]
RUNS = [
    (journey, channel, backend, language)
    for journey, channel in product(JOURNEYS, CHANNELS)
    for backend, language in (CORE_SETTINGS if journey.act in CORE else SETTINGS)
]


@pytest.mark.parametrize(
    ("journey", "channel", "backend", "language"), RUNS, ids=lambda part: getattr(part, "name", part)
)
async def test_a_journey(journey: Journey, stage: Stage) -> None:
    await journey.act(stage)


@pytest.mark.parametrize("wanted", SETTINGS)
def test_every_command_is_done_and_refused_on_every_channel(wanted: tuple[str, str]) -> None:
    covered = {
        (journey.verb, journey.outcome, channel) for journey, channel, *setting in RUNS if tuple(setting) == wanted
    }
    assert covered == set(product((verb.name for verb in ALL_COMMANDS), OUTCOMES, CHANNELS))
