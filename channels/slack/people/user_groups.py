"""User groups as receivers: "@devs" becomes its members if it is in the position of a receiver."""

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.protocol.channel import DeliveryUncertain, RetryLater
from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Source, Turn, Words
from channels.slack.api import get_slack_error_code, translate_slack_error
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.people import mentions
from channels.slack.people.profiles import SlackProfiles
from channels.slack.workspaces.workspaces import Workspaces
from engine.db.connection import SessionFactory
from engine.people.eligibility import get_eligible_names

USER_GROUP_TTL = timedelta(minutes=5)  # for so long Slack is not asked again who is in a group
MAX_GROUP_MEMBERS = 101  # members: one more than a turn may name, so that the dialog refuses it
MAX_CACHED_GROUPS = 1000  # groups that this process remembers
USER_GROUP_ID_PATTERN = re.compile(r"S[A-Z0-9]{2,30}")
CONJUNCTION_PATTERN = re.compile(r"\s*(?:[,;&]\s*)?(?:(?:and|y|e)\s+)?", re.IGNORECASE)
COMMAND_WORD_PATTERN = re.compile(r"\s*+/?\w*+[:,]?\s*+")  # at most: a command
TAGS_ONLY_PATTERN = re.compile(r"(?:#\S++|[\W_])*+")  # tags, and marks without letters; nothing is read twice

log = logging.getLogger(__name__)


@dataclass(slots=True)
class UserGroups:
    workspaces: Workspaces
    profiles: SlackProfiles
    reading: SessionFactory
    clock: Callable[[], datetime]
    group_s: float
    _members: dict[tuple[str, str], tuple[datetime, Sequence[str]]] = field(default_factory=dict)

    async def opened(self, turn: Turn) -> Turn:
        """Return the turn with the people of each group that is a receiver.

        A group elsewhere in the text becomes its name. Groups that Slack could not list now are added to
        `source.unmet`.
        """
        if not isinstance(turn, Command) or not any(is_user_group(part) for part in turn.words):
            return turn
        leading, trailing = find_receiver_places(turn.words)
        parts: list[str | Mention] = []
        for at, part in enumerate(turn.words):
            is_meant = at < leading or at >= trailing
            parts += await self._opened(turn.source, part, is_meant) if is_user_group(part) else (part,)
        unmet = frozenset(part.account or "" for part in parts if isinstance(part, Mention) and is_user_group(part))
        return replace(turn, words=tuple(parts), source=replace(turn.source, unmet=turn.source.unmet | unmet))

    async def _opened(self, source: Source, group: str | Mention, is_meant: bool) -> Words:
        if not isinstance(group, Mention) or source.about or not is_meant:
            return (f"@{group.name if isinstance(group, Mention) else group}",)
        members = await self._accounts(source, group.account or "")
        if members is None:
            return (group,)
        people = await self._colleagues(source, members)
        joined = [part for person in people for part in (", ", person)][1:]
        return tuple(joined) or (f"@{group.name}",)

    async def _accounts(self, source: Source, group: str) -> Sequence[str] | None:
        """Return the accounts in the group, without the sender unless they are alone.

        Return None if Slack fails to list them now.
        """
        key, now = (source.tenant, group), self.clock()
        known = self._members.get(key)
        if known is None or known[0] < now:
            found = await self._asked(source.tenant, group)
            if found is None:
                return None
            if len(self._members) >= MAX_CACHED_GROUPS:
                self._members.clear()
            known = self._members[key] = (now + USER_GROUP_TTL, found)
        others = [account for account in known[1] if account != source.account]
        return (others or known[1])[:MAX_GROUP_MEMBERS]

    async def _asked(self, team: str, group: str) -> Sequence[str] | None:
        """Ask Slack for the accounts in a group. Return None if a later try may work.

        Return () on a lasting failure: the scope is missing, or the group is gone.
        """
        try:
            call = self.workspaces.client_of(team).usergroups_users_list(usergroup=group)
            return [str(one) for one in (await asyncio.wait_for(call, self.group_s)).get("users") or ()]
        except SlackApiError as error:
            log.warning("a group was not told", extra={"action": "group_failed", "error": get_slack_error_code(error)})
            return None if isinstance(translate_slack_error(error), RetryLater | DeliveryUncertain) else ()
        except (ClientError, OSError) as error:
            log.warning("a group was not told", extra={"action": "group_failed", "error": type(error).__name__})
            return None

    async def _colleagues(self, source: Source, members: Sequence[str]) -> Sequence[Mention]:
        """Return mentions of the members who may receive.

        Unknown members are looked up first; guests and bots are left out.
        """
        found = await self._found(source, members)
        strangers = [account for account in members if account not in found]
        if strangers:
            await self.profiles.meet(source.tenant, strangers[: mentions.MAX_LOOKED_UP_ACCOUNTS])
            found = await self._found(source, members)
        return [Mention(found[account], account=account) for account in members if account in found]

    async def _found(self, source: Source, accounts: Collection[str]) -> dict[str, str]:
        async with self.reading.begin() as session:
            return await get_eligible_names(
                session, channel=inbound_payloads.SLACK_CHANNEL, tenant=source.tenant, accounts=accounts
            )


def is_user_group(part: str | Mention) -> bool:
    return isinstance(part, Mention) and USER_GROUP_ID_PATTERN.fullmatch(part.account or "") is not None


def find_receiver_places(words: Words) -> tuple[int, int]:
    """Find where receivers can be: before the first index returned, and from the second one on.

    Before the first there are only a command, mentions and conjunctions; from the second on only mentions, tags and
    marks.
    """
    leading = 0
    while leading < len(words) and _is_like(CONJUNCTION_PATTERN if leading else COMMAND_WORD_PATTERN, words[leading]):
        leading += 1
    trailing = len(words)
    while trailing and _is_like(TAGS_ONLY_PATTERN, words[trailing - 1]):
        trailing -= 1
    return leading, trailing


def _is_like(pattern: re.Pattern[str], part: str | Mention) -> bool:
    return isinstance(part, Mention) or pattern.fullmatch(part) is not None
