"""botbuilder's adapter with a handler of a few lines, which answers as Laurel does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

from aiohttp import ClientSession, web
from botbuilder.core import BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.core.bot_adapter import BotAdapter
from botbuilder.schema import Activity
from botframework.connector.auth import AppCredentials
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor

from tests.bench.floor_statements import Gift, Postgres, Sqlite
from tests.bench.on_teams import GROUND
from tests.platforms.teams import APP, SECRET, TOKEN, alias, entra

CARD = "application/vnd.microsoft.card.adaptive"
LINE = {"type": "TextBlock", "text": "You thanked Person 3 in general: +5 points", "wrap": True}
UNDO = {"type": "Action.Execute", "title": "Undo", "verb": "press", "data": {"token": "undo.kudos-3.zXVC40NQXeJu"}}
CONTENT = {"type": "AdaptiveCard", "version": "1.5", "body": [LINE] * 4, "actions": [UNDO]}
ANSWER = {
    "type": "message",
    "summary": "You thanked Person 3.",
    "attachments": [{"contentType": CARD, "content": CONTENT}],
}


class Given(AppCredentials):
    """A token that is there: to fetch one is not what is measured."""

    def get_access_token(self, force_refresh: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002 - the SDK's own
        return TOKEN


def mount(app: web.Application, database: Postgres | Sqlite, mode: str, api_url: str) -> None:
    """MODE: `statements` answers with aiohttp, as Laurel does; `client` with the SDK's own client."""
    openid = f"{api_url}/v1/.well-known/openidconfiguration"
    http: list[ClientSession] = []

    async def life(_app: web.Application) -> AsyncIterator[None]:
        keys = JwtTokenExtractor.get_open_id_metadata(openid)
        await asyncio.to_thread(asyncio.run, keys.get("k1"))  # else the first turn fetches them, on the event loop
        async with ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
            http.append(session)
            yield

    async def plainly(context: TurnContext) -> None:
        there = f"{context.activity.service_url}v3/conversations/{quote(_alone(context), safe='')}/activities"
        async with http[0].post(there, json=ANSWER) as response:
            await response.json()

    answer = {"statements": plainly, "client": _by_client}[mode]
    app.cleanup_ctx.append(life)
    app.router.add_post(GROUND.path, _route(openid, database, answer))


def _route(
    openid: str, database: Postgres | Sqlite, answer: Callable[[TurnContext], Awaitable[None]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    settings = BotFrameworkAdapterSettings(APP, SECRET, app_credentials=Given(APP), open_id_metadata=openid)
    adapter = BotFrameworkAdapter(settings)

    async def turn(context: TurnContext) -> None:
        await database.statements(_gift(context.activity))
        await answer(context)

    async def messages(request: web.Request) -> web.Response:
        await adapter.process_activity(request, request.headers["Authorization"], turn)
        return web.Response()

    return messages


async def _by_client(context: TurnContext) -> None:
    client = context.turn_state[BotAdapter.BOT_CONNECTOR_CLIENT_KEY]
    await client.conversations.send_to_conversation(_alone(context), Activity().deserialize(ANSWER))


def _alone(context: TurnContext) -> str:
    return f"a:{context.activity.from_property.id}"


def _gift(activity: Activity) -> Gift:
    mentioned = [
        entity.additional_properties["mentioned"]["id"] for entity in activity.entities if entity.type == "mention"
    ]
    receiver = entra(mentioned[1].removeprefix(alias("")))
    return Gift(activity.id, activity.from_property.aad_object_id, receiver, activity.text)
