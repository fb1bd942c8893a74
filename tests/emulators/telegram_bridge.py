"""Between a third-party Telegram client and Laurel. It runs by itself, in the environment of that client.

The client stands in for Telegram inside one process. Here what its person does goes to Laurel's webhook as an update,
and what Laurel asks of the Bot API by HTTP is asked of the client. BRIDGE_PORT, BRIDGE_WEBHOOK and BRIDGE_SECRET say
where. The chat is a page at `/`.
"""

import os
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from telegram import Update
from telegram.ext import Application, TypeHandler
from tg_auto_test.demo_ui.server.demo_server import create_demo_app
from tg_auto_test.test_utils.serverless_telegram_client import ServerlessTelegramClient

BOT = "laurel_bot"
WEBHOOK, SECRET = os.environ["BRIDGE_WEBHOOK"], os.environ["BRIDGE_SECRET"]


@dataclass
class Asked:
    """What Laurel sent, in the shape that the client reads."""

    json_parameters: dict[str, str]
    contains_files: bool = False


async def hear(update: Update, _context: Any) -> None:
    async with httpx.AsyncClient() as http:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        (await http.post(WEBHOOK, content=update.to_json(), headers=headers, timeout=20)).raise_for_status()


def build(builder: Any) -> Any:
    application: Application = builder.build()
    application.add_handler(TypeHandler(Update, hear))
    return application


def page() -> FastAPI:
    """The client's page, with the Bot API beside it."""
    client = ServerlessTelegramClient(build, first_name="Ana", bot_username=BOT, bot_first_name="Laurel")
    client._request._handlers["editMessageReplyMarkup"] = client._request._handle_ack  # it shows none, and knows none
    app = create_demo_app(client, BOT)

    @app.post("/bot{token}/getWebhookInfo")
    async def told() -> dict[str, Any]:
        """The client knows no webhooks: its updates come by this bridge."""
        return {"ok": True, "result": {"url": WEBHOOK, "has_custom_certificate": False, "pending_update_count": 0}}

    @app.post("/bot{token}/{method}")
    async def call(token: str, method: str, request: Request) -> Response:
        given = {name: str(value) for name, value in (await request.form()).items()}
        status, body = await client._request.do_request(f"/bot{token}/{method}", "POST", Asked(given))
        return Response(body, status, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(page(), host="127.0.0.1", port=int(os.environ["BRIDGE_PORT"]), log_level="warning")
