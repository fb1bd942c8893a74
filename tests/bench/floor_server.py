"""The floors: bolt, and a handler that runs the turn's statements written by hand, or a single insert.

    python -m tests.bench.floor_server PORT MODE DATABASE_URL

MODE is `statements` (what a `/kudos` turn asks of the database) or `insert` (one row and a commit).
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from tests.bench.floor_statements import Command, Postgres, Sqlite
from tests.bench.load import SECRET

Handler = Callable[[Command], Awaitable[None]]


def application(database: Postgres | Sqlite, mode: str) -> web.Application:
    """Bolt as Laurel uses it, with a handler of a few lines in the place of all of Laurel."""
    handler: Handler = {"statements": database.statements, "insert": database.insert}[mode]

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-bench", bot_user_id="B")

    async def kudos(ack: Callable[..., Awaitable[None]], command: dict[str, Any]) -> None:
        await handler(command)
        await ack(text="Your thanks are on their way.")

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    async def start(_app: web.Application) -> None:
        await database.start()

    async def stop(_app: web.Application) -> None:
        await database.stop()

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    bolt.command("/kudos")(kudos)
    app = web.Application()
    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    app.router.add_post("/slack/events", events)
    return app


def main(port: str, mode: str, url: str) -> None:
    database = Sqlite(url) if url.startswith("sqlite") else Postgres(url)
    web.run_app(application(database, mode), host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
