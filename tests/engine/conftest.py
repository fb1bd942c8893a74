"""What the tests of the engine share."""

import pytest

from engine.db.connection import Session
from tests import people
from tests.office import Office


@pytest.fixture
async def office(session: Session) -> Office:
    ana, bob, eve = [await people.add(session, name) for name in ("Ana López", "Bob Stone", "Eve Adams")]
    return Office(session, ana, bob, eve)
