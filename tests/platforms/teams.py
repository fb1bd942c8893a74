"""A Teams of our own: the login, the signing keys and the connector, with state and scripted failures."""

import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Self
from urllib.parse import unquote

import jsonschema
import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.platforms.gate import Gate

Json = dict[str, Any]

APP, SECRET, TENANT = "11111111-aaaa-4000-8000-000000000001", "test-app-secret", "22222222-bbbb-4000-8000-000000000002"
BOT = f"28:{APP}"
TOKEN = "test-connector-token"
VALIDATOR = jsonschema.Draft6Validator(
    json.loads((files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text(encoding="utf-8"))
)
LARGEST = 28 * 1024  # bytes of a card
OWN_KEY, FOREIGN_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


def entra(who: str) -> str:
    """The account of a person: the same for every bot."""
    return f"33333333-cccc-4000-8000-{who:0>12}"


def alias(who: str) -> str:
    """The id of the same person for this bot."""
    return f"29:1{who}"


@dataclass(frozen=True)
class Failure:
    """What the next call gets instead: a status with a code, or no answer before the test lets it go.

    One that `breaks` ends the connection without an answer.
    """

    status: int = 503
    code: str = "ServiceError"
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False
    message: str = ""  # what is said beside the code


@dataclass
class FakeTeams:
    """Answers as Microsoft's servers do for what Laurel calls; everything is kept to be looked at."""

    members: dict[str, Json] = field(default_factory=dict)  # by any of their ids
    rosters: dict[str, set[str]] = field(default_factory=dict)  # who is in a conversation; where none is named, all
    calls: list[tuple[str, Json]] = field(default_factory=list)
    messages: dict[tuple[str, str], Json] = field(default_factory=dict)  # by conversation and id
    signing_keys: list[Json] = field(default_factory=list)
    failures: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    gate: Gate = field(default_factory=Gate)
    size: int = 12  # members of a team
    closed: set[str] = field(default_factory=set)  # conversations that are closed to us
    shut_in: set[str] = field(default_factory=set)  # people whom we cannot begin a conversation with
    faults: Callable[[Json], list[str]] = lambda activity: activity_faults(activity)
    foreign_calls: list[str] = field(default_factory=list)  # what somebody called with our token elsewhere
    _server: TestServer | None = None

    def __post_init__(self) -> None:
        self.signing_keys = self.signing_keys or [public_key("k1")]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v1/.well-known/openidconfiguration", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        app.router.add_post("/v3/conversations", self._create)
        app.router.add_post("/v3/conversations/{conversation}/activities", self._send)
        app.router.add_put("/v3/conversations/{conversation}/activities/{id}", self._update)
        app.router.add_get("/v3/conversations/{conversation}/members/{id}", self._member)
        app.router.add_get("/v3/conversations/{conversation}/pagedmembers", self._members)
        app.router.add_get("/v3/teams/{team}", self._team)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.end()
        await self._started.close()

    @property
    def url(self) -> str:
        return str(self._started.make_url("")).rstrip("/")

    @property
    def service_url(self) -> str:
        return f"{self.url}/"

    @property
    def _started(self) -> TestServer:
        assert self._server is not None
        return self._server

    def fail(self, what: str, *failures: Failure) -> None:
        """The next calls fail so: "openid", "keys", "token", "create", "send", "update", "member", "members",
        "team";
        "send:CONVERSATION" those to one conversation."""
        self.failures[what].extend(failures)

    def enrol(self, who: str, email: str | None, **more: Any) -> None:
        """A member of every roster."""
        member = {
            "id": alias(who),
            "objectId": entra(who),
            "aadObjectId": entra(who),
            "name": who.title(),
            "userPrincipalName": email or "",
            "tenantId": TENANT,
            "userRole": "user",
        } | ({"email": email} if email else {})
        member |= more
        self.members[member["id"]] = self.members[member["aadObjectId"]] = member

    def called(self, what: str) -> list[Json]:
        return [call for name, call in self.calls if name == what]

    def posted(self, place: str) -> list[Json]:
        """The messages of a place, its threads too, as they stand now, oldest first."""
        return [said for (where, _), said in self.messages.items() if where.partition(";")[0] == place]

    async def _openid(self, request: web.Request) -> web.Response:
        self.calls.append(("openid", {}))
        if (failed := await self._failed("openid", request)) is not None:
            return failed
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        self.calls.append(("keys", {}))
        if (failed := await self._failed("keys", request)) is not None:
            return failed
        return web.json_response({"keys": self.signing_keys})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.calls.append(("token", {"tenant": request.match_info["tenant"]} | form))
        if (failed := await self._failed("token", request)) is not None:
            return failed
        if form.get("client_secret") != SECRET:
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": TOKEN})

    async def _create(self, request: web.Request) -> web.Response:
        body = await self._called("create", request)
        if isinstance(body, web.Response):
            return body
        member = self.members.get(body["members"][0]["id"])
        if member is None or member["id"] in self.shut_in:
            return _no(403, "ConversationBlockedByUser")
        return web.json_response({"id": f"a:{member['id']}"}, status=201)

    async def _send(self, request: web.Request) -> web.Response:
        body = await self._called("send", request)
        if isinstance(body, web.Response):
            return body
        conversation = body["conversation"]
        if conversation.partition(";")[0] in self.closed:
            return _no(403, "BotNotInConversationRoster")
        if faults := self.faults(body["activity"]):
            return _no(400, f"BadSyntax: {faults}")
        number = f"{1772441000000 + len(self.messages) + 1}"
        self.messages[(conversation, number)] = body["activity"]
        return web.json_response({"id": number}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        body = await self._called("update", request)
        if isinstance(body, web.Response):
            return body
        key = (body["conversation"], body["id"])
        if key not in self.messages:
            return _no(404, "ActivityNotFoundInConversation")
        if faults := self.faults(body["activity"]):
            return _no(400, f"BadSyntax: {faults}")
        self.messages[key] = body["activity"]
        return web.json_response({"id": body["id"]})

    async def _member(self, request: web.Request) -> web.Response:
        body = await self._called("member", request)
        if isinstance(body, web.Response):
            return body
        if body["conversation"] in self.closed:
            return _no(403, "BotNotInConversationRoster")
        member = self.members.get(body["id"])
        if member and member not in self._roster(body["conversation"]):
            member = None
        return web.json_response(member) if member else _no(404, "MemberNotFoundInConversation")

    async def _members(self, request: web.Request) -> web.Response:
        """Two on a page, so that nobody forgets the next one."""
        body = await self._called("members", request)
        if isinstance(body, web.Response):
            return body
        if body["conversation"] in self.closed:
            return _no(403, "BotNotInConversationRoster")
        start, roster = int(request.query.get("continuationToken") or 0), self._roster(body["conversation"])
        more = {"continuationToken": str(start + 2)} if start + 2 < len(roster) else {}
        return web.json_response({"members": roster[start : start + 2]} | more)

    async def _team(self, request: web.Request) -> web.Response:
        body = await self._called("team", request)
        if isinstance(body, web.Response):
            return body
        return web.json_response({"id": body["team"], "name": "Office", "channelCount": 3, "memberCount": self.size})

    def _roster(self, conversation: str) -> list[Json]:
        """Who is there; a chat of two has those two."""
        everybody = {member["id"]: member for member in self.members.values()}
        if conversation.startswith("a:"):
            return [member for one, member in everybody.items() if conversation == f"a:{one}"]
        there = self.rosters.get(conversation)
        return [one for one in everybody.values() if there is None or one["id"] in {alias(who) for who in there}]

    async def _called(self, what: str, request: web.Request) -> Json | web.Response:
        """The call as it is kept, or what stands against it."""
        given = await request.json() if request.can_read_body else {}
        call = {name: unquote(value) for name, value in request.match_info.items()}
        call |= given if what == "create" else {"activity": given}
        self.calls.append((what, call))
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _no(401, "Unauthorized")
        for name in (what, f"{what}:{call.get('conversation', '')}"):
            if (failed := await self._failed(name, request)) is not None:
                return failed
        return call

    async def _failed(self, what: str, request: web.Request) -> web.Response | None:
        if not self.failures[what]:
            return None
        failure = self.failures[what].popleft()
        await self.gate.passed(what, hangs=failure.hangs)
        if failure.breaks and request.transport:
            request.transport.abort()
        return _no(failure.status, failure.code, failure.headers, failure.message)


def activity_faults(activity: Json) -> list[str]:
    """What Teams would not take, or would not show: cards are held against the official schema."""
    if activity.get("type") != "message" or not (activity.get("text") or activity.get("attachments")):
        return ["a message says something"]
    return [fault for one in activity.get("attachments", ()) for fault in card_faults(one["content"])]


def card_faults(card: Json) -> list[str]:
    """What is wrong with an Adaptive Card."""
    plain = _without_teams(card)
    faults = [error.message[:200] for error in VALIDATOR.iter_errors(plain)]
    if len(json.dumps(card, ensure_ascii=False).encode()) > LARGEST:
        faults.append("the card is too large")
    return faults


def _without_teams(found: Any) -> Any:
    """The card without what Teams adds to the public schema."""
    if isinstance(found, dict):
        return {name: _without_teams(value) for name, value in found.items() if name not in ("msteams", "choices.data")}
    return [_without_teams(value) for value in found] if isinstance(found, list) else found


def public_key(kid: str, key: rsa.RSAPrivateKey = OWN_KEY, endorsements: list[str] | None = None) -> Json:
    """The public half as the key set shows it."""
    shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return shown | {"kid": kid, "use": "sig", "x5t": kid, "endorsements": endorsements or ["msteams", "skype"]}


def _no(status: int, code: str, headers: dict[str, str] | None = None, message: str = "") -> web.Response:
    return web.json_response({"error": {"code": code, "message": message or code}}, status=status, headers=headers)
