"""Cards that show some people more than others: a client asks for its person's view, and what is pressed in one."""

from channels.teams.inbound.activities import ActivityPayload, MalformedActivity

LOOK_VERB = "look"  # the verb by which a client asks


def is_view_refresh(activity: ActivityPayload) -> bool:
    """Whether a client only asks what its person sees of a card."""
    return _action(activity).get("verb") == LOOK_VERB


def get_view_token(activity: ActivityPayload) -> str:
    """What stands for the card that a client asks about. Raises Malformed."""
    data = _action(activity).get("data")
    found = data.get("token") if isinstance(data, dict) else None
    if not isinstance(found, str):
        raise MalformedActivity("look")
    return found


def is_personal_view_press(activity: ActivityPayload) -> bool:
    """Whether the button is in a person's own view: what it brings about must not replace what others see."""
    data = _action(activity).get("data") or activity.get("value")
    return isinstance(data, dict) and bool(data.get("own"))


def _action(activity: ActivityPayload) -> ActivityPayload:
    value = activity.get("value")
    action = value.get("action") if isinstance(value, dict) else None
    return action if isinstance(action, dict) else {}
