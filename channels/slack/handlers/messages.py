"""Slack events about messages: what people write to the bot, and deleted messages, which take gifts back."""

import logging
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.protocol.button_tokens import sign_button_token
from bot.protocol.channel import DeliveryUncertain, RetryLater
from bot.protocol.turn_keys import acknowledged_key, turn_key
from bot.protocol.turns import Press, Say, Source, Turn
from channels.slack import limits
from channels.slack.api import get_slack_error_code, translate_slack_error
from channels.slack.handlers.turns import TurnRunner
from channels.slack.inbound.events import (
    get_bot_account,
    is_from_person,
    is_message_deletion,
    parse_deleted_message,
    parse_slack_message,
    parse_slack_ts,
)
from channels.slack.outbound.responses import SlackResponder
from channels.slack.types import SlackBody, Sleep
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.deduplication import Deduplicator
from channels.tasks.prompt_turns import PromptTurns
from engine.feed.by_turn import find_gift_of_turn
from engine.turns.pending_turns import delete_pending_turn

HANDLER_RETRY_DELAY_S = 1.0  # seconds before a retry of our own, because Slack has its acknowledgement
DELETION_DELAY_S = 2.0  # seconds, in which what is given just now will stand

MAX_DELETION_AGE = timedelta(
    days=1
)  # a message deleted later than that took part in nothing that could still be taken back

log = logging.getLogger(__name__)


class RedeliveryWanted(Exception):
    """Our side broke, and Slack may bring this event again."""


@dataclass(slots=True)
class MessageHandler:
    """`not_told` counts lost answers by Slack's reason."""

    talks: TurnRunner
    answers: SlackResponder
    turns: PromptTurns
    workspaces: Workspaces
    sleep: Sleep
    not_told: Counter[str] = field(default_factory=Counter)
    _once: Deduplicator = field(default_factory=Deduplicator)

    async def on_message(self, body: SlackBody, request: Any) -> None:
        event = body["event"]
        if is_message_deletion(event):
            await self._deleted(body, request)
        elif event.get("channel_type") == "im":
            await self.on_said(body, request)

    async def on_said(self, body: SlackBody, request: Any) -> None:
        event = body["event"]
        if not is_from_person(event):
            return
        for turn in parse_slack_message(body, await self._own_account(body), self._verbs()):
            await self.hear(turn, event, request)

    async def hear(self, turn: Turn, event: Mapping[str, Any], request: Any) -> None:
        """Answer a turn once, in the place where the person wrote.

        `event` holds their `user` and the `channel`. Raises RedeliveryWanted, and TurnNotStored if Slack must not get
        an acknowledgement.
        """
        last = request.headers.get("x-slack-retry-num", ["0"])[0] >= str(limits.LAST_RETRY_NUMBER)
        name = "/".join((turn.source.tenant, turn.source.conversation, turn.source.message_id))
        work = self._once.run(name, lambda: self._say(turn, event, last))
        await self.turns.run(turn, work, lambda said: self._say_late(said, turn, event))

    async def take_back(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> None:
        """Press *Undo* for the person if kudos or badges from the turn `gift` are still valid.

        So the rules of *Undo* apply. `name` is the message id of this turn. If no gift is found, it may still wait or
        be in progress: the waiting turn is deleted, and a second look follows after a short delay, because people
        change their minds within a second. Raises as `hear`.
        """
        if not await self._taken_back(gift, name, event, request):
            async with self.talks.bot.writing.begin() as session:
                await delete_pending_turn(session, **turn_key(gift))
                await delete_pending_turn(session, **acknowledged_key(gift))
            self.turns.under_way.run_in_background(self._look_again(gift, name, event, request))

    async def _look_again(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> None:
        await self.sleep(DELETION_DELAY_S)
        await self._taken_back(gift, name, event, request)

    async def _taken_back(self, gift: Source, name: str, event: Mapping[str, Any], request: Any) -> bool:
        bot = self.talks.bot
        async with bot.reading.begin() as session:
            given = await find_gift_of_turn(session, gift.cause, gift.sender)
        if given and given.stands:
            undo = sign_button_token("undo", f"{given.kind}-{given.id}", bot.key)
            await self.hear(Press(replace(gift, message_id=name, about=None), undo), event, request)
        return given is not None

    async def _deleted(self, body: SlackBody, request: Any) -> None:
        """Take back the gifts of a deleted message.

        Slack lets only its author and administrators delete it, and does not say who did.
        """
        gifts = parse_deleted_message(body, await self._own_account(body), self._verbs())
        if not gifts or self.talks.bot.clock() - parse_slack_ts(gifts[0].message_id) > MAX_DELETION_AGE:
            return
        there = {"user": gifts[0].account, "channel": gifts[0].conversation}
        for gift in gifts:
            await self.take_back(gift, f"{gift.message_id}:deleted", there, request)

    async def _own_account(self, body: SlackBody) -> str:
        return get_bot_account(body) or await self.workspaces.own_account(body.get("team_id", ""))

    async def _say(self, turn: Turn, event: Mapping[str, Any], last: bool) -> None:
        answered = await self.talks.answered(turn)
        if isinstance(answered.reply, Say) and answered.reply.failed and not last:
            raise RedeliveryWanted
        try:
            await self.answers.event(answered, event)
        except SlackApiError as error:
            if isinstance(meaning := translate_slack_error(error), RetryLater | DeliveryUncertain):
                raise RedeliveryWanted(str(meaning)) from None
            self._not_told(get_slack_error_code(error))
        except TimeoutError:
            log.warning("nobody knows whether the answer arrived", extra={"action": "answer_unsure"})
        except (ClientError, OSError) as error:
            raise RedeliveryWanted(type(error).__name__) from None
        self.turns.under_way.run_in_background(self.talks.settle(turn.source))

    def _not_told(self, code: str) -> None:
        """Count and log an answer that failed for good.

        The action stays done, so a redelivery of the event would not help.
        """
        self.not_told[code] += 1
        said = {"action": "answer_not_told", "error": code, "count": self.not_told[code]}
        log.warning("an answer cannot be told there", extra=said)

    async def _say_late(self, said: Awaitable[None], turn: Turn, event: Mapping[str, Any]) -> None:
        """Await a late answer and try it once more on RedeliveryWanted.

        The event is already acknowledged, so Slack will not bring it again.
        """
        try:
            await said
        except RedeliveryWanted:
            await self.sleep(HANDLER_RETRY_DELAY_S)
            await self._say(turn, event, last=True)

    def _verbs(self) -> frozenset[str]:
        return frozenset(name for verb in self.talks.bot.verbs for name in (verb.name, *verb.aliases))
