from engine import settings
from engine.db import Session


async def test_the_defaults_hold_where_nothing_was_set(session: Session) -> None:
    assert (await settings.load(session)).undo_minutes == 10
