"""What a person has in points. An administrator may ask for somebody else's."""

from bot.cards import points as cards
from bot.dialogs.dialog import Talk, Verb
from bot.dialogs.lookup import Lookup
from bot.protocol.turns import Reply, Say
from engine.admin import permissions
from engine.errors import NotAllowed
from engine.people.models import Person
from engine.points import ledger

LAST = 3


def refuse_strangers(talk: Talk, person: Person) -> None:
    """Raise NotAllowed "own_points_only" where a member asks for somebody else's points."""
    if person.id != talk.person.id and not permissions.may(talk.person, "others_points"):
        raise NotAllowed("own_points_only")


def name_of(talk: Talk, person: Person) -> str | None:
    """The person's name; None where it is the reader."""
    return None if person.id == talk.person.id else person.display_name


async def show(talk: Talk, person: Person) -> Reply:
    refuse_strangers(talk, person)
    total = await ledger.balance(talk.session, person.id)
    last = await ledger.entries(talk.session, person.id, limit=LAST)
    return Say(cards.balance(total, last, talk.copy, name=name_of(talk, person)))


LOOKUP = Lookup("points", show)

VERBS = (Verb("points", LOOKUP.dialog, LOOKUP.command, writes=False),)
