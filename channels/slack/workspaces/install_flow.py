"""The installation of the app into a workspace: to Slack, where a person allows it, and back with a code."""

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urljoin

from aiohttp import ClientError, web
from slack_sdk.errors import SlackApiError

from bot.i18n.copy import Copy
from bot.protocol.channel import DeliveryUncertain, RetryLater
from channels.slack.api import get_slack_error_code, translate_slack_error
from channels.slack.config import SlackOAuthConfig
from channels.slack.workspaces.encryption import CannotDecrypt
from channels.slack.workspaces.install_pages import get_browser_copy, render_install_page
from channels.slack.workspaces.installations import Installation, spend_install_state
from channels.slack.workspaces.multiple import InstalledWorkspaces
from channels.slack.workspaces.token_exchange import InvalidGrant, parse_installation, request_oauth_token

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
INSTALL_COOKIE = "laurel_slack_install"
INSTALL_TIMEOUT_S = 600  # from one of our addresses to the other
SPENT_STATE_RETENTION = timedelta(seconds=2 * INSTALL_TIMEOUT_S)  # longer than a state is valid
MAX_QUERY_LENGTH = 2000  # characters of what comes with the address
STATE_PREFIX = "install:"  # what we seal for this way opens no other door

log = logging.getLogger(__name__)


class InstallRefused(Exception):
    """A refused installation. It holds the key of the sentence that gives the reason."""

    def __init__(self, why: str, status: int = 400, team: str = "") -> None:
        super().__init__(why)
        self.why, self.status, self.team = why, status, team


@dataclass(frozen=True, slots=True)
class InstallFlow:
    """`public_url` is where browsers reach us; `scopes` is what we ask each workspace for."""

    installed: InstalledWorkspaces
    oauth: SlackOAuthConfig
    public_url: str
    scopes: tuple[str, ...]

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/slack/install", self.begin, allow_head=False)
        app.router.add_get("/slack/oauth_redirect", self.handle_redirect, allow_head=False)

    async def begin(self, request: web.Request) -> web.Response:
        """Handle `GET /slack/install`: redirect to Slack with a state that only this browser can bring back."""
        secret = secrets.token_urlsafe(32)
        asked = {
            "client_id": self.oauth.client_id,
            "scope": ",".join(self.scopes),
            "redirect_uri": f"{self.public_url}{REDIRECT_PATH}",
            "state": self.installed.vault.stamp(STATE_PREFIX + secret, self.installed.clock()),
        }
        slack = urljoin(self.installed.plain.base_url, "/oauth/v2/authorize")
        response = web.Response(status=302, headers={"Location": f"{slack}?{urlencode(asked)}"})
        response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        safe = self.public_url.startswith("https://")
        response.set_cookie(
            INSTALL_COOKIE, secret, max_age=INSTALL_TIMEOUT_S, path="/slack", httponly=True, secure=safe, samesite="Lax"
        )
        return response

    async def handle_redirect(self, request: web.Request) -> web.Response:
        """Handle `GET /slack/oauth_redirect`: install the app and return a page with the result in plain text."""
        copy = get_browser_copy(request)
        try:
            new = await self._installed(request)
        except InstallRefused as no:
            log.info("a workspace was not installed", extra={"action": "not_installed", "why": no.why})
            response = self._refused(copy, no)
        else:
            done, next_step = copy.line("slack.install_done", name=new.name), copy.line("slack.install_next")
            response = render_install_page(copy, done, next_step, copy.line("slack.install_members"), status=200)
        response.del_cookie(INSTALL_COOKIE, path="/slack")
        return response

    async def _installed(self, request: web.Request) -> Installation:
        if request.query.get("error"):
            raise InstallRefused("slack.install_denied", 403)
        code, state = (request.query.get(name, "") for name in ("code", "state"))
        if not (0 < len(code) <= MAX_QUERY_LENGTH and 0 < len(state) <= MAX_QUERY_LENGTH):
            raise InstallRefused("slack.install_stale")
        await self._spend(state, request.cookies.get(INSTALL_COOKIE, ""))
        new = await self._exchanged(code)
        await self.installed.install(new)
        return new

    async def _spend(self, state: str, cookie: str) -> None:
        """Use up the state of an installation.

        Raises InstallRefused unless it is genuine, fresh, from this browser and unused.
        """
        now = self.installed.clock()
        try:
            opened = self.installed.vault.open_fresh(state, now, INSTALL_TIMEOUT_S)
        except CannotDecrypt:
            raise InstallRefused("slack.install_stale") from None
        if not hmac.compare_digest(opened.encode(), (STATE_PREFIX + cookie).encode()):
            raise InstallRefused("slack.install_stale")
        async with self.installed.writing.begin() as session:
            digest = sha256(opened.encode()).hexdigest()
            if not await spend_install_state(session, digest, now, kept=SPENT_STATE_RETENTION):
                raise InstallRefused("slack.install_stale")

    async def _exchanged(self, code: str) -> Installation:
        """Exchange the code for what Slack grants.

        Raises InstallRefused if Slack refuses, or if the workspace is not an allowed one.
        """
        try:
            given = {"code": code, "redirect_uri": f"{self.public_url}{REDIRECT_PATH}"}
            granted = await request_oauth_token(self.installed.plain, self.oauth, given)
        except SlackApiError as error:
            log.warning("a code was not taken", extra={"action": "code_refused", "error": get_slack_error_code(error)})
            if isinstance(translate_slack_error(error), RetryLater | DeliveryUncertain):
                raise InstallRefused("slack.install_no_answer", 502) from None
            raise InstallRefused("slack.install_stale") from None
        except (ClientError, OSError):
            raise InstallRefused("slack.install_no_answer", 502) from None
        if granted.get("is_enterprise_install"):
            await self._give_back(granted.get("access_token"))
            raise InstallRefused("slack.install_organisation", 403)
        return await self._ours(granted)

    async def _ours(self, granted: Mapping[str, Any]) -> Installation:
        try:
            new = parse_installation(granted, self.installed.clock())
        except InvalidGrant:
            raise InstallRefused("slack.install_no_answer", 502) from None
        if new.team not in self.oauth.teams:
            await self._give_back(new.token.value)
            raise InstallRefused("slack.install_foreign", 403, new.team)
        return new

    async def _give_back(self, token: object) -> None:
        """Revoke the token of a workspace that may not install the app. Only tokens of allowed workspaces are kept."""
        try:
            await self.installed.plain.auth_revoke(token=str(token))
        except (SlackApiError, ClientError, OSError) as error:
            log.info("a token was not given back", extra={"action": "not_revoked", "error": type(error).__name__})

    def _refused(self, copy: Copy, no: InstallRefused) -> web.Response:
        title = copy.line("slack.install_failed")
        if no.team:
            return render_install_page(copy, title, copy.line("slack.install_foreign", team=no.team), status=no.status)
        return render_install_page(copy, title, copy.line(no.why), status=no.status, again=INSTALL_PATH)
