"""What a look-up needs to know of a turn's origin, from the activity or from what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from zoneinfo import available_timezones

from bot.protocol.turns import Source
from channels.teams.inbound.activities import ActivityPayload, get_activity_place, get_teams_account


@dataclass(frozen=True, slots=True)
class LookupSource:
    """`roster_id` is the sender's id on every roster, `bot` the bot's own id among the members."""

    place: str
    service_url: str
    account: str
    roster_id: str
    bot: str = ""
    locale: str | None = None
    timezone: str | None = None

    @classmethod
    def told(cls, activity: ActivityPayload) -> Self:
        """Build it from an activity."""
        sender = activity["from"]
        return cls(
            get_activity_place(activity),
            activity["serviceUrl"],
            get_teams_account(sender),
            sender["id"],
            str((activity.get("recipient") or {}).get("id") or ""),
            activity.get("locale") or None,
            _zone(activity),
        )

    @classmethod
    def stored(cls, source: Source, sender: Mapping[str, Any]) -> Self:
        """Build it for a turn whose activity is gone. `sender` is the stored reference of the sender's account."""
        server = source.way_back.get("service_url") or sender.get("service_url") or ""
        roster_id = str(sender.get("user") or source.account)
        return cls(source.conversation, str(server), source.account, roster_id, str(sender.get("bot") or ""))


def _zone(activity: ActivityPayload) -> str | None:
    """Return the client's time zone if it is a known one, else None. It decides the person's day."""
    told = [entity.get("timezone") for entity in activity.get("entities") or () if entity.get("type") == "clientInfo"]
    return next((zone for zone in (*told, activity.get("localTimezone")) if zone in _zones()), None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
