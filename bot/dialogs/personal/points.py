"""A person's points. An administrator may ask for the points of others."""

from bot.cards.points import build_balance_card
from bot.dialogs.dialog import CommandSpec, DialogContext
from bot.dialogs.lookup import Lookup
from bot.protocol.turns import Reply, Say
from engine.admin.permissions import is_permitted
from engine.errors import NotAllowed
from engine.people.models import Person
from engine.points.ledger import get_balance, list_entries

MAX_RECENT_ENTRIES = 3


def check_points_access(talk: DialogContext, person: Person) -> None:
    """Raise NotAllowed "own_points_only" if a member asks for another person's points."""
    if person.id != talk.person.id and not is_permitted(talk.person, "others_points"):
        raise NotAllowed("own_points_only")


def get_name_unless_reader(talk: DialogContext, person: Person) -> str | None:
    """Return the person's name, or None if the person is the reader."""
    return None if person.id == talk.person.id else person.display_name


async def show_points(talk: DialogContext, person: Person) -> Reply:
    check_points_access(talk, person)
    total = await get_balance(talk.session, person.id)
    last = await list_entries(talk.session, person.id, limit=MAX_RECENT_ENTRIES)
    return Say(build_balance_card(total, last, talk.copy, name=get_name_unless_reader(talk, person)))


POINTS_LOOKUP = Lookup("points", show_points)
POINTS_COMMANDS = (CommandSpec("points", POINTS_LOOKUP.dialog, POINTS_LOOKUP.command, writes=False),)
