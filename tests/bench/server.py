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

from tests.bench.grounds import Ground, Platform

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Server:
    """A running server that takes the platform's requests at `url`, and writes to `database`."""

    process: Process
    url: str
    database: str

    def sleep(self) -> None:
        """Take no processor time from the others."""
        self.process.send_signal(signal.SIGSTOP)

    def awake(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def laurel(port: int, *, database: str, ground: Ground, platform: Platform) -> AsyncIterator[Server]:
    """`python app.py serve` on a database that is up to date, with that one channel."""
    environment = {
        "DATABASE_URL": database,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "REDIS_URL": "",
        "STOP_AFTER": "0",
        **platform.environment,
    }
    process = await _begun("app.py", "serve", **environment)
    async with _running(Server(process, f"http://127.0.0.1:{port}{ground.path}", database), port) as server:
        yield server


@asynccontextmanager
async def floor(port: int, mode: str, *, database: str, ground: Ground, platform: Platform) -> AsyncIterator[Server]:
    """A floor (`tests/bench/floor_server.py`)."""
    told = (str(port), ground.channel, mode, database, platform.api_url)
    process = await _begun("-m", "tests.bench.floor_server", *told)
    async with _running(Server(process, f"http://127.0.0.1:{port}{ground.path}", database), port) as server:
        yield server


async def _begun(*arguments: str, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.DEVNULL
    )


@asynccontextmanager
async def _running(server: Server, port: int) -> AsyncIterator[Server]:
    process = server.process
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
