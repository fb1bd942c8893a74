"""Cards with a personal view for some people: the client's request for such a view, and the presses in one."""

from channels.teams.inbound.activities import ActivityPayload, MalformedActivity

LOOK_VERB = "look"  # the verb of a client's request


def is_view_refresh(activity: ActivityPayload) -> bool:
    """Return whether a client only asks for its person's view of a card."""
    return _action(activity).get("verb") == LOOK_VERB


def get_view_token(activity: ActivityPayload) -> str:
    """Return the token of the card that a client asks about. Raises MalformedActivity."""
    data = _action(activity).get("data")
    found = data.get("token") if isinstance(data, dict) else None
    if not isinstance(found, str):
        raise MalformedActivity("look")
    return found


def is_personal_view_press(activity: ActivityPayload) -> bool:
    """Return whether the button is in a person's own view. Its result must not replace the card of the others."""
    data = _action(activity).get("data") or activity.get("value")
    return isinstance(data, dict) and bool(data.get("own"))


def _action(activity: ActivityPayload) -> ActivityPayload:
    value = activity.get("value")
    action = value.get("action") if isinstance(value, dict) else None
    return action if isinstance(action, dict) else {}
