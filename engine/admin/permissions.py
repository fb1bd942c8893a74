"""Who may do what: the one place of permission."""

from engine.errors import NotAllowed
from engine.people.eligibility import is_eligible
from engine.people.models import Person

GIVING_ACTIONS = frozenset({"give", "kudos"})

ADMIN_ACTIONS = frozenset(
    {"announce", "revoke", "settings", "catalogue", "directory", "merge", "unmerge", "others_points", "reward"}
)


def is_permitted(person: Person, action: str) -> bool:
    """Return whether `person` may do `action` at all. Unknown actions are open to every active person."""
    if action in GIVING_ACTIONS:
        return is_eligible(person, "give")
    return person.active and (action not in ADMIN_ACTIONS or person.role == "admin")


def require_permission(person: Person, action: str) -> None:
    """Raise NotAllowed unless `person` may do `action`."""
    if is_permitted(person, action):
        return
    if action in GIVING_ACTIONS and person.active:
        raise NotAllowed("giver_not_eligible")
    raise NotAllowed("inactive" if not person.active else "admins_only")
