"""The command line: each command has its own file, and `app.py` lists them."""

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from channels.server.environment import Environment
from engine.db.connection import SessionFactory


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a command may use. It is built after the arguments are parsed, and closed when the command ends."""

    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CliCommand:
    """A command on the database.

    `run` returns the exit code: 0 all done, 1 done in part, 2 nothing done.
    """

    name: str  # one or two words: "people import"
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Runtime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class OfflineCommand:
    """A command that needs no database, with the same exit codes."""

    name: str
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Environment], Awaitable[int]]


ShellCommand = CliCommand | OfflineCommand


def add_command_parsers(
    verbs: "_SubParsersAction[ArgumentParser]", commands: Iterable[ShellCommand]
) -> dict[str, ShellCommand]:
    """Add a parser for each command ("people import" becomes `import` under `people`).

    Return the commands by name; the parsed `command` is the name.
    """
    groups: dict[str, _SubParsersAction[ArgumentParser]] = {}
    for command in commands:
        group, _, verb = command.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = verbs.add_parser(group).add_subparsers(required=True)
        parser = (groups[group] if group else verbs).add_parser(verb, help=command.summary)
        command.arguments(parser)
        parser.set_defaults(command=command.name)
    return {command.name: command for command in commands}
