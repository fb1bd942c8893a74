"""Questions about an activity before it is translated into a turn."""

from channels.teams.inbound.activities import ActivityPayload, get_activity_place, is_bot_member, is_personal_chat


def is_addressed_to_bot(activity: ActivityPayload) -> bool:
    """Return whether a person addresses the bot: in its chat, by a mention, or by one of its buttons.

    Messages of bots do not count.
    """
    if is_bot_account(activity["from"]):
        return False
    if isinstance(activity.get("value"), dict) and activity["value"]:
        return bool({"token", "dialog"} & activity["value"].keys())
    named = (entity.get("mentioned") or {} for entity in activity.get("entities") or ())
    return is_personal_chat(activity) or any(is_bot_member(activity, who) for who in named)


def is_bot_account(who: ActivityPayload) -> bool:
    return who.get("role") == "bot" or str(who.get("id") or "").startswith("28:")


def list_newcomers(activity: ActivityPayload) -> list[str]:
    """Return the accounts of the people who joined a place that the bot is in."""
    added = activity.get("membersAdded") or ()
    return [str(member["id"]) for member in added if member.get("id") and not is_bot_account(member)]


def get_activity_team(activity: ActivityPayload) -> str:
    """Return the id of the team that the place belongs to, or ""."""
    team = (activity.get("channelData") or {}).get("team")
    found = team.get("id") if isinstance(team, dict) else None
    return found if isinstance(found, str) else ""


def is_bot_added(activity: ActivityPayload) -> bool:
    """Return whether the bot was added."""
    if activity["type"] == "installationUpdate":
        return str(activity.get("action") or "").startswith("add")
    return any(is_bot_member(activity, member) for member in activity.get("membersAdded") or ())


def get_place_left(activity: ActivityPayload) -> str:
    """Return the place that was deleted or that the bot was removed from, or "" for other activities."""
    data = activity.get("channelData") or {}
    if data.get("eventType") == "channelDeleted":  # the event itself comes in another channel of the team
        return str((data.get("channel") or {}).get("id") or "")
    if activity["type"] == "installationUpdate":
        removed = str(activity.get("action") or "").startswith("remove")
    else:
        removed = any(is_bot_member(activity, member) for member in activity.get("membersRemoved") or ())
    return get_activity_place(activity) if removed or data.get("eventType") == "teamDeleted" else ""
