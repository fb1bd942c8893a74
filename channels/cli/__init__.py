"""The command line: one file a command, listed by `app.py`."""

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.words import Copy
from engine.db import Sessions
from engine.errors import Refused


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a command may use. It is made after the arguments were read and closed when the command ends."""

    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CliCommand:
    """`run` returns the exit code: 0 done, 1 done with rows left out, 2 nothing done."""

    name: str  # words parted by a space: "people import"
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Runtime], Awaitable[int]]


def arrange(verbs: "_SubParsersAction[ArgumentParser]", commands: Iterable[CliCommand]) -> dict[str, CliCommand]:
    """Give each command its parser ("people import" sits under "people"); the parsed `command` is its name."""
    groups: dict[str, _SubParsersAction[ArgumentParser]] = {}
    for command in commands:
        group, _, verb = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = verbs.add_parser(group).add_subparsers(required=True)
        parser = (groups[group] if group else verbs).add_parser(verb, help=command.summary)
        command.arguments(parser)
        parser.set_defaults(command=command.name)
    return {command.name: command for command in commands}


def explain(problem: Exception) -> str:
    """The problem in plain words, without a trace and without values that may be secret."""
    if isinstance(problem, ValidationError):
        return "\n".join(f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}".strip(": ") for e in problem.errors())
    if isinstance(problem, Refused):
        return Copy("en").line(f"refusals.{problem.reason}", **problem.details)
    if isinstance(problem, UnicodeDecodeError):
        return "the .env file is not written in UTF-8"
    if isinstance(problem, ConnectionError):
        return "the database does not answer: is the server running, and are host and port in DATABASE_URL right?"
    if isinstance(problem, SQLAlchemyError):
        return f"the database does not answer as it should ({type(problem).__name__})"
    return str(problem)
