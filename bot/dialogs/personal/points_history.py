"""The entries behind a balance of points."""

from bot.cards import points as cards
from bot.dialogs.dialog import Talk, Verb
from bot.dialogs.lookup import Lookup
from bot.dialogs.personal.points import name_of, refuse_strangers
from bot.protocol.turns import Reply, Say
from engine.people.models import Person
from engine.points import ledger

SHOWN = 20


async def show(talk: Talk, person: Person) -> Reply:
    refuse_strangers(talk, person)
    total = await ledger.balance(talk.session, person.id)
    shown = await ledger.entries(talk.session, person.id, limit=SHOWN)
    older = await ledger.how_many(talk.session, person.id) - len(shown)
    return Say(cards.why(total, shown, talk.copy, name=name_of(talk, person), older=older))


LOOKUP = Lookup("why", show)

VERBS = (Verb("why", LOOKUP.dialog, LOOKUP.command, writes=False),)
