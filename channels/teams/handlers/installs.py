"""Activities that say where the bot was added or removed, and who joined."""

import logging
from dataclasses import dataclass, field

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from channels.tasks.deduplication import Deduplicator
from channels.teams.connector.client import CONNECTOR_ERRORS
from channels.teams.handlers.welcome import WelcomeHandler
from channels.teams.inbound.activities import ActivityPayload, get_activity_tenant, is_personal_chat
from channels.teams.inbound.events import get_place_left, is_bot_added, list_newcomers
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.people.members import TeamsMembers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstallHandler:
    references: ConversationReferences
    members: TeamsMembers
    welcome: WelcomeHandler
    _once: Deduplicator = field(default_factory=Deduplicator)

    async def follow(self, activity: ActivityPayload) -> bool:
        """Handle the activity. Return False if it is of another kind."""
        if left := get_place_left(activity):
            await self._left(left, activity)
        elif is_bot_added(activity):
            await self._came(activity)
            self.members.schedule_lookup(activity)
        elif list_newcomers(activity):
            self.members.welcome(activity)
        else:
            return False
        return True

    async def _left(self, place: str, activity: ActivityPayload) -> None:
        if is_personal_chat(activity):
            await self.references.leave_chat(activity)
            self._once.forget(_chat(activity))
        else:
            await self.references.close(get_activity_tenant(activity), place)

    async def _came(self, activity: ActivityPayload) -> None:
        """Welcome a place or a person once, although two events report the installation.

        A place is new only if its reference is. An account that is linked to no person has no stored reference, so its
        chat is remembered in this process.
        """
        self.references.forget(activity)
        if is_personal_chat(activity):
            await self._once.run(_chat(activity), lambda: self._greet(activity))
        else:
            await self._greet(activity)

    async def _greet(self, activity: ActivityPayload) -> None:
        if not await self.references.keep(activity):
            return
        try:
            await self.welcome.say(activity, Copy(choose_language(activity.get("locale"))))
        except CONNECTOR_ERRORS as error:
            log.warning("nobody was greeted", extra={"action": "welcome_failed", "error": type(error).__name__})


def _chat(activity: ActivityPayload) -> str:
    return f"{get_activity_tenant(activity)}/{activity['conversation']['id']}"
