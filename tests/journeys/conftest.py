"""An office for the journeys, once in English and once in the generated locale."""

import pytest

from bot.words import PSEUDO
from engine.db import Sessions
from tests.conftest import Clock
from tests.journeys.talking import Office, opened


@pytest.fixture(params=["en", PSEUDO])
async def office(request: pytest.FixtureRequest, writing: Sessions, reading: Sessions, clock: Clock) -> Office:
    return await opened(writing, reading, clock, request.param)
