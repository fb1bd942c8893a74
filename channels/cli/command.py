"""The command line: one file a command, listed by `app.py`."""

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from channels.server.environment import Environment
from engine.db.connection import SessionFactory


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a command may use. It is made after the arguments were read and closed when the command ends."""

    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CliCommand:
    """`run` returns the exit code: 0 done, 1 done with rows left out, 2 nothing done."""

    name: str  # words parted by a space: "people import"
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Runtime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class OfflineCommand:
    """One that needs no database; the same exit codes."""

    name: str
    summary: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Environment], Awaitable[int]]


ShellCommand = CliCommand | OfflineCommand


def add_command_parsers(
    verbs: "_SubParsersAction[ArgumentParser]", commands: Iterable[ShellCommand]
) -> dict[str, ShellCommand]:
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
