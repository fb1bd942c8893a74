"""The journeys on the wire are the dearest tests: they grow with the commands, and never with their product."""

from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import JOURNEYS, OUTCOMES
from tests.journeys.wire.test_wire import RUNS


def test_a_journey_runs_at_most_once_on_a_channel() -> None:
    once = {(journey.name, channel) for journey, channel, *_ in RUNS}
    assert len(RUNS) == len(once) <= len(JOURNEYS) * len(CHANNELS)


def test_a_command_brings_at_most_eight_journeys_on_the_wire_and_two_of_them_on_average() -> None:
    verbs = {journey.verb for journey in JOURNEYS}
    assert len(RUNS) <= 2 * len(OUTCOMES) * len(CHANNELS) * len(verbs)
