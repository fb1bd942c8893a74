"""Whose day has begun: the first turn of a person on a day of their own."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.dialogs.dialog import DialogContext
from engine.events.gate import record_login
from engine.periods import get_local_day


@dataclass(slots=True)
class DaysBegun:
    """The days of people who have only read so far: a turn that reads waits for no writer."""

    waiting: set[tuple[int, date]] = field(default_factory=set)

    async def note(self, talk: DialogContext, seen: datetime, *, writes: bool) -> None:
        """Note the person's day, where `seen`, the last use of the account, was on an earlier one."""
        zone = ZoneInfo(talk.person.timezone or talk.settings.timezone)
        today = get_local_day(talk.now, zone)
        if talk.settings.login_rewards == "off" or get_local_day(seen, zone) == today:
            return
        if writes:
            await record_login(talk.session, talk.person.id, today, talk.now)
        else:
            self.waiting.add((talk.person.id, today))

    def take(self) -> set[tuple[int, date]]:
        """Return the days that wait to be written down, each as (person id, day), and forget them."""
        taken, self.waiting = self.waiting, set()
        return taken
