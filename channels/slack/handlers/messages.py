"""What Slack tells us of its own accord: what people say to the bot, and what they take back by deleting it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.protocol import button_tokens, turn_keys
from bot.protocol.channel import RetryLater, Unclear
from bot.protocol.turns import Press, Say, Source, Turn
from channels.slack import api, limits
from channels.slack.handlers.turns import Talks
from channels.slack.inbound import events as inbound_events
from channels.slack.outbound.responses import Answers
from channels.slack.types import Body
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import UnderWay
from channels.tasks.deduplication import Once
from engine.feed import by_turn
from engine.people.models import Account
from engine.turns import pending_turns

AGAIN = 1.0  # seconds, before we try ourselves what nobody brings again

SOON = 2.0  # seconds, in which what is given just now will stand

OLD = timedelta(days=1)  # a message deleted later than that took part in nothing that could still be taken back

log = logging.getLogger(__name__)


class TryAgain(Exception):
    """Our side broke, and Slack may bring this event again."""


@dataclass(slots=True)
class Hearing:
    """`not_told` counts lost answers by Slack's reason."""

    talks: Talks
    answers: Answers
    under_way: UnderWay
    workspaces: Workspaces
    not_told: Counter[str] = field(default_factory=Counter)
    _once: Once = field(default_factory=Once)

    async def on_message(self, body: Body, request: Any) -> None:
        event = body["event"]
        if inbound_events.is_deletion(event):
            await self._deleted(body, request)
        elif event.get("channel_type") == "im":
            await self.on_said(body, request)

    async def on_said(self, body: Body, request: Any) -> None:
        event = body["event"]
        if not inbound_events.is_said_by_person(event):
            return
        own = inbound_events.own_account(body) or await self.workspaces.own_account(body.get("team_id", ""))
        turn = inbound_events.said(body, own, self._verbs())
        await self.hear(turn, event, request)

    async def hear(self, turn: Turn, event: Mapping[str, Any], request: Any) -> None:
        """Answer once, where the person is: in `event` stand their `user` and the `channel`. Raises TryAgain."""
        last = request.headers.get("x-slack-retry-num", ["0"])[0] >= str(limits.LAST_RETRY)
        name = "/".join((turn.source.tenant, turn.source.conversation, turn.source.message_id))
        work = self._once.run(name, lambda: self._say(turn, event, last))
        await self.under_way.promptly(work, lambda said: self._say_late(said, turn, event))

    async def take_back(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> None:
        """Press *Undo* for the person, where kudos or badges stand that the turn `gift` gave.

        So the rules of *Undo* hold. `name` is the message id of this turn. Where nothing was given, it may wait to
        be given, or be in the giving just now: people change their minds within a second. Raises TryAgain.
        """
        if not await self._taken_back(gift, name, event, request):
            async with self.talks.bot.writing.begin() as session:
                await pending_turns.forget(session, **turn_keys.name(gift))
            self.under_way.go_on(self._look_again(gift, name, event, request))

    async def _look_again(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> None:
        await asyncio.sleep(SOON)
        await self._taken_back(gift, name, event, request)

    async def _taken_back(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> bool:
        bot = self.talks.bot
        async with bot.reading.begin() as session:
            given = await by_turn.by(session, gift.cause, Account(gift.channel, gift.tenant, gift.account))
        if given and given.stands:
            undo = button_tokens.sign("undo", f"{given.kind}-{given.id}", bot.key)
            await self.hear(Press(replace(gift, message_id=name, about=None), undo), event, request)
        return given is not None

    async def _deleted(self, body: Body, request: Any) -> None:
        """Slack lets only its author and administrators delete a message, and does not say who it was."""
        gift = inbound_events.deleted(body)
        if gift is None or self.talks.bot.clock() - inbound_events.instant(gift.message_id) > OLD:
            return
        there = {"user": gift.account, "channel": gift.conversation}
        await self.take_back(gift, f"{gift.message_id}:deleted", there, request)

    async def _say(self, turn: Turn, event: Mapping[str, Any], last: bool) -> None:
        answered = await self.talks.answered(turn)
        if isinstance(answered.reply, Say) and answered.reply.failed and not last:
            raise TryAgain
        try:
            await self.answers.event(answered, event)
        except SlackApiError as error:
            if isinstance(meaning := api.meaning_of(error), RetryLater | Unclear):
                raise TryAgain(str(meaning)) from None
            self._not_told(api.code_of(error))
        except TimeoutError:
            log.warning("nobody knows whether the answer arrived", extra={"action": "answer_unsure"})
        except (ClientError, OSError) as error:
            raise TryAgain(type(error).__name__) from None
        self.under_way.go_on(self.talks.settle(turn.source))

    def _not_told(self, code: str) -> None:
        """What was done stands, and bringing the event again would not help."""
        self.not_told[code] += 1
        said = {"action": "answer_not_told", "error": code, "count": self.not_told[code]}
        log.warning("an answer cannot be told there", extra=said)

    async def _say_late(self, said: Awaitable[None], turn: Turn, event: Mapping[str, Any]) -> None:
        """The event was acknowledged and nobody brings it again: so we try once more ourselves."""
        try:
            await said
        except TryAgain:
            await asyncio.sleep(AGAIN)
            await self._say(turn, event, last=True)

    def _verbs(self) -> frozenset[str]:
        return frozenset(name for verb in self.talks.bot.verbs for name in (verb.name, *verb.aliases))
