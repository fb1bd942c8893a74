"""A person's badges: one's own, or a colleague's."""

from bot.cards import badge_list
from bot.dialogs.dialog import Talk, Verb
from bot.dialogs.lookup import Lookup
from bot.protocol.elements import Mention
from bot.protocol.turns import Reply, Say
from engine.awards import queries as awards_queries
from engine.people.models import Person

SHOWN = 20


async def show(talk: Talk, person: Person) -> Reply:
    theirs = await awards_queries.of(talk.session, person.id, limit=SHOWN + 1)
    if person.id == talk.person.id:
        return Say(badge_list.mine(theirs, talk.copy, shown=SHOWN))
    return Say(badge_list.theirs(Mention(person.display_name, person.id), theirs, talk.copy, shown=SHOWN))


LOOKUP = Lookup("badges", show)

VERBS = (Verb("badges", LOOKUP.dialog, LOOKUP.command, writes=False),)
