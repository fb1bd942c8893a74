"""The edge of what is made behind everybody's back: one fault must not stop the rest, and is tried again."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Update

from engine.db.connection import SessionFactory

RETRY_DELAY = timedelta(seconds=30)  # after something was broken off

log = logging.getLogger(__name__)


async def make_guarded(
    writing: SessionFactory,
    work: Awaitable[object],
    put_off: Callable[[datetime], Update],
    *,
    name: str,
    clock: Callable[[], datetime],
) -> None:
    """Do the work called `name`. Whatever goes wrong is logged, and the work is put off until a little later.

    `put_off` builds the statement that does so from the time of the next try. Raises what the database raises if it
    cannot be written: the work then waits until its lease ends.
    """
    try:
        await work
    except Exception:
        log.exception("a job was broken off", extra={"action": "tick_failed", "job": name})
        async with writing.begin() as session:
            await session.execute(put_off(clock() + RETRY_DELAY), execution_options={"synchronize_session": False})
