"""The command line: one file a command, listed by `app.py`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from engine.db import Sessions


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
