"""What was typed becomes a command that runs on a database that is up to date."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from channels.cli.command import Command, OfflineCommand, Runtime, arrange
from channels.cli.demo import load_demo
from channels.cli.error_messages import EXPECTED, explain
from channels.server import logs as server_logs
from channels.server import serving as server_serving
from channels.server.environment import Environment
from engine import migrations
from engine.admin import first_admins as admin_first_admins
from engine.admin import settings as admin_settings
from engine.db import connection

Clock = Callable[[], datetime]


def run(typed: Sequence[str], commands: Iterable[Command], build: server_serving.Build, clock: Clock) -> int:
    """Run one command; returns its exit code. 2 with a sentence on standard error where it cannot be done."""
    parser = ArgumentParser(prog="laurel", description="A chat-first recognition bot.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="serve every channel").add_argument(
        "--demo", action="store_true", help="load the demo data into an empty SQLite database first"
    )
    verbs.add_parser("migrate", help="bring the database up to date")
    by_name = arrange(verbs, commands)
    given = parser.parse_args(typed)
    try:
        environment = Environment()
        server_logs.configure(environment.log_format)
        return asyncio.run(_run(given, by_name, environment, build, clock))
    except EXPECTED as problem:
        print(explain(problem), file=sys.stderr)
        return 2


async def _run(
    given: Namespace,
    by_name: Mapping[str, Command],
    environment: Environment,
    build: server_serving.Build,
    clock: Clock,
) -> int:
    command = by_name.get(getattr(given, "command", ""))
    if isinstance(command, OfflineCommand):
        return await command.run(given, environment)
    database = server_serving.connect(environment)
    runtime = Runtime(connection.sessions(database), connection.reading(database), clock)
    try:
        if given.verb == "migrate":
            await migrations.upgrade(database)
            print("the database is up to date")
            return 0
        await server_serving.prepare(environment, database)
        async with runtime.writing.begin() as session:
            await admin_settings.propose_timezone(session, environment.timezone, clock())
            if environment.admin_emails:  # a shell that lacks them takes nothing back
                await admin_first_admins.name(session, environment.admin_emails, clock())
        if command:
            return await command.run(given, runtime)
        if given.demo:
            await _demo(environment, runtime)
    finally:
        await database.dispose()
    await server_serving.serve(environment, build)
    return 0


async def _demo(environment: Environment, runtime: Runtime) -> None:
    """Load the demo data, or say why not: somebody may wait for colleagues who never come."""
    if not environment.embedded:
        print("The demo data was not loaded: it goes into SQLite only, and DATABASE_URL names another database.")
    elif not await load_demo(runtime):
        print("The demo data was not loaded: there are people in the database already, and they are kept.")
