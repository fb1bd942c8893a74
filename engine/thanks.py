"""What a thank-you must be before anything is read: words to store, and people who may be thanked."""

import unicodedata
from collections.abc import Sequence

from engine import eligibility
from engine.errors import Refused
from engine.people import Person
from engine.settings import Settings

LONGEST = 500  # characters of the words


def refuse_words(words: str) -> None:
    """Raise Refused where the words are none, too many, or nothing that a database can hold."""
    if not any(_is_visible(mark) for mark in words):
        raise Refused("words_missing")
    if len(words) > LONGEST:
        raise Refused("words_too_long", length=len(words), limit=LONGEST)
    if not is_storable(words):
        raise Refused("words_unstorable")


def is_storable(words: str) -> bool:
    """Whether a database can hold the words: it knows neither NUL nor half a surrogate pair."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in words)


def _is_visible(mark: str) -> bool:
    return not mark.isspace() and unicodedata.category(mark) not in ("Cc", "Cf")


def to_whom(giver: Person, receivers: Sequence[Person], settings: Settings) -> tuple[Person, ...]:
    """The receivers, nobody twice, or the reason why they cannot be thanked."""
    people = {person.id: person for person in receivers}
    most = settings.kudos_maximum_receivers
    if not people:
        raise Refused("receiver_missing")
    if giver.id in people:
        raise Refused("self_kudos")
    if most and len(people) > most:
        raise Refused("kudos_too_many_receivers", count=most)
    for person in people.values():
        if not eligibility.is_eligible(person, "receive"):
            reason = "kudos_not_eligible" if person.active else "receiver_inactive"
            raise Refused(reason, name=person.display_name)
    return tuple(people.values())
