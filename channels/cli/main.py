"""The command line: parse the arguments, bring the database up to date, run the command."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from channels.cli.command import OfflineCommand, Runtime, ShellCommand, add_command_parsers
from channels.cli.demo import load_demo
from channels.cli.error_messages import EXPECTED_ERRORS, explain_error
from channels.server import serving as server_serving
from channels.server.environment import Environment
from channels.server.logs import configure_logging
from channels.server.serving import connect_database, get_loop_factory, prepare_database, serve_app
from engine.admin.first_admins import store_first_admins
from engine.admin.settings import propose_timezone
from engine.db.connection import build_read_sessions, build_sessions
from engine.migrations import upgrade_schema

Clock = Callable[[], datetime]


def run_command(
    typed: Sequence[str], commands: Iterable[ShellCommand], build: server_serving.AppBuilder, clock: Clock
) -> int:
    """Run one command and return its exit code.

    After an expected error, print its sentence to standard error and return 2.
    """
    parser = ArgumentParser(prog="laurel", description="A chat-first recognition bot.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="serve every channel").add_argument(
        "--demo", action="store_true", help="load the demo data into an empty SQLite database first"
    )
    verbs.add_parser("migrate", help="bring the database up to date")
    by_name = add_command_parsers(verbs, commands)
    given = parser.parse_args(typed)
    try:
        environment = Environment()
        configure_logging(environment.log_format)
        with asyncio.Runner(loop_factory=get_loop_factory()) as runner:
            return runner.run(_run(given, by_name, environment, build, clock))
    except EXPECTED_ERRORS as problem:
        print(explain_error(problem), file=sys.stderr)
        return 2


async def _run(
    given: Namespace,
    by_name: Mapping[str, ShellCommand],
    environment: Environment,
    build: server_serving.AppBuilder,
    clock: Clock,
) -> int:
    command = by_name.get(getattr(given, "command", ""))
    if isinstance(command, OfflineCommand):
        return await command.run(given, environment)
    database = connect_database(environment)
    runtime = Runtime(build_sessions(database), build_read_sessions(database), clock)
    try:
        if given.verb == "migrate":
            await upgrade_schema(database)
            print("the database is up to date")
            return 0
        await prepare_database(environment, database)
        async with runtime.writing.begin() as session:
            await propose_timezone(session, environment.timezone, clock())
            if environment.admin_emails:  # a shell without ADMINS leaves the stored ones in place
                await store_first_admins(session, environment.admin_emails, clock())
        if command:
            return await command.run(given, runtime)
        if given.demo:
            await _demo(environment, runtime)
    finally:
        await database.dispose()
    await serve_app(environment, build)
    return 0


async def _demo(environment: Environment, runtime: Runtime) -> None:
    """Load the demo data, or print why it was not loaded."""
    if not environment.embedded:
        print("The demo data was not loaded: it goes into SQLite only, and DATABASE_URL names another database.")
    elif not await load_demo(runtime):
        print("The demo data was not loaded: there are people in the database already, and they are kept.")
