"""A Telegram of our own: the Bot API with chats, members, limits and scripted failures."""

import json
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.platforms.gate import Gate

Json = dict[str, Any]

BOT, USERNAME, SECRET = 7000, "LaurelBot", "a-secret-of-the-tests"
TOKEN = f"{BOT}:{'t' * 35}"


@dataclass(frozen=True)
class Failure:
    """What the next call of a method gets instead: an error, or no answer before the test lets it go.

    One that `breaks` ends the connection without an answer.
    """

    status: int = 500
    description: str = "Internal Server Error"
    parameters: Json = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False


FLOOD = Failure(429, "Too Many Requests: retry after 3", {"retry_after": 3})
BLOCKED = Failure(403, "Forbidden: bot was blocked by the user")
NO_CHAT = Failure(400, "Bad Request: chat not found")


@dataclass
class FakeTelegram:
    """Answers as Telegram does for what Laurel calls; everything is kept to be looked at."""

    started: set[int] = field(default_factory=set)  # people who opened a chat with the bot
    groups: set[int] = field(default_factory=set)  # where the bot is a member
    moved: dict[int, int] = field(default_factory=dict)  # groups that have another id now
    topics: dict[int, set[int]] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    messages: dict[tuple[int, int], Json] = field(default_factory=dict)
    keyboards: dict[int, Json] = field(default_factory=dict)  # the last that a message brought, or took away
    answered: dict[str, Json] = field(default_factory=dict)  # callback queries
    failures: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    gate: Gate = field(default_factory=Gate)
    updates: list[Json] = field(default_factory=list)  # that wait to be polled
    token: str = TOKEN
    secret: str = SECRET  # that comes with each update
    webhook: str = "https://laurel.corp.test/telegram/webhook"  # where it brings them
    last_id: int = 100
    _server: TestServer | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._api)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Nobody answers at that address any more."""
        assert self._server
        self.gate.end()
        await self._server.close()

    @property
    def api_url(self) -> str:
        assert self._server
        return str(self._server.make_url("")).rstrip("/")

    def fail(self, method: str, *failures: Failure) -> None:
        """The next calls of `method` fail so, one after the other."""
        self.failures[method].extend(failures)

    def called(self, method: str) -> list[Json]:
        return [call for name, call in self.calls if name == method]

    def posted(self, chat: int) -> list[Json]:
        """The messages of a chat as they stand now, oldest first."""
        return [message for (place, _), message in self.messages.items() if place == chat]

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    async def _api(self, request: web.Request) -> web.Response:
        method, call = request.match_info["method"], await _arguments(request)
        self.calls.append((method, call))
        if request.match_info["token"] != self.token:
            return _no(401, "Unauthorized")
        await self.gate.passed(method)
        if self.failures[method]:
            failure = self.failures[method].popleft()
            await self.gate.passed(method, hangs=failure.hangs)
            if failure.breaks and request.transport:
                request.transport.abort()
            return _no(failure.status, failure.description, failure.parameters)
        answer = getattr(self, f"_{re.sub('(?<!^)(?=[A-Z])', '_', method).lower()}", None)
        return answer(call) if answer else _no(404, "Not Found")

    def _get_me(self, _: Json) -> web.Response:
        return _yes({"id": BOT, "is_bot": True, "first_name": "Laurel", "username": USERNAME})

    def _get_webhook_info(self, _: Json) -> web.Response:
        return _yes({"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0})

    def _send_message(self, call: Json) -> web.Response:
        chat = call["chat_id"]
        if chat in self.moved:
            parameters = {"migrate_to_chat_id": self.moved[chat]}
            return _no(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
        if chat < 0 and chat not in self.groups:
            return _no(403, "Forbidden: bot was kicked from the group chat")
        if chat > 0 and chat not in self.started:
            return _no(403, "Forbidden: bot can't initiate conversation with a user")
        thread = call.get("message_thread_id")
        if thread and thread not in self.topics.get(chat, ()):
            return _no(400, "Bad Request: message thread not found")
        if faults := message_faults(call):
            return _no(400, f"Bad Request: {faults[0]}")
        keyboard = call.get("reply_markup", {})
        if chat < 0 and any("request_users" in one for row in keyboard.get("keyboard", []) for one in row):
            return _no(400, "Bad Request: users can be requested in private chats only")
        if "keyboard" in keyboard or "remove_keyboard" in keyboard:
            self.keyboards[chat] = keyboard
        number = self.next_id()
        self.messages[(chat, number)] = call | {"message_id": number}
        return _yes(self.message(chat, number))

    def _edit_message_text(self, call: Json) -> web.Response:
        key = (call["chat_id"], call["message_id"])
        if key not in self.messages:
            return _no(400, "Bad Request: message to edit not found")
        if faults := message_faults(call):
            return _no(400, f"Bad Request: {faults[0]}")
        before = self.messages[key]
        if all(before.get(part) == call.get(part) for part in ("text", "entities", "reply_markup")):
            return _no(400, "Bad Request: message is not modified: specified new message content is the same")
        kept = {name: before[name] for name in ("message_thread_id",) if name in before}
        self.messages[key] = kept | call
        return _yes(self.message(*key))

    def _edit_message_reply_markup(self, call: Json) -> web.Response:
        key = (call["chat_id"], call["message_id"])
        if key not in self.messages:
            return _no(400, "Bad Request: message to edit not found")
        changed = {name: value for name, value in self.messages[key].items() if name != "reply_markup"}
        self.messages[key] = changed | ({"reply_markup": call["reply_markup"]} if "reply_markup" in call else {})
        return _yes(self.message(*key))

    def _answer_callback_query(self, call: Json) -> web.Response:
        if units(str(call.get("text", ""))) > 200:
            return _no(400, "Bad Request: MESSAGE_TOO_LONG")
        self.answered[call["callback_query_id"]] = call
        return _yes(True)

    def _delete_webhook(self, _: Json) -> web.Response:
        return _yes(True)

    def _get_updates(self, call: Json) -> web.Response:
        self.updates = [one for one in self.updates if one["update_id"] >= call.get("offset", 0)]
        return _yes(self.updates[:100])

    def message(self, chat: int, number: int) -> Json:
        """The message as Telegram shows it in updates and answers."""
        call = self.messages[(chat, number)]
        shown = {"message_id": number, "date": 1772442000, "chat": chat_of(chat), "text": call["text"]}
        shown |= {"from": {"id": BOT, "is_bot": True, "first_name": "Laurel", "username": USERNAME}}
        inline = "inline_keyboard" in call.get("reply_markup", {})
        return shown | ({"reply_markup": call["reply_markup"]} if inline else {})

    def below(self, chat: int) -> list[Json]:
        """The buttons of the keyboard that stands below the chat."""
        return [one for row in self.keyboards.get(chat, {}).get("keyboard", []) for one in row]


def chat_of(chat: int) -> Json:
    if chat > 0:
        return {"id": chat, "type": "private", "first_name": "Somebody"}
    return {"id": chat, "type": "supergroup", "title": f"group {-chat}"}


def buttons(message: Json) -> list[Json]:
    return [one for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]


def texts(message: Json) -> list[str]:
    """Everything of a message that somebody reads."""
    return [message["text"], *(one["text"] for one in buttons(message))]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def message_faults(call: Json) -> list[str]:
    """What Telegram would not take of a message."""
    text, entities = call.get("text", ""), call.get("entities", [])
    faults = [] if text.strip() else ["message text is empty"]
    faults += ["message is too long"] if units(text) > 4096 else []
    faults += ["too many entities"] if len(entities) > 100 else []
    for entity in entities:
        ends = entity["offset"] + entity["length"]
        faults += ["entity out of range"] if entity["length"] < 1 or ends > units(text) else []
        faults += ["entity without its target"] if entity["type"] == "text_link" and not entity.get("url") else []
    rows = call.get("reply_markup", {}).get("inline_keyboard", [])
    faults += ["too many buttons"] if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows) else []
    for one in (one for row in rows for one in row):
        data = one.get("callback_data")
        faults += ["BUTTON_DATA_INVALID"] if data is not None and not 0 < len(data.encode()) <= 64 else []
        faults += ["button without a label"] if not one["text"].strip() else []
        faults += ["button without a deed"] if data is None and not one.get("url") else []
    return faults


async def _arguments(request: web.Request) -> Json:
    given = {name: str(value) for name, value in (await request.post()).items()}
    return {name: _value(name, value) for name, value in given.items()}


def _value(name: str, value: str) -> Any:
    if name in ("text", "callback_query_id"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _yes(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _no(status: int, description: str, parameters: Json | None = None) -> web.Response:
    told = {"ok": False, "error_code": status, "description": description}
    return web.json_response(told | ({"parameters": parameters} if parameters else {}), status=status)
