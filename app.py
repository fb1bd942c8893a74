"""Settings and wiring: the only place that knows everything."""

import asyncio
import random
import secrets
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError
from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import TableConversations
from bot.dialogs.table import VERBS
from bot.dispatch import Bot
from bot.pace import MemoryPace
from bot.relay import Relay
from channels import logs, probes
from channels.cli import CliCommand, Runtime, arrange, explain
from channels.cli.demo import load_demo
from channels.cli.load import LOAD
from channels.cli.people import IMPORT_PEOPLE
from channels.cli.settings import SETTINGS
from channels.environment import Environment, is_loopback
from channels.health import Health
from channels.redis.conversations import RedisConversations
from channels.redis.pace import RedisPace
from channels.slack.adapter import Slack
from channels.web.adapter import Web
from channels.web.guard import loopback_hosts
from engine import db, migrations, people, settings
from engine.errors import BadInput, Refused

COMMANDS: tuple[CliCommand, ...] = (LOAD, IMPORT_PEOPLE, SETTINGS)
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def build(environment: Environment, *, clock: Clock = utc_now) -> web.Application:
    """The whole of Laurel as one aiohttp application. Nothing is connected before it starts."""
    app = web.Application(client_max_size=1024 * 1024)
    database = connect(environment)
    redis = Redis.from_url(environment.redis_url) if environment.redis_url else None
    writing, reading = db.sessions(database), db.reading(database)
    bot = Bot(
        writing=writing,
        reading=reading,
        conversations=RedisConversations(redis) if redis else TableConversations(writing, reading, clock),
        verbs=VERBS,
        clock=clock,
        key=b"",
    )
    channels = {channel.name: channel for channel in _channels(environment, bot, clock)}
    pace = RedisPace(redis) if redis else MemoryPace(clock)
    relay = Relay(writing, reading, channels, clock, random.Random(), pace)  # noqa: S311 - jitter, not a secret
    bot.wake = relay.wake
    for channel in channels.values():
        channel.routes(app)
    Health(
        vital={"database": probes.database(database)},
        others={"relay": probes.relay(relay)}
        | ({"redis": probes.redis(redis)} if redis else {})
        | {name: probes.channel(channel) for name, channel in channels.items()},
        token=None if is_loopback(environment.host) else environment.operations_token.get_secret_value(),
    ).routes(app)

    async def life(app: web.Application) -> AsyncIterator[None]:
        async with writing.begin() as session:
            bot.key = relay.key = await settings.secret_key(session, secrets.token_hex(32))
            await settings.propose_timezone(session, environment.timezone, clock())
            await people.make_admins(session, environment.admin_emails, clock())
        for channel in channels.values():
            await channel.start()
        task = asyncio.create_task(relay.run())
        yield
        await relay.stop()
        await task
        for channel in channels.values():
            await channel.stop()
        if redis:
            await redis.aclose()
        await database.dispose()

    app.cleanup_ctx.append(life)
    return app


def connect(environment: Environment) -> AsyncEngine:
    """The database; the folder of an SQLite file is made where it is missing."""
    if environment.embedded and (file := make_url(environment.database_url).database):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    return db.connect(environment.database_url)


def _channels(environment: Environment, bot: Bot, clock: Clock) -> Iterator[Slack | Web]:
    if environment.serves_web_chat:
        yield Web(bot, hosts=loopback_hosts(environment.port))
    if token := environment.slack_bot_token.get_secret_value():
        yield Slack(
            bot,
            token=token,
            signing_secret=environment.slack_signing_secret.get_secret_value(),
            writing=bot.writing,
            reading=bot.reading,
            clock=clock,
            api_url=environment.slack_api_url or None,
        )


async def migrate(environment: Environment) -> None:
    database = connect(environment)
    await migrations.upgrade(database)
    await database.dispose()


async def serve(environment: Environment, *, demo: bool) -> None:
    """Serve until a signal comes. An embedded database is migrated first; another must be up to date."""
    database = connect(environment)
    if environment.embedded:
        await migrations.upgrade(database)
    elif await migrations.pending(database):
        raise BadInput("the database is not up to date: run `python app.py migrate` first")
    if demo and environment.embedded:
        await load_demo(Runtime(db.sessions(database), db.reading(database), utc_now))
    await database.dispose()
    runner = web.AppRunner(build(environment), access_log=None, shutdown_timeout=20)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await runner.setup()
    await web.TCPSite(runner, environment.host, environment.port).start()
    print(f"Laurel is ready: {environment.public_url}/", flush=True)
    await stop.wait()
    await runner.cleanup()


async def run(command: CliCommand, given: Namespace, environment: Environment) -> int:
    """One command of the command line, on a database that is up to date."""
    database = connect(environment)
    if environment.embedded:
        await migrations.upgrade(database)
    try:
        return await command.run(given, Runtime(db.sessions(database), db.reading(database), utc_now))
    finally:
        await database.dispose()


def main() -> int:
    """The command line; returns its exit code."""
    parser = ArgumentParser(prog="laurel", description="A chat-first recognition bot.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="serve every channel").add_argument(
        "--demo", action="store_true", help="load the demo data into an empty SQLite database first"
    )
    verbs.add_parser("migrate", help="bring the database up to date")
    by_name = arrange(verbs, COMMANDS)
    given = parser.parse_args()
    try:
        environment = Environment()
        logs.configure(environment.log_format)
        match given.verb:
            case "serve":
                asyncio.run(serve(environment, demo=given.demo))
            case "migrate":
                asyncio.run(migrate(environment))
            case _:
                return asyncio.run(run(by_name[given.command], given, environment))
    except (BadInput, Refused, ValidationError) as problem:
        print(explain(problem), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
