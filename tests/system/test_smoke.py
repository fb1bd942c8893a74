import pytest

from engine.admin.settings import load_settings
from engine.db.connection import DatabaseSession

pytestmark = pytest.mark.process


async def test_the_defaults_hold_where_nothing_was_set(session: DatabaseSession) -> None:
    assert (await load_settings(session)).undo_minutes == 10
