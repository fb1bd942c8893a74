"""A person's badges: one's own, or a colleague's."""

from bot.cards import Mention, badges
from bot.dialogs import Talk, Verb
from bot.lookups import Lookup
from bot.turns import Reply, Say
from engine import awards
from engine.people import Person

SHOWN = 20


async def show(talk: Talk, person: Person) -> Reply:
    theirs = await awards.of(talk.session, person.id, limit=SHOWN + 1)
    if person.id == talk.person.id:
        return Say(badges.mine(theirs, talk.copy, shown=SHOWN))
    return Say(badges.theirs(Mention(person.display_name, person.id), theirs, talk.copy, shown=SHOWN))


LOOKUP = Lookup("badges", show)
VERBS = (Verb("badges", LOOKUP.dialog, LOOKUP.command, writes=False),)
