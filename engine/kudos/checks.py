"""The checks of the people who are thanked, before anything is read."""

from collections.abc import Sequence

from engine.admin.settings import Settings
from engine.errors import Refused
from engine.people.eligibility import is_eligible
from engine.people.models import Person


def check_receivers(giver: Person, receivers: Sequence[Person], settings: Settings) -> tuple[Person, ...]:
    """Return the receivers without duplicates, or refuse if they cannot be thanked.

    Raises Refused: "receiver_missing", "self_kudos", "kudos_too_many_receivers" (count), "kudos_not_eligible" (name),
    "receiver_inactive" (name).
    """
    people = {person.id: person for person in receivers}
    most = settings.kudos_maximum_receivers
    if not people:
        raise Refused("receiver_missing")
    if giver.id in people:
        raise Refused("self_kudos")
    if most and len(people) > most:
        raise Refused("kudos_too_many_receivers", count=most)
    for person in people.values():
        if not is_eligible(person, "receive"):
            reason = "kudos_not_eligible" if person.active else "receiver_inactive"
            raise Refused(reason, name=person.display_name)
    return tuple(people.values())
