"""The entries behind a balance of points."""

from bot.cards import points as cards
from bot.dialogs import Talk, Verb
from bot.dialogs.points import name_of, refuse_strangers
from bot.lookups import Lookup
from bot.turns import Reply, Say
from engine import points
from engine.people import Person

SHOWN = 20


async def show(talk: Talk, person: Person) -> Reply:
    refuse_strangers(talk, person)
    total = await points.balance(talk.session, person.id)
    shown = await points.entries(talk.session, person.id, limit=SHOWN)
    older = await points.how_many(talk.session, person.id) - len(shown)
    return Say(cards.why(total, shown, talk.copy, name=name_of(talk, person), older=older))


LOOKUP = Lookup("why", show)
VERBS = (Verb("why", LOOKUP.dialog, LOOKUP.command, writes=False),)
