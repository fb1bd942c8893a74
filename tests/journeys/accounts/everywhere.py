"""One office that talks on every channel at once, and platforms that fail as a test wants."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from channels.server.time_limits import TimeLimits
from tests.conftest import Clock
from tests.journeys.wire import slack as on_slack
from tests.journeys.wire import teams as on_teams
from tests.journeys.wire import telegram as on_telegram
from tests.journeys.wire.seen import WINS, Hand
from tests.journeys.wire.web import web_hand
from tests.journeys.wire.world import Plan, World, as_usual, running
from tests.platforms import slack, teams, telegram
from tests.platforms.card_texts import of_activity
from tests.platforms.slack import FakeSlack
from tests.platforms.slack_bot import words_of
from tests.platforms.teams import FakeTeams, alias
from tests.platforms.telegram import FakeTelegram
from tests.time_limits import FAR

Platform = FakeSlack | FakeTeams | FakeTelegram

POSTS = {"slack": "chat.postMessage", "teams": "send", "telegram": "sendMessage"}
CALLS = {
    "slack": ("auth.test", "users.info", "users.list", "conversations.open", "chat.postMessage", "chat.update"),
    "teams": ("openid", "keys", "token", "create", "send", "update", "member"),
    "telegram": ("getMe", "sendMessage", "editMessageText"),
}
ANY = 500  # more calls than anybody makes
BROKEN: Mapping[str, Any] = {
    "slack": slack.Failure("service_unavailable", 503),
    "teams": teams.Failure(503),
    "telegram": telegram.Failure(502, "Bad Gateway"),
}


def break_down(platform: Platform, channel: str) -> None:
    """Every call fails until it is mended."""
    for call in CALLS[channel]:
        platform.fail(call, *[BROKEN[channel]] * ANY)


def down(channel: str) -> Plan:
    """That platform is down when we start."""

    def plan(on_slack: FakeSlack, on_teams: FakeTeams, on_telegram: FakeTelegram) -> None:
        break_down({"slack": on_slack, "teams": on_teams, "telegram": on_telegram}[channel], channel)

    return plan


@dataclass
class Everywhere:
    """A hand on each channel."""

    world: World
    hands: Mapping[str, Hand]

    def platform(self, channel: str) -> Any:
        return getattr(self.world, channel)

    def mend(self, channel: str) -> None:
        self.platform(channel).failures.clear()

    async def knock_everywhere(self, line: str) -> None:
        """Ana sends the line on each platform; nobody looks whether she is answered."""
        for channel in POSTS:
            with suppress(AssertionError, StopIteration, ValueError, RuntimeError):
                await self.hands[channel].say("ana", line)

    async def subscribe(self) -> None:
        """One place on each platform follows the celebrations."""
        for channel in POSTS:
            await self.hands[channel].say("eve", "/laurel announce here", WINS)
        await self.world.settled()

    async def ready(self) -> tuple[str, Mapping[str, str]]:
        """What `/readyz` says: the status, and what is the matter with each part."""
        async with self.world.http.get(f"{self.world.origin}/readyz") as response:
            told = await response.json()
            return told["status"], told["parts"]

    async def is_ready(self) -> bool:
        return (await self.ready())[0] == "ready"

    def there(self, channel: str, at: str = WINS) -> list[str]:
        """The words of each message of the place as it stands now, oldest first."""
        match channel:
            case "slack":
                return [words_of(said) for said in self.world.slack.posted(on_slack.CHANNELS[at])]
            case "teams":
                return ["\n".join(of_activity(said)) for said in self.world.teams.posted(on_teams.CHANNELS[at])]
            case _:
                return [said["text"] for said in self.world.telegram.posted(on_telegram.GROUPS[at])]

    def alone(self, channel: str, who: str) -> list[str]:
        """The words of each message to that person alone."""
        match channel:
            case "slack":
                return [words_of(said) for said in self.world.slack.posted(f"D{who.upper()}")]
            case "teams":
                return ["\n".join(of_activity(said)) for said in self.world.teams.posted(f"a:{alias(who)}")]
            case _:
                return [said["text"] for said in self.world.telegram.posted(on_telegram.account(who))]


@asynccontextmanager
async def everywhere(
    url: str,
    database: AsyncEngine,
    clock: Clock,
    plan: Plan = as_usual,
    times: TimeLimits = FAR,
    redis_url: str = "",
) -> AsyncIterator[Everywhere]:
    """The whole application on the empty database at `url`; everybody is on Telegram already."""
    async with running(url, database, clock, "en", plan, times, redis_url) as world, web_hand(world) as web:
        await on_telegram.link(world)
        hands = {
            "web": web,
            "slack": on_slack.SlackHand(world),
            "teams": on_teams.TeamsHand(world),
            "telegram": on_telegram.TelegramHand(world),
        }
        yield Everywhere(world, hands)
