from engine.admin import settings as admin_settings
from engine.db.connection import Session


async def test_the_defaults_hold_where_nothing_was_set(session: Session) -> None:
    assert (await admin_settings.load(session)).undo_minutes == 10
