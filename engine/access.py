"""Who may do what: the one place of permission."""

from engine.errors import NotAllowed
from engine.people import Person

ADMIN_ACTIONS = frozenset({"announce", "revoke", "settings", "catalogue", "directory", "others_points"})


def may(person: Person, action: str) -> bool:
    """Whether `person` may do `action` at all. Unknown actions are open to every active person."""
    if not person.active:
        return False
    return action not in ADMIN_ACTIONS or person.role == "admin"


def require(person: Person, action: str) -> None:
    """Raise NotAllowed unless `person` may do `action`."""
    if not may(person, action):
        raise NotAllowed("inactive" if not person.active else "admins_only")
