"""A Slack workspace of our own: its Web API and its way back, with state, limits and scripted failures."""

import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.platforms.block_kit import message_faults, view_faults
from tests.platforms.gate import Gate
from tests.platforms.slack_oauth import FakeOAuth

Json = dict[str, Any]

TEAM, BOT, TOKEN, SECRET = "T01CORP", "U0LAUREL", "xoxb-test-token", "test-signing-secret"
APP_TOKEN = "xapp-test-token"


@dataclass(frozen=True)
class Failure:
    """What the next call of a method gets instead: an error by name, a status, or no answer before the test lets it go.

    One that `acts` has done its work all the same; one that `breaks` ends the connection without an answer.
    """

    error: str = "internal_error"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    acts: bool = False
    breaks: bool = False


@dataclass
class FakeSlack:
    """Answers as Slack does for what Laurel calls; everything is kept to be looked at."""

    users: dict[str, Json] = field(default_factory=dict)
    member_of: set[str] = field(default_factory=lambda: {"C01GEN"})
    calls: list[tuple[str, Json]] = field(default_factory=list)
    messages: dict[tuple[str, str], Json] = field(default_factory=dict)
    ephemerals: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    responses: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    gate: Gate = field(default_factory=Gate)  # "response_url" is the way back
    used_triggers: set[str] = field(default_factory=set)
    homes: dict[str, Json] = field(default_factory=dict)  # the page of each account
    groups: dict[str, list[str]] = field(default_factory=dict)  # the members of each user group
    said: dict[tuple[str, str], Json] = field(default_factory=dict)  # what people said, by channel and ts
    unfurled: dict[str, dict[str, Json]] = field(default_factory=dict)  # by message: the card of each link in it
    sockets: list[web.WebSocketResponse] = field(default_factory=list)  # of Socket Mode, the newest last
    answers: dict[str, Json] = field(default_factory=dict)  # what came back on them, by envelope
    history_readable: bool = False  # whether the scope channels:history was granted
    scopes: str | None = None  # of the token, where Slack names them
    team: str = TEAM
    bot: str = BOT
    tokens: set[str] = field(default_factory=lambda: {TOKEN})  # that open this workspace
    others: list["FakeSlack"] = field(default_factory=list)  # more workspaces behind the same address
    oauth: "FakeOAuth | None" = None  # hands out tokens, where there is an app that workspaces install
    _server: TestServer | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/_way_back/{id}", self._way_back)
        app.router.add_get("/_socket", self._socket)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.end()
        await self._started.close()

    @property
    def api_url(self) -> str:
        return str(self._started.make_url("/api/"))

    @property
    def _started(self) -> TestServer:
        assert self._server is not None
        return self._server

    def way_back(self, name: str) -> str:
        """A new response_url."""
        return str(self._started.make_url(f"/_way_back/{name}"))

    def fail(self, method: str, *failures: Failure) -> None:
        """The next calls of `method` ("response_url" for the way back) fail so, one after the other."""
        self.failures[method].extend(failures)

    def enrol(self, account: str, email: str | None, **more: Any) -> None:
        """A profile for users.info."""
        profile = {"real_name": account.title()} | ({"email": email} if email else {})
        self.users[account] = {
            "id": account,
            "team_id": self.team,
            "deleted": False,
            "is_bot": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_email_confirmed": True,
            "locale": "en-US",
            "profile": profile,
        } | more

    def say(self, channel: str, ts: str, user: str, text: str, **more: Any) -> Json:
        """A person's own message, for reactions.get and chat.getPermalink."""
        self.said[(channel, ts)] = {"type": "message", "user": user, "text": text, "ts": ts} | more
        return self.said[(channel, ts)]

    def called(self, method: str) -> list[Json]:
        return [call for name, call in self.calls if name == method]

    def posted(self, channel: str) -> list[Json]:
        """The messages of a channel as they stand now, oldest first."""
        return [message for (place, _), message in self.messages.items() if place == channel]

    async def _api(self, request: web.Request) -> web.Response:
        method, call = request.match_info["method"], await _arguments(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        home = next((one for one in self.others if bearer in one.tokens), self)
        return await home.answer(request, method, call, bearer)

    async def answer(self, request: web.Request, method: str, call: Json, bearer: str) -> web.Response:
        self.calls.append((method, call))
        opens = {APP_TOKEN} if method == "apps.connections.open" else self.tokens
        if method == "oauth.v2.access":
            call = call | {"authorization": request.headers.get("Authorization", "")}
        elif bearer not in opens:
            return _no("invalid_auth")
        await self.gate.passed(method)
        answer = getattr(self, f"_{method.replace('.', '_')}", lambda _: _no("unknown_method"))
        if self.failures[method] and self.failures[method][0].acts:
            answer(call)
        breaks = bool(self.failures[method]) and self.failures[method][0].breaks
        failed = await self._failed(method)
        if breaks and request.transport:
            request.transport.abort()
        return answer(call) if failed is None else failed

    async def _way_back(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(("response_url", body))
        if (failed := await self._failed("response_url")) is not None:
            return failed
        await self.gate.passed("response_url")
        if faults := message_faults(body):
            return web.Response(status=400, text=f"invalid_blocks: {faults}")
        self.responses[request.match_info["id"]].append(body)
        return web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """A connection of Socket Mode; what comes back on it is kept by its envelope."""
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self.sockets.append(connection)
        await connection.send_json({"type": "hello", "num_connections": len(self.sockets)})
        async for message in connection:
            answer = message.json()
            self.answers[answer["envelope_id"]] = answer
        return connection

    def _apps_connections_open(self, _: Json) -> web.Response:
        return _yes(url=str(self._started.make_url("/_socket")).replace("http", "ws", 1))

    async def _failed(self, method: str) -> web.Response | None:
        if not self.failures[method]:
            return None
        failure = self.failures[method].popleft()
        await self.gate.passed(method, hangs=failure.hangs)
        return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=failure.headers)

    def _oauth_v2_access(self, call: Json) -> web.Response:
        return web.json_response(self.oauth.access(call)) if self.oauth else _no("invalid_client_id")

    def _auth_revoke(self, _: Json) -> web.Response:
        self.tokens.clear()
        return _yes(revoked=True)

    def _auth_test(self, _: Json) -> web.Response:
        answer = _yes(team_id=self.team, user_id=self.bot, bot_id="B0LAUREL")
        if self.scopes is not None:
            answer.headers["x-oauth-scopes"] = self.scopes
        return answer

    def _users_info(self, call: Json) -> web.Response:
        user = self.users.get(call["user"])
        return _yes(user=user) if user else _no("user_not_found")

    def _users_list(self, call: Json) -> web.Response:
        """Two on a page, so that nobody forgets the next one."""
        users, start = list(self.users.values()), int(call.get("cursor") or 0)
        more = str(start + 2) if start + 2 < len(users) else ""
        return _yes(members=users[start : start + 2], response_metadata={"next_cursor": more})

    def _conversations_open(self, call: Json) -> web.Response:
        user = call["users"]
        return _yes(channel={"id": f"D{user[1:]}"}) if user in self.users else _no("users_not_found")

    def _chat_postMessage(self, call: Json) -> web.Response:  # noqa: N802 - Slack's name
        if not (call["channel"] in self.member_of or call["channel"].startswith("D")):
            return _no("not_in_channel")
        if faults := message_faults(call):
            return _no("invalid_blocks", faults)
        ts = f"1772441000.{len(self.messages) + 1:06}"
        self.messages[(call["channel"], ts)] = call
        return _yes(channel=call["channel"], ts=ts)

    def _chat_postEphemeral(self, call: Json) -> web.Response:  # noqa: N802
        if faults := message_faults(call):
            return _no("invalid_blocks", faults)
        self.ephemerals.append(call)
        return _yes(message_ts="1772441000.000000")

    def _chat_update(self, call: Json) -> web.Response:
        key = (call["channel"], call["ts"])
        if key not in self.messages:
            return _no("message_not_found")
        if faults := message_faults(call):
            return _no("invalid_blocks", faults)
        self.messages[key] = call
        return _yes(channel=call["channel"], ts=call["ts"])

    def _chat_unfurl(self, call: Json) -> web.Response:
        """A message is named in one way or the other; what is put there again takes the place of what was there."""
        message = call.get("unfurl_id") if call.get("source") else call.get("ts") if call.get("channel") else None
        if not message:
            return _no("missing_unfurl_id")
        if faults := [
            fault for card in call["unfurls"].values() for fault in message_faults({"text": "a link"} | card)
        ]:
            return _no("invalid_blocks", faults)
        self.unfurled.setdefault(message, {}).update(call["unfurls"])
        return _yes()

    def _conversations_history(self, call: Json) -> web.Response:
        if not self.history_readable:
            return _no("missing_scope")
        newest = [message | {"ts": ts} for (place, ts), message in self.messages.items() if place == call["channel"]]
        return _yes(messages=newest[::-1][: int(call["limit"])])

    def _views_open(self, call: Json) -> web.Response:
        trigger = call["trigger_id"]
        if trigger in self.used_triggers:
            return _no("exchanged_trigger_id")
        self.used_triggers.add(trigger)
        if faults := view_faults(call["view"]):
            return _no("invalid_arguments", faults)
        view = call["view"] | {"id": f"V{len(self.views) + 1}", "hash": "1.a"}
        self.views[view["id"]] = view
        return _yes(view=view)

    _views_push = _views_open

    def _views_publish(self, call: Json) -> web.Response:
        if faults := view_faults(call["view"] | {"title": {"type": "plain_text", "text": "none"}}):
            return _no("invalid_arguments", faults)
        self.homes[call["user_id"]] = call["view"]
        return _yes(view=call["view"])

    def _usergroups_users_list(self, call: Json) -> web.Response:
        members = self.groups.get(call["usergroup"])
        return _no("no_such_subteam") if members is None else _yes(users=members)

    def _reactions_get(self, call: Json) -> web.Response:
        message = self.said.get((call["channel"], call["timestamp"]))
        if message is None:
            return _no("message_not_found")
        link = permalink(call["channel"], call["timestamp"])
        return _yes(type="message", channel=call["channel"], message=message | {"permalink": link})

    def _chat_getPermalink(self, call: Json) -> web.Response:  # noqa: N802
        if (call["channel"], call["message_ts"]) not in self.said:
            return _no("message_not_found")
        return _yes(channel=call["channel"], permalink=permalink(call["channel"], call["message_ts"]))

    def _views_update(self, call: Json) -> web.Response:
        if call["view_id"] not in self.views:
            return _no("not_found")
        if faults := view_faults(call["view"]):
            return _no("invalid_arguments", faults)
        self.views[call["view_id"]] = call["view"] | {"id": call["view_id"], "hash": "2.b"}
        return _yes(view=self.views[call["view_id"]])


def permalink(channel: str, ts: str) -> str:
    return f"https://corp.slack.test/archives/{channel}/p{ts.replace('.', '')}"


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    given = dict(await request.post()) | dict(request.query)
    return {key: json.loads(value) if str(value)[:1] in "[{" else value for key, value in given.items() if value}


def _yes(**more: Any) -> web.Response:
    return web.json_response({"ok": True} | more)


def _no(error: str, messages: list[str] | None = None) -> web.Response:
    return web.json_response({"ok": False, "error": error, "response_metadata": {"messages": messages or []}})
