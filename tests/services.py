"""The servers that some suites need: used where they answer, named in one line where they do not."""

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import asyncpg
import pytest
import redis

POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
REQUIRED = {name.strip() for name in os.environ.get("REQUIRE", "").split(",") if name.strip()}


def need(service: str) -> None:
    """Skip the test where `service` is absent; fail it where REQUIRE names it."""
    why = {
        "postgres": postgres_missing,
        "pgbouncer": pgbouncer_missing,
        "redis": redis_missing,
        "chromium": chromium_missing,
    }[service]()
    if why and service in REQUIRED:
        pytest.fail(f"{service} is required: {why}")
    if why:
        pytest.skip(f"{service}: {why}")


@cache
def postgres_missing() -> str:
    """Why PostgreSQL cannot be used; empty where it can."""

    async def ask() -> None:
        await (await asyncpg.connect(POSTGRES, user=postgres_user(), timeout=3)).close()

    try:
        with ThreadPoolExecutor(1) as thread:  # there may be a loop running in this one
            thread.submit(asyncio.run, ask()).result()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        return f"no answer ({type(error).__name__})"
    return ""


def postgres_user() -> str | None:
    return None if "@" in POSTGRES else os.environ.get("PGUSER", "postgres")


def pgbouncer_missing() -> str:
    return "" if pgbouncer() else "no pgbouncer on the PATH"


def pgbouncer() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@cache
def redis_missing() -> str:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return f"no answer ({type(error).__name__})"
    return ""


@cache
def chromium_missing() -> str:
    return "" if chromium() else "no chromium on the PATH"


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
