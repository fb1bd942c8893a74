"""App Home: what a person has, for them alone. Drawn when they look at it, and again after what they do."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot import home
from bot.dispatch import Bot
from bot.turns import Source
from bot.words import Copy
from channels.slack import api, events, limits, render
from channels.slack.answers import Body
from channels.slack.mrkdwn import Json
from channels.slack.profiles import Profiles
from channels.slack.workspaces import Workspaces
from channels.under_way import UnderWay, finished

SOON = 1.0  # seconds after what a person did, so that several things at once are drawn once
MOST = 1000  # people whose page this process keeps up to date: those who looked last
HOME = "home"  # of the action ids of its buttons

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Home:
    workspaces: Workspaces
    bot: Bot
    profiles: Profiles
    under_way: UnderWay
    _lookers: dict[tuple[str, str], Source] = field(default_factory=dict)
    _due: set[tuple[str, str]] = field(default_factory=set)

    async def on_opened(self, body: Body) -> None:
        if body["event"].get("tab") == "home":
            await self.under_way.promptly(self._shown(body), finished)

    def changed(self, source: Source) -> None:
        """The person did something: their page is drawn again soon, if they have looked at it."""
        key = (source.tenant, source.account)
        if key in self._lookers and key not in self._due:
            self._due.add(key)
            self.under_way.go_on(self._later(key))

    async def _shown(self, body: Body) -> None:
        met = await self.profiles.introduce(events.home(body))
        key = (met.source.tenant, met.source.account)
        self._lookers.pop(key, None)
        self._lookers[key] = met.source
        if len(self._lookers) > MOST:
            del self._lookers[next(iter(self._lookers))]
        await self._publish(met.source)

    async def _later(self, key: tuple[str, str]) -> None:
        await asyncio.sleep(SOON)
        self._due.discard(key)
        if source := self._lookers.get(key):
            await self._publish(source)

    async def _publish(self, source: Source) -> None:
        async with self.bot.reading.begin() as session:
            card, copy = await home.card(session, source)
        view = {"type": "home", "blocks": [*render.blocks(card, copy, limits.VIEW_BLOCKS - 1), _buttons(copy)]}
        try:
            client = self.workspaces.client_of(source.tenant)
            await client.api_call("views.publish", json={"user_id": source.account, "view": view})
        except (SlackApiError, ClientError, OSError) as error:
            code = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a home page was not taken", extra={"action": "home_failed", "error": code})


def _buttons(copy: Copy) -> Json:
    labels = {"kudos": "slack.home_kudos", "badge": "slack.home_badge", "help": "slack.home_help"}
    buttons: list[dict[str, Any]] = [
        render.button(f"{HOME}-{verb}", copy.line(key), verb) for verb, key in labels.items()
    ]
    buttons[0]["style"] = "primary"
    return {"type": "actions", "elements": buttons}
