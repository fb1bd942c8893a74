"""The process: connect the database, serve until a signal, then stop in order."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.server.connections import ConnectionGuard, ConnectionLimits
from channels.server.environment import Environment
from channels.server.health import HEALTH_KEY
from engine.db.connection import build_engine
from engine.errors import BadInput
from engine.migrations import is_schema_behind, upgrade_schema

SHUTDOWN_GRACE_S = 20  # seconds for open requests to end
LISTEN_BACKLOG = 128  # connections waiting to be accepted

log = logging.getLogger(__name__)

AppBuilder = Callable[[Environment], web.Application]


def connect_database(environment: Environment) -> AsyncEngine:
    """Build the database engine, and create the folder of an SQLite file.

    Raises BadInput if the folder cannot be created.
    """
    file = make_url(environment.database_url).database or ""
    if environment.embedded and not file.startswith("file:"):  # a URI in SQLite's own format
        folder = Path(file).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"DATABASE_URL: the folder {folder} cannot be made: {error.strerror}") from None
    return build_engine(environment.database_url, pool_size=environment.database_pool_size)


async def prepare_database(environment: Environment, database: AsyncEngine) -> None:
    """Migrate an embedded database; check that another one is up to date.

    Raises BadInput if it is not.
    """
    if environment.embedded:
        await upgrade_schema(database)
    elif await is_schema_behind(database):
        raise BadInput("the database is not up to date: run `.venv/bin/python app.py migrate` first")


def get_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop, or None for asyncio's own if uvloop is missing (Windows)."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


async def serve_app(environment: Environment, build: AppBuilder) -> None:
    """Serve until SIGINT or SIGTERM; then stop listening, let open requests end, and close every part."""
    signals = _signals()
    with _listening(environment) as listener:
        environment = environment.at_port(listener.getsockname()[1])
        app = build(environment)
        async with listen(app, listener, ConnectionLimits()):
            for line in list_start_lines(environment):
                print(line, flush=True)  # noqa: T201 - for the person who starts it
            first = await signals.get()
            app[HEALTH_KEY].stopping = True
            if first is signal.SIGTERM:  # SIGINT comes from a keyboard, and ends at once
                await _linger(signals, environment.stop_after or 0)


@asynccontextmanager
async def listen(app: web.Application, listener: socket.socket, limits: ConnectionLimits) -> AsyncIterator[None]:
    """Start every part of the application and serve it at `listener`. Close everything on exit."""
    guard = ConnectionGuard(limits)
    app.middlewares.insert(0, guard.time_body)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_GRACE_S,
        keepalive_timeout=limits.keep_alive_s,
        lingering_time=limits.lingering_s,
    )
    await runner.setup()
    try:
        assert runner.server
        protocols = guard.watch(runner.server)
        site = await asyncio.get_running_loop().create_server(protocols, sock=listener, backlog=LISTEN_BACKLOG)
        try:
            yield
        finally:
            site.close()
    finally:
        await runner.cleanup()


def _signals() -> asyncio.Queue[signal.Signals]:
    """Return a queue that collects each SIGINT and SIGTERM from now on."""
    told: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.put_nowait, name)
    return told


async def _linger(signals: asyncio.Queue[signal.Signals], seconds: float) -> None:
    """Wait until the load balancer has noticed the shutdown, or until another signal comes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await signals.get()


def list_start_lines(environment: Environment) -> Iterator[str]:
    """Yield the lines for the person who starts the server: why there is no web chat, and the addresses."""
    if environment.web_chat_is_off:
        yield (
            f"The web chat is off, there is no page at /: {environment.web_chat_is_off}. "
            "It takes ENVIRONMENT=development, HOST=127.0.0.1 and WEB_CHAT=true."
        )
    if environment.public_url != environment.own_url:
        yield f"Listening on {environment.own_url}/"
    yield f"Laurel is ready: {environment.public_url}/"


def _listening(environment: Environment) -> socket.socket:
    """Open the socket of HOST and PORT; PORT=0 takes a free one. Raises BadInput if it cannot be opened."""
    host = environment.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, environment.port), family=family, backlog=LISTEN_BACKLOG)
    except OSError as error:
        why = (error.strerror or "it cannot be used").partition(" (")[0].lower()
        raise BadInput(f"HOST={host} with PORT={environment.port} cannot be listened on: {why}") from None


def warn_missing_admins(named: Sequence[str], missing: Collection[str]) -> None:
    """Warn about addresses in ADMINS without an active person.

    They are named by their position, because logs hold no e-mail addresses.
    """
    if missing:
        places = ", ".join(str(place) for place, email in enumerate(named, 1) if email in missing)
        log.warning(
            "ADMINS: %d of %d addresses belong to no active colleague in the directory (by their order: %s); "
            "whom `people import` brings later becomes an administrator then",
            len(missing),
            len(named),
            places,
        )
