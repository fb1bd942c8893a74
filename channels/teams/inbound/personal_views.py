"""Cards that show some people more than others: a client asks for its person's view, and what is pressed in one."""

from channels.teams.inbound.activities import Malformed, Payload

LOOK = "look"  # the verb by which a client asks


def is_look(activity: Payload) -> bool:
    """Whether a client only asks what its person sees of a card."""
    return _action(activity).get("verb") == LOOK


def token(activity: Payload) -> str:
    """What stands for the card that a client asks about. Raises Malformed."""
    data = _action(activity).get("data")
    found = data.get("token") if isinstance(data, dict) else None
    if not isinstance(found, str):
        raise Malformed("look")
    return found


def is_pressed(activity: Payload) -> bool:
    """Whether the button is in a person's own view: what it brings about must not replace what others see."""
    data = _action(activity).get("data") or activity.get("value")
    return isinstance(data, dict) and bool(data.get("own"))


def _action(activity: Payload) -> Payload:
    value = activity.get("value")
    action = value.get("action") if isinstance(value, dict) else None
    return action if isinstance(action, dict) else {}
