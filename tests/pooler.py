"""PgBouncer in transaction mode before the tests' PostgreSQL, with very few connections to it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from tests import services
from tests.processes import free_port
from tests.waiting import PATIENCE

CONFIGURATION = """
[databases]
* = host={host} port={port} user={user} {password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
"""


@asynccontextmanager
async def pgbouncer(url: str, folder: Path) -> AsyncIterator[URL]:
    """The same database behind a pooler; skips the test where there is none."""
    services.need("pgbouncer")
    real, port = make_url(url), free_port()
    told = CONFIGURATION.format(
        host=real.host,
        port=real.port or 5432,
        user=real.username,
        password=f"password={real.password}" if real.password else "",
        own_port=port,
    )
    file = folder / "pgbouncer.ini"
    file.write_text(told)
    as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        services.pgbouncer() or "", *as_whom, str(file), stderr=asyncio.subprocess.DEVNULL
    )
    behind = real.set(host="127.0.0.1", port=port)
    try:
        await _answers(behind.set(drivername="postgresql").render_as_string(hide_password=False))
        yield behind
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await (await asyncpg.connect(url, statement_cache_size=0)).close()
            except OSError:
                await asyncio.sleep(0.02)
            else:
                return
