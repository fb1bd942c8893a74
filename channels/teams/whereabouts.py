"""Where the bot is let in, and where it is no more."""

import logging
from dataclasses import dataclass, field

from bot.words import Copy, language_for
from channels.once import Once
from channels.teams import events, inbound
from channels.teams.api import FAULTS
from channels.teams.inbound import Payload
from channels.teams.members import Members
from channels.teams.references import References
from channels.teams.welcome import Welcome

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    references: References
    members: Members
    welcome: Welcome
    _once: Once = field(default_factory=Once)

    async def follow(self, activity: Payload) -> bool:
        """Do what the event asks for. False where it tells of nothing that we look at."""
        if left := events.place_left(activity):
            await self._left(left, activity)
        elif events.has_come(activity):
            await self._came(activity)
            self.members.look_around(activity)
        elif events.newcomers(activity):
            self.members.welcome(activity)
        else:
            return False
        return True

    async def _left(self, place: str, activity: Payload) -> None:
        if inbound.is_personal(activity):
            await self.references.leave_chat(activity)
            self._once.forget(_chat(activity))
        else:
            await self.references.close(inbound.tenant_of(activity), place)

    async def _came(self, activity: Payload) -> None:
        """Two events tell of it. A place is new once; a person who is not linked to anybody is kept nowhere."""
        self.references.forget(activity)
        if inbound.is_personal(activity):
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
    return f"{inbound.tenant_of(activity)}/{activity['conversation']['id']}"
