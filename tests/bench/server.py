"""Laurel and the floors as processes of their own, as they would be deployed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import SECRET
from tests.platforms.slack import TOKEN

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Server:
    """A running server that takes signed Slack requests at `url`."""

    process: Process
    url: str

    def sleep(self) -> None:
        """Take no processor time from the others."""
        self.process.send_signal(signal.SIGSTOP)

    def awake(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def laurel(port: int, *, database: str, slack_api: str) -> AsyncIterator[Server]:
    """`python app.py serve` on a database that is up to date; `slack_api` is where it believes Slack to be."""
    environment = {
        "DATABASE_URL": database,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "REDIS_URL": "",
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack_api,
    }
    async with _running(port, ("app.py", "serve"), environment) as server:
        yield server


@asynccontextmanager
async def floor(port: int, *, mode: str, database: str) -> AsyncIterator[Server]:
    """A floor (`tests/bench/floor_server.py`)."""
    async with _running(port, ("-m", "tests.bench.floor_server", str(port), mode, database), {}) as server:
        yield server


@asynccontextmanager
async def _running(port: int, arguments: tuple[str, ...], environment: dict[str, str]) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.DEVNULL
    )
    server = Server(process, f"http://127.0.0.1:{port}/slack/events")
    try:
        await _answers(process, port)
        yield server
    finally:
        if process.returncode is None:
            server.awake()
            process.terminate()
        await process.wait()


async def _answers(process: Process, port: int) -> None:
    async with asyncio.timeout(STARTS_WITHIN):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise RuntimeError(f"the server on port {port} ended with {process.returncode}")
