"""App Home: a private page that shows a person what they have.

It is drawn each time they open it, so it is up to date. While it may be open, it is drawn again after each action of
theirs and after each direct message to them: the result of a gift that had to wait, a gift received, a gift taken back.
Other changes by colleagues show at the next visit.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.dispatch.dispatcher import Bot
from bot.i18n.copy import Copy
from bot.protocol.channel import DeliveryUncertain, Destination, RetryLater
from bot.protocol.turns import Source
from bot.views.home import load_home_card
from channels.slack import limits
from channels.slack.api import get_slack_error_code, translate_slack_error
from channels.slack.inbound.events import parse_home_opened
from channels.slack.people.profiles import SlackProfiles
from channels.slack.render.cards import render_slack_blocks, render_slack_button
from channels.slack.types import SlackBody, SlackPayloadJson, Sleep
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import BackgroundTasks, wait_until_done

HOME_REDRAW_DELAY_S = 1.0  # seconds after what a person did, so that several things at once are drawn once
MAX_HOME_VIEWERS = 1000  # people whose page this process keeps up to date: those who looked last
HOME_ACTION_PREFIX = "home"  # of the action ids of its buttons

log = logging.getLogger(__name__)

HomeViewerKey = tuple[str, str]  # tenant and account


@dataclass(slots=True)
class HomeViewer:
    """`drawing` keeps an older picture from being shown over a newer one."""

    source: Source
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class AppHome:
    workspaces: Workspaces
    bot: Bot
    profiles: SlackProfiles
    under_way: BackgroundTasks
    sleep: Sleep
    _lookers: dict[HomeViewerKey, HomeViewer] = field(default_factory=dict)
    _due: set[HomeViewerKey] = field(default_factory=set)

    async def on_opened(self, body: SlackBody) -> None:
        if body["event"].get("tab") == "home":
            await self.under_way.run_promptly(self._shown(body), wait_until_done)

    def changed(self, source: Source) -> None:
        """Redraw the person's page soon after they did something, if they have opened it before."""
        self._draw_soon((source.tenant, source.account))

    def told(self, to: Destination) -> None:
        """Redraw the person's page soon after a direct message to them was posted or edited. Places are ignored."""
        if to.direct:
            self._draw_soon((to.tenant, to.external_id))

    def _draw_soon(self, key: HomeViewerKey) -> None:
        if key in self._lookers and key not in self._due:
            self._due.add(key)
            self.under_way.run_in_background(self._later(key))

    async def _shown(self, body: SlackBody) -> None:
        met = await self.profiles.introduce(parse_home_opened(body))
        key = (met.source.tenant, met.source.account)
        looker = self._lookers.pop(key, None) or HomeViewer(met.source)
        looker.source = met.source
        self._lookers[key] = looker
        if len(self._lookers) > MAX_HOME_VIEWERS:
            del self._lookers[next(iter(self._lookers))]
        if not await self._drawn(looker):
            self._draw_soon(key)

    async def _later(self, key: HomeViewerKey) -> None:
        await self.sleep(HOME_REDRAW_DELAY_S)
        self._due.discard(key)
        if looker := self._lookers.get(key):
            await self._drawn(looker)

    async def _drawn(self, looker: HomeViewer) -> bool:
        """Draw the page and publish it. Return False if Slack did not take it now but may do so soon."""
        async with looker.drawing:
            async with self.bot.reading.begin() as session:
                card, copy = await load_home_card(session, looker.source)
            view = {
                "type": "home",
                "blocks": [*render_slack_blocks(card, copy, limits.VIEW_BLOCKS - 1), _buttons(copy)],
            }
            return await self._published(looker.source.tenant, looker.source.account, view)

    async def _published(self, tenant: str, account: str, view: SlackPayloadJson) -> bool:
        try:
            client = self.workspaces.client_of(tenant)
            await client.api_call("views.publish", json={"user_id": account, "view": view})
        except (SlackApiError, ClientError, OSError) as error:
            meaning = translate_slack_error(error) if isinstance(error, SlackApiError) else DeliveryUncertain()
            code = get_slack_error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a home page was not taken", extra={"action": "home_failed", "error": code})
            return not isinstance(meaning, RetryLater | DeliveryUncertain)
        return True


def _buttons(copy: Copy) -> SlackPayloadJson:
    labels = {"kudos": "slack.home_kudos", "badge": "slack.home_badge", "help": "slack.home_help"}
    buttons: list[dict[str, Any]] = [
        render_slack_button(f"{HOME_ACTION_PREFIX}-{verb}", copy.line(key), verb) for verb, key in labels.items()
    ]
    buttons[0]["style"] = "primary"
    return {"type": "actions", "elements": buttons}
