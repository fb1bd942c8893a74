"""Two Slack workspaces of one company, Corp and Lab, and a stranger's: nobody has installed anything yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientResponse, ClientSession, CookieJar
from cryptography.fernet import Fernet

from bot.dialogs.commands import ALL_COMMANDS
from bot.dialogs.dialog import CommandSpec
from channels.slack.config import SlackOAuthConfig
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms.slack import TEAM, FakeSlack
from tests.platforms.slack_bot import SlackBot, slack_bot
from tests.platforms.slack_oauth import CLIENT, CLIENT_SECRET, FakeOAuth

CORP, LAB, FOREIGN = TEAM, "T02LAB", "T09ELSE"
OLD_KEY, NEW_KEY = (Fernet.generate_key().decode() for _ in range(2))


def app(*keys: str, allowed: tuple[str, ...] = (CORP, LAB)) -> SlackOAuthConfig:
    return SlackOAuthConfig(CLIENT, CLIENT_SECRET, keys or (OLD_KEY,), frozenset(allowed))


def workspace(team: str, **state: object) -> FakeSlack:
    return FakeSlack(team=team, bot=f"U0BOT{team[1:3]}", tokens=set(), **state)  # type: ignore[arg-type]


@dataclass
class Browser:
    """Somebody's browser, with its cookies. It follows nothing by itself."""

    origin: str
    session: ClientSession

    async def get(self, path: str, **query: str) -> ClientResponse:
        response = await self.session.get(self.origin + path, params=query, allow_redirects=False)
        await response.read()
        return response


@dataclass
class Several:
    """What a test drives: `bot` is the running Laurel, `oauth` gives its tokens."""

    bot: SlackBot
    oauth: FakeOAuth
    clock: Clock
    teams: dict[str, FakeSlack] = field(default_factory=dict)

    @asynccontextmanager
    async def browser(self, language: str = "en") -> AsyncIterator[Browser]:
        jar = CookieJar(unsafe=True)  # of an address without a name
        async with ClientSession(cookie_jar=jar, headers={"Accept-Language": language}) as session:
            yield Browser(str(self.bot.http.make_url("")).rstrip("/"), session)

    async def install(self, team: str, language: str = "en") -> ClientResponse:
        """Somebody installs it into that workspace; the page at the end."""
        async with self.browser(language) as browser:
            return await browser.get("/slack/oauth_redirect", **await self.allowed(browser, team))

    async def allowed(self, browser: Browser, team: str) -> dict[str, str]:
        """What Slack sends back after *Allow*."""
        begun = await browser.get("/slack/install")
        assert begun.status == 302
        return self.oauth.allow(self.teams[team], begun.headers["Location"])

    def used(self, team: str, method: str) -> int:
        """How often that method was called with a token of that workspace."""
        return len(self.teams[team].called(method))


@asynccontextmanager
async def several(
    writing: SessionFactory,
    reading: SessionFactory,
    clock: Clock,
    *keys: str,
    beside: Several | None = None,
    verbs: tuple[CommandSpec, ...] = ALL_COMMANDS,
    app_token: str = "",
    allowed: tuple[str, ...] = (CORP, LAB),
) -> AsyncIterator[Several]:
    """Laurel for several workspaces, perhaps `beside` another replica, with the same Slack."""
    shared = beside.bot.slack if beside else None
    how = {"oauth": app(*keys, allowed=allowed), "beside": shared, "app_token": app_token}
    async with slack_bot(writing, reading, clock, verbs, **how) as bot:  # type: ignore[arg-type]
        if beside:
            yield Several(bot, beside.oauth, clock, beside.teams)
            return
        bot.slack.tokens.clear()
        bot.slack.oauth = FakeOAuth()
        teams = {team: workspace(team) for team in (CORP, LAB, FOREIGN)}
        bot.slack.others = list(teams.values())
        yield Several(bot, bot.slack.oauth, clock, teams)
