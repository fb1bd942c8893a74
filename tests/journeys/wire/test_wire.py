"""Every command, done and refused, on every channel, from the wire to the wire and back."""

from collections.abc import Iterator
from itertools import product

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import PSEUDO_LANGUAGE
from tests.journeys.wire import asking, badges, places, rules, taking_back, thanking, who
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import JOURNEYS, Journey, Stage

FILES = (asking, badges, places, rules, taking_back, thanking, who)  # they fill the table
CORE = (  # these run in Spanish somewhere
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
SETTINGS = (("sqlite", PSEUDO_LANGUAGE), ("postgres", "en"))  # no statement knows a language
REFUSED_EVERYWHERE = (  # the others are refused on one channel each: refusals are rendered alike
    thanking.oneself,
    thanking.a_form_keeps_what_was_typed,
    badges.a_second_time,
    taking_back.too_late,
)


def runs() -> Iterator[tuple[Journey, str, str, str]]:
    """Each journey on its channels; the database and the language go round, and the core runs in Spanish instead."""
    for number, journey in enumerate(JOURNEYS):
        everywhere = journey.outcome == "done" or journey.act in REFUSED_EVERYWHERE
        for at, channel in enumerate(CHANNELS if everywhere else [CHANNELS[number % len(CHANNELS)]]):
            backend, language = SETTINGS[(number // 2 + at) % len(SETTINGS)]
            spanish = journey.act in CORE and at == number % len(CHANNELS)
            yield journey, channel, backend, "es" if spanish else language


RUNS = list(runs())


@pytest.mark.parametrize(
    ("journey", "channel", "backend", "language"), RUNS, ids=lambda part: getattr(part, "name", part)
)
async def test_a_journey(journey: Journey, stage: Stage) -> None:
    await journey.act(stage)


def test_every_command_is_done_on_every_channel_and_refused_on_some() -> None:
    done = {(journey.verb, channel) for journey, channel, *_ in RUNS if journey.outcome == "done"}
    assert done == set(product((verb.name for verb in ALL_COMMANDS), CHANNELS))
    assert {journey.verb for journey, *_ in RUNS if journey.outcome == "refused"} == {
        verb.name for verb in ALL_COMMANDS
    }


def test_each_channel_meets_each_database_and_each_language() -> None:
    assert {(channel, backend) for _, channel, backend, _ in RUNS} == set(product(CHANNELS, ("sqlite", "postgres")))
    assert {(channel, language) for _, channel, _, language in RUNS} == set(
        product(CHANNELS, ("en", "es", PSEUDO_LANGUAGE))
    )
