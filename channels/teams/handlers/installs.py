"""Where the bot is let in, and where it is no more."""

import logging
from dataclasses import dataclass, field

from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from channels.tasks.deduplication import Once
from channels.teams.connector.client import FAULTS
from channels.teams.handlers.welcome import Welcome
from channels.teams.inbound import activities
from channels.teams.inbound import events as inbound_events
from channels.teams.inbound.activities import Payload
from channels.teams.outbound.conversation_references import References
from channels.teams.people.members import Members

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    references: References
    members: Members
    welcome: Welcome
    _once: Once = field(default_factory=Once)

    async def follow(self, activity: Payload) -> bool:
        """Do what the event asks for. False where it tells of nothing that we look at."""
        if left := inbound_events.place_left(activity):
            await self._left(left, activity)
        elif inbound_events.has_come(activity):
            await self._came(activity)
            self.members.look_around(activity)
        elif inbound_events.newcomers(activity):
            self.members.welcome(activity)
        else:
            return False
        return True

    async def _left(self, place: str, activity: Payload) -> None:
        if activities.is_personal(activity):
            await self.references.leave_chat(activity)
            self._once.forget(_chat(activity))
        else:
            await self.references.close(activities.tenant_of(activity), place)

    async def _came(self, activity: Payload) -> None:
        """Two events tell of it. A place is new once; a person who is not linked to anybody is kept nowhere."""
        self.references.forget(activity)
        if activities.is_personal(activity):
            await self._once.run(_chat(activity), lambda: self._greet(activity))
        else:
            await self._greet(activity)

    async def _greet(self, activity: Payload) -> None:
        if not await self.references.keep(activity):
            return
        try:
            await self.welcome.say(activity, Copy(language_for(activity.get("locale"))))
        except FAULTS as error:
            log.warning("nobody was greeted", extra={"action": "welcome_failed", "error": type(error).__name__})


def _chat(activity: Payload) -> str:
    return f"{activities.tenant_of(activity)}/{activity['conversation']['id']}"
