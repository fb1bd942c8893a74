"""From the environment to a process that serves until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.environment import Environment
from engine import db, migrations
from engine.errors import BadInput

GRACE = 20  # seconds that requests under way may take to end

Build = Callable[[Environment], web.Application]


def connect(environment: Environment) -> AsyncEngine:
    """The database; the folder of an SQLite file is made where it is missing."""
    if environment.embedded and (file := make_url(environment.database_url).database):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    return db.connect(environment.database_url)


async def prepare(environment: Environment, database: AsyncEngine) -> None:
    """An embedded database is brought up to date; another one must be. Raises BadInput where it is not."""
    if environment.embedded:
        await migrations.upgrade(database)
    elif await migrations.pending(database):
        raise BadInput("the database is not up to date: run `python app.py migrate` first")


async def serve(environment: Environment, build: Build) -> None:
    """Serve until SIGINT or SIGTERM; then stop listening, let what is under way end, and close every part."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(build(environment), access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        await web.TCPSite(runner, environment.host, environment.port).start()
        print(f"Laurel is ready: {environment.public_url}/", flush=True)  # noqa: T201 - whoever starts it reads this
        await stop.wait()
    finally:
        await runner.cleanup()
