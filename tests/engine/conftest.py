"""What the tests of the engine share."""

import pytest

from engine.db.connection import DatabaseSession
from tests import people
from tests.office import Office


@pytest.fixture
async def office(session: DatabaseSession) -> Office:
    ana, bob, eve = [await people.add(session, name) for name in ("Ana López", "Bob Stone", "Eve Adams")]
    return Office(session, ana, bob, eve)


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """Whatever stands here is true of both databases."""
    return str(request.param)
