"""What was typed becomes a command that runs on a database that is up to date."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from channels import logs, serving
from channels.cli import CliCommand, Runtime, arrange, explain
from channels.cli.demo import load_demo
from channels.environment import Environment
from engine import db, migrations, settings
from engine.errors import BadInput, Refused

Clock = Callable[[], datetime]


def run(typed: Sequence[str], commands: Iterable[CliCommand], build: serving.Build, clock: Clock) -> int:
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
        logs.configure(environment.log_format)
        return asyncio.run(_run(given, by_name, environment, build, clock))
    except (BadInput, Refused, ValidationError, SQLAlchemyError, OSError, UnicodeDecodeError) as problem:
        print(explain(problem), file=sys.stderr)
        return 2


async def _run(
    given: Namespace,
    by_name: Mapping[str, CliCommand],
    environment: Environment,
    build: serving.Build,
    clock: Clock,
) -> int:
    database = serving.connect(environment)
    runtime = Runtime(db.sessions(database), db.reading(database), clock)
    try:
        if given.verb == "migrate":
            await migrations.upgrade(database)
            print("the database is up to date")
            return 0
        await serving.prepare(environment, database)
        async with runtime.writing.begin() as session:
            await settings.propose_timezone(session, environment.timezone, clock())
        if given.verb != "serve":
            return await by_name[given.command].run(given, runtime)
        if given.demo and environment.embedded:
            await load_demo(runtime)
    finally:
        await database.dispose()
    await serving.serve(environment, build)
    return 0
