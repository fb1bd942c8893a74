"""PostgreSQL's driver: a server or a pool that is full is waited for, and a pooler gets no prepared statements."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

from engine.log_rate import LogRate

if TYPE_CHECKING:
    import asyncpg

POOL_WAIT_S = 20.0  # that a turn waits for a connection of ours before it gives up
SERVER_WAIT_S = 20.0  # that we wait for a server that takes no more connections
SERVER_RETRY_DELAY_S = 0.2  # between two attempts to connect to a full server
POOLER_PARAMETER = "pgbouncer"  # of the URL: "true" where a pooler gives each transaction another connection
POOLED = "laurel_pooled"  # the engine's execution option that says so

# unnamed statements leave nothing behind on a connection that the next transaction may not have
POOLER_OPTIONS: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,
}

# Compiling a search of several names takes ten times as long as running it; a pooler would refuse the parameter.
DIRECT_OPTIONS: dict[str, Any] = {"server_settings": {"jit": "off"}}

log = logging.getLogger(__name__)

log.getChild("WatchedPool").setLevel(logging.WARNING)  # SQLAlchemy tells there what its pools do


def build_postgres_options(url: URL, server_wait_s: float) -> tuple[URL, dict[str, Any]]:
    """Return the URL as the driver knows it, and the options to connect with."""
    opener = PatientOpener(server_wait_s)
    options = POOLER_OPTIONS if is_behind_pooler(url) else DIRECT_OPTIONS
    return url.difference_update_query([POOLER_PARAMETER]), options | {"async_creator_fn": opener.connect}


def is_behind_pooler(url: URL) -> bool:
    """Return whether the URL says that a pooler gives each transaction another connection."""
    return url.query.get(POOLER_PARAMETER) == "true"


class PatientOpener:
    """Opens connections; where the server is full it tries again until `wait_s` have passed."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._full = LogRate()

    async def connect(self, *where: Any, **options: Any) -> "asyncpg.Connection":
        """Open a connection, and wait while the server is full.

        Raises asyncpg's TooManyConnectionsError after the wait.
        """
        import asyncpg  # SQLite does without it

        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_s
        while True:
            try:
                return await asyncpg.connect(*where, **options)
            except asyncpg.TooManyConnectionsError:  # also for slots that are reserved
                if times := self._full.count():
                    log.warning(
                        "the database takes no more connections: waiting for one; fewer replicas, a smaller "
                        "DATABASE_POOL_SIZE or a larger max_connections would help",
                        extra={"action": "database_full", "times": times},
                    )
                if loop.time() >= until:
                    raise
            await asyncio.sleep(SERVER_RETRY_DELAY_S)


class WatchedPool(AsyncAdaptedQueuePool):
    """Connection pool that logs, at most once a minute, that all connections are in use and a caller waits."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._full = LogRate()

    def connect(self) -> PoolProxiedConnection:
        """Return a connection as soon as there is one. Raises sqlalchemy.exc.TimeoutError after the pool's time-out."""
        if self.checkedout() >= self.size() and (times := self._full.count()):
            log.warning(
                "all connections of this process are in use: waiting for one (DATABASE_POOL_SIZE)",
                extra={"action": "pool_full", "size": self.size(), "times": times},
            )
        return super().connect()
