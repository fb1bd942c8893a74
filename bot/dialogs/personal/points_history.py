"""The entries of a points balance."""

from bot.cards.points import build_points_history_card
from bot.dialogs.dialog import CommandSpec, DialogContext
from bot.dialogs.lookup import Lookup
from bot.dialogs.personal.points import check_points_access, get_name_unless_reader
from bot.protocol.turns import Reply, Say
from engine.people.models import Person
from engine.points.ledger import count_entries, get_balance, list_entries

MAX_HISTORY_ENTRIES = 20


async def show_points_history(talk: DialogContext, person: Person) -> Reply:
    check_points_access(talk, person)
    total = await get_balance(talk.session, person.id)
    shown = await list_entries(talk.session, person.id, limit=MAX_HISTORY_ENTRIES)
    older = await count_entries(talk.session, person.id) - len(shown)
    return Say(
        build_points_history_card(total, shown, talk.copy, name=get_name_unless_reader(talk, person), older=older)
    )


POINTS_HISTORY_LOOKUP = Lookup("why", show_points_history)

POINTS_HISTORY_COMMANDS = (
    CommandSpec("why", POINTS_HISTORY_LOOKUP.dialog, POINTS_HISTORY_LOOKUP.command, writes=False),
)
