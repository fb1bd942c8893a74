"""What the tests of runs share."""

import pytest

from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.engine.runs.mill import Mill


@pytest.fixture
def mill(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Mill:
    return Mill(writing, reading, clock)
