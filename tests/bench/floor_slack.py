"""Bolt with a handler of a few lines."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from tests.bench.floor_library import Library
from tests.bench.floor_statements import Gift, Postgres, Sqlite
from tests.bench.on_slack import GROUND, SECRET, TEAM


def mount(app: web.Application, database: Postgres | Sqlite | Library, mode: str, _api_url: str) -> None:
    """Bolt as Laurel uses it. MODE: `statements` and `library`, or `insert` for one row and a commit."""
    act = database.insert if mode == "insert" and not isinstance(database, Library) else database.statements

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-bench", bot_user_id="B")

    async def kudos(ack: Callable[..., Awaitable[None]], command: dict[str, Any]) -> None:
        words = command["text"]
        await act(Gift(command["trigger_id"], command["user_id"], words[2:].partition("|")[0], words))
        await ack(text="Your thanks are on their way.")

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    bolt.command("/kudos")(kudos)
    app.router.add_post(GROUND.path, events)
