"""Who may talk to the web chat: this machine's own pages only, each with its own token."""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from multidict import CIMultiDict, MultiDict

COOKIE = "laurel_session"

LANGUAGE_COOKIE = "laurel_language"

READ_COOKIE = "laurel_reads"  # the language of the last page: a failure is told in it, without the database

FIELDS = web.RequestKey("fields", MultiDict[str])  # what was typed, so that a failure can hand it back

COOKIE_LASTS = 30 * 24 * 3600  # seconds

LARGEST_BODY = 64 * 1024  # bytes

MOST_FIELDS = 400

NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")

ID = re.compile(r"[1-9][0-9]{0,8}")  # fits the database's integer

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # "no-referrer" would make browsers send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
}


def loopback_hosts(host: str, port: int) -> frozenset[str]:
    """The names under which this machine's own browser may ask for us, who listen at `host`."""
    own = host.strip("[]")
    names = ("127.0.0.1", "localhost", "[::1]", f"[{own}]" if ":" in own else own)
    return frozenset(f"{name}:{port}" for name in names) | frozenset(names if port == 80 else ())


@dataclass(frozen=True, slots=True)
class Session:
    """What the signed cookie says: a browser (by a random secret), and who it is used as (None: nobody yet)."""

    secret: str
    person_id: int | None = None
    new: bool = False  # the browser does not have it yet


class Guard:
    """`hosts` are the allowed values of Host; `key` is asked for at each request."""

    def __init__(self, hosts: Collection[str], key: Callable[[], bytes]) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._key = key

    def admit(self, request: web.Request) -> None:
        """Raise HTTPForbidden for a foreign Host, and for a POST from a foreign Origin."""
        if request.headers.get(hdrs.HOST, "").lower() not in self._hosts:
            raise web.HTTPForbidden(reason="This name is not served here")
        if request.method in ("GET", "HEAD"):
            return
        scheme, _, host = request.headers.get(hdrs.ORIGIN, "").lower().partition("://")
        if scheme != "http" or host not in self._hosts:
            raise web.HTTPForbidden(reason="This came from another site")

    def session(self, request: web.Request) -> Session:
        """The session of the request's cookie; a new one where there is none, or where it is not of our making."""
        cookie = request.cookies.get(COOKIE, "")
        body, _, mac = cookie.rpartition(".")
        secret, _, person = body.partition(".")
        if not cookie.isascii() or not hmac.compare_digest(mac.encode(), self._mac("session", body).encode()):
            return Session(secrets.token_urlsafe(18), new=True)
        return Session(secret, int(person) or None)

    def keep(self, response: web.Response, session: Session) -> None:
        """Set the session's cookie. Plain HTTP on loopback: a Secure cookie would not come back."""
        body = _body(session)
        set_cookie(response, COOKIE, f"{body}.{self._mac('session', body)}")

    def token(self, session: Session) -> str:
        """The token that every form of this session carries. It changes with the person."""
        return self._mac("form", _body(session))

    async def form(self, request: web.Request, session: Session) -> MultiDict[str]:
        """The fields of a POST. Raises 413, 415, 400 for what is no form, 403 for a wrong token."""
        fields = parsed(await body(request), request.content_type)
        request[FIELDS] = fields
        if not hmac.compare_digest(fields.get("csrf", "").encode(), self.token(session).encode()):
            raise web.HTTPForbidden(reason="This page is out of date")
        return fields

    def _mac(self, purpose: str, words: str) -> str:
        digest = hmac.new(self._key(), f"web-{purpose}:{words}".encode(), sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


async def body(request: web.Request) -> bytes:
    """The whole body. Raises 413 as soon as it is larger than LARGEST_BODY, 400 where it is not what it says it is."""
    read = bytearray()
    try:
        async for chunk in request.content.iter_any():
            read += chunk
            if len(read) > LARGEST_BODY:
                raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=len(read))
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    return bytes(read)


def parsed(raw: bytes, content_type: str) -> MultiDict[str]:
    """The fields of an URL-encoded form, line ends as "\\n". Raises 415 or 400."""
    if content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest from None
    if any("\x00" in part for pair in pairs for part in pair):
        raise web.HTTPBadRequest
    return MultiDict((name, value.replace("\r\n", "\n").replace("\r", "\n")) for name, value in pairs)


def number(words: str) -> int:
    """An id that a page of ours carried. Raises 400."""
    if not ID.fullmatch(words):
        raise web.HTTPBadRequest
    return int(words)


def sending(fields: MultiDict[str]) -> str:
    """The name of this one sending, 32 letters: the same again is the same turn, with other words it is another.

    Raises 400 where the form's own name for it is missing.
    """
    if not NONCE.fullmatch(fields.get("nonce", "")):
        raise web.HTTPBadRequest
    said = repr([(name, value) for name, value in fields.items() if name != "csrf"])
    return sha256(said.encode()).hexdigest()[:32]


def set_cookie(response: web.Response, name: str, value: str) -> None:
    """A cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(name, value, max_age=COOKIE_LASTS, httponly=True, samesite="Strict", path="/")


def armour(headers: CIMultiDict[str]) -> None:
    """Add the headers that every answer carries."""
    headers.update(HEADERS)
    headers.setdefault("Cache-Control", "no-store")


def _body(session: Session) -> str:
    return f"{session.secret}.{session.person_id or 0}"
