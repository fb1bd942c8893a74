"""Laurel as processes of their own, started as a deployment starts them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import PATIENCE

APP = Path("app.py").absolute()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Nothing but what is named: no variable of the one who runs the tests reaches the process."""
    return {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{folder}/laurel.db", "STOP_AFTER": "0"} | variables


def run(folder: Path, *typed: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(APP), *typed]
    return subprocess.run(
        command,
        env=environment(folder, **variables),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A process that serves; yields it with the lines that it said until it was ready. It has to end well."""
    command = [sys.executable, str(APP), "serve", "--demo"]
    process = subprocess.Popen(
        command,
        env=environment(folder, **({"PORT": str(free_port())} | variables)),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not any(line.startswith("Laurel is ready") for line in said) and (line := process.stdout.readline()):
            said.append(line.rstrip("\n"))
        yield process, said
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[list[str]]:
    """A process that serves; yields the lines that it said until it was ready."""
    with started(folder, **variables) as (_, said):
        yield said
