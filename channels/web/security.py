"""Access to the web chat: only pages of this machine, each with its own token."""

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

from channels.server.bodies import read_body

SESSION_COOKIE = "laurel_session"
LANGUAGE_COOKIE = "laurel_language"
READ_COOKIE = "laurel_reads"  # the language of the last page, for error pages without the database
FORM_FIELDS_KEY = web.RequestKey("fields", MultiDict[str])  # what was typed, for error pages to keep
COOKIE_MAX_AGE_S = 30 * 24 * 3600  # seconds
MAX_WEB_BODY_BYTES = 64 * 1024  # bytes
MAX_FORM_FIELDS = 400
NONCE_PATTERN = re.compile(r"[A-Za-z0-9_-]{8,64}")
ID_PATTERN = re.compile(r"[1-9][0-9]{0,8}")  # fits the database's integer

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # "no-referrer" would make browsers send `Origin: null` with the chat's own forms
    "Referrer-Policy": "same-origin",
}


def list_loopback_hosts(host: str, port: int) -> frozenset[str]:
    """Return the Host values by which a browser on this machine reaches a server that listens at `host`."""
    own = host.strip("[]")
    names = ("127.0.0.1", "localhost", "[::1]", f"[{own}]" if ":" in own else own)
    return frozenset(f"{name}:{port}" for name in names) | frozenset(names if port == 80 else ())


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """The content of the signed cookie: a random secret for the browser, and its person (None before a choice)."""

    secret: str
    person_id: int | None = None
    new: bool = False  # its cookie is still to be set


class RequestGuard:
    """`hosts` are the allowed values of Host; `key` returns the signing key at each request."""

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

    def session(self, request: web.Request) -> BrowserSession:
        """Return the session in the request's cookie, or a new one if it is missing or its signature is wrong."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        body, _, mac = cookie.rpartition(".")
        secret, _, person = body.partition(".")
        if not cookie.isascii() or not hmac.compare_digest(mac.encode(), self._mac("session", body).encode()):
            return BrowserSession(secrets.token_urlsafe(18), new=True)
        return BrowserSession(secret, int(person) or None)

    def keep(self, response: web.Response, session: BrowserSession) -> None:
        """Set the session's cookie.

        It lacks the Secure flag, because browsers return such cookies over https only, and the chat is plain HTTP.
        """
        body = _body(session)
        set_strict_cookie(response, SESSION_COOKIE, f"{body}.{self._mac('session', body)}")

    def token(self, session: BrowserSession) -> str:
        """Return the CSRF token for all forms of this session. It changes with the person."""
        return self._mac("form", _body(session))

    async def form(self, request: web.Request, session: BrowserSession) -> MultiDict[str]:
        """Return the fields of a POST. Raises 413, 408, 415, 400 for a malformed form, 403 for a wrong token."""
        fields = parse_form_body(await read_body(request, MAX_WEB_BODY_BYTES), request.content_type)
        request[FORM_FIELDS_KEY] = fields
        if not hmac.compare_digest(fields.get("csrf", "").encode(), self.token(session).encode()):
            raise web.HTTPForbidden(reason="This page is out of date")
        return fields

    def _mac(self, purpose: str, words: str) -> str:
        digest = hmac.new(self._key(), f"web-{purpose}:{words}".encode(), sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


def parse_form_body(raw: bytes, content_type: str) -> MultiDict[str]:
    """Return the fields of a URL-encoded form, with "\\n" as line ends. Raises 415 or 400."""
    if content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        raise web.HTTPBadRequest from None
    if any("\x00" in part for pair in pairs for part in pair):
        raise web.HTTPBadRequest
    return MultiDict((name, value.replace("\r\n", "\n").replace("\r", "\n")) for name, value in pairs)


def parse_page_id(words: str) -> int:
    """Parse an id from a page. Raises 400."""
    if not ID_PATTERN.fullmatch(words):
        raise web.HTTPBadRequest
    return int(words)


def build_sending_id(fields: MultiDict[str]) -> str:
    """Return the id of this submission, 32 letters.

    The same fields give the same id, and so the same turn; changed fields give another. Raises 400 without a valid
    nonce.
    """
    if not NONCE_PATTERN.fullmatch(fields.get("nonce", "")):
        raise web.HTTPBadRequest
    said = repr([(name, value) for name, value in fields.items() if name != "csrf"])
    return sha256(said.encode()).hexdigest()[:32]


def set_strict_cookie(response: web.Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(name, value, max_age=COOKIE_MAX_AGE_S, httponly=True, samesite="Strict", path="/")


def add_security_headers(headers: CIMultiDict[str]) -> None:
    """Add the headers that every answer carries."""
    headers.update(SECURITY_HEADERS)
    headers.setdefault("Cache-Control", "no-store")


def _body(session: BrowserSession) -> str:
    return f"{session.secret}.{session.person_id or 0}"
