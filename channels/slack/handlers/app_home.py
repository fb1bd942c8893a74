"""App Home: what a person has, for them alone.

Drawn whenever they look at it, so that what they see then is how things are; and while it may be open, again after
what they do, and after what we tell them directly: what came of a gift that had to wait, what they got, what was taken
back. What else others do is there when they look again.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.dispatch.dispatcher import Bot
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, RetryLater, Unclear
from bot.protocol.turns import Source
from bot.views import home as views_home
from channels.slack import api, limits
from channels.slack.inbound import events as inbound_events
from channels.slack.people.profiles import Profiles
from channels.slack.render import cards
from channels.slack.types import Body, Json
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import UnderWay, finished

SOON = 1.0  # seconds after what a person did, so that several things at once are drawn once

MOST = 1000  # people whose page this process keeps up to date: those who looked last

HOME = "home"  # of the action ids of its buttons

log = logging.getLogger(__name__)

Key = tuple[str, str]  # tenant and account


@dataclass(slots=True)
class Looker:
    """`drawing` keeps an older picture from being shown over a newer one."""

    source: Source
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Home:
    workspaces: Workspaces
    bot: Bot
    profiles: Profiles
    under_way: UnderWay
    _lookers: dict[Key, Looker] = field(default_factory=dict)
    _due: set[Key] = field(default_factory=set)

    async def on_opened(self, body: Body) -> None:
        if body["event"].get("tab") == "home":
            await self.under_way.promptly(self._shown(body), finished)

    def changed(self, source: Source) -> None:
        """The person did something: their page is drawn again soon, if they have looked at it."""
        self._draw_soon((source.tenant, source.account))

    def told(self, to: Destination) -> None:
        """Something was told at `to`, or changed there: where that is a person, theirs may have changed."""
        if to.direct:
            self._draw_soon((to.tenant, to.external_id))

    def _draw_soon(self, key: Key) -> None:
        if key in self._lookers and key not in self._due:
            self._due.add(key)
            self.under_way.go_on(self._later(key))

    async def _shown(self, body: Body) -> None:
        met = await self.profiles.introduce(inbound_events.home(body))
        key = (met.source.tenant, met.source.account)
        looker = self._lookers.pop(key, None) or Looker(met.source)
        looker.source = met.source
        self._lookers[key] = looker
        if len(self._lookers) > MOST:
            del self._lookers[next(iter(self._lookers))]
        if not await self._drawn(looker):
            self._draw_soon(key)

    async def _later(self, key: Key) -> None:
        await asyncio.sleep(SOON)
        self._due.discard(key)
        if looker := self._lookers.get(key):
            await self._drawn(looker)

    async def _drawn(self, looker: Looker) -> bool:
        """False where Slack did not take the page now and may do so soon."""
        async with looker.drawing:
            async with self.bot.reading.begin() as session:
                card, copy = await views_home.card(session, looker.source)
            view = {"type": "home", "blocks": [*cards.blocks(card, copy, limits.VIEW_BLOCKS - 1), _buttons(copy)]}
            return await self._published(looker.source.tenant, looker.source.account, view)

    async def _published(self, tenant: str, account: str, view: Json) -> bool:
        try:
            client = self.workspaces.client_of(tenant)
            await client.api_call("views.publish", json={"user_id": account, "view": view})
        except (SlackApiError, ClientError, OSError) as error:
            meaning = api.meaning_of(error) if isinstance(error, SlackApiError) else Unclear()
            code = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a home page was not taken", extra={"action": "home_failed", "error": code})
            return not isinstance(meaning, RetryLater | Unclear)
        return True


def _buttons(copy: Copy) -> Json:
    labels = {"kudos": "slack.home_kudos", "badge": "slack.home_badge", "help": "slack.home_help"}
    buttons: list[dict[str, Any]] = [
        cards.button(f"{HOME}-{verb}", copy.line(key), verb) for verb, key in labels.items()
    ]
    buttons[0]["style"] = "primary"
    return {"type": "actions", "elements": buttons}
