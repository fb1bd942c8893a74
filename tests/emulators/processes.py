"""Processes of ours: started, waited for until they listen, ended by their own id."""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 30.0  # seconds
ENDS_WITHIN = 20.0


@asynccontextmanager
async def running(
    arguments: Sequence[str], *, port: int, log: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> AsyncIterator[None]:
    """The process, once it listens on `port` of this machine; all that it says goes to `log`."""
    if await _listens(port):
        raise RuntimeError(f"port {port} is taken: is another run still there?")
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *arguments, cwd=folder, env=os.environ | environment, stdout=out, stderr=out
        )
        try:
            await _ready(process, port, log)
            yield
        finally:
            await _end(process)


async def run(*arguments: str, environment: Mapping[str, str], folder: Path = ROOT) -> None:
    """A command that must succeed. RuntimeError with what it said where it does not."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=folder,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}:\n{said.decode(errors='replace')}")


async def _ready(process: Process, port: int, log: Path) -> None:
    async with asyncio.timeout(STARTS_WITHIN):
        while not await _listens(port):
            if process.returncode is not None:
                raise RuntimeError(f"nothing on port {port}: ended with {process.returncode}, see {log}")
            await asyncio.sleep(0.05)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ENDS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
