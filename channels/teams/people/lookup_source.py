"""Where a turn came from, as far as a look-up needs to know it: as the activity says, or as it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from zoneinfo import available_timezones

from bot.protocol.turns import Source
from channels.teams.inbound.activities import ActivityPayload, get_activity_place, get_teams_account


@dataclass(frozen=True, slots=True)
class LookupSource:
    """`roster_id` is the sender as every roster knows them, `bot` our own id among the members."""

    place: str
    service_url: str
    account: str
    roster_id: str
    bot: str = ""
    locale: str | None = None
    timezone: str | None = None

    @classmethod
    def told(cls, activity: ActivityPayload) -> Self:
        """As the activity says it."""
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
        """Long after the activity: `sender` is how we reach the sender's account."""
        server = source.way_back.get("service_url") or sender.get("service_url") or ""
        roster_id = str(sender.get("user") or source.account)
        return cls(source.conversation, str(server), source.account, roster_id, str(sender.get("bot") or ""))


def _zone(activity: ActivityPayload) -> str | None:
    """The time zone of the client, where we know it too: days are counted in it."""
    told = [entity.get("timezone") for entity in activity.get("entities") or () if entity.get("type") == "clientInfo"]
    return next((zone for zone in (*told, activity.get("localTimezone")) if zone in _zones()), None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
