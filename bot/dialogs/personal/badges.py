"""A person's badges: one's own, or a colleague's."""

from bot.cards.badge_list import build_colleague_badges_card, build_own_badges_card
from bot.dialogs.dialog import CommandSpec, DialogContext
from bot.dialogs.lookup import Lookup
from bot.protocol.elements import Mention
from bot.protocol.turns import Reply, Say
from engine.awards.queries import list_awards_of_person
from engine.people.models import Person

MAX_LISTED_BADGES = 20


async def show_badges(talk: DialogContext, person: Person) -> Reply:
    theirs = await list_awards_of_person(talk.session, person.id, limit=MAX_LISTED_BADGES + 1)
    if person.id == talk.person.id:
        return Say(build_own_badges_card(theirs, talk.copy, shown=MAX_LISTED_BADGES))
    return Say(
        build_colleague_badges_card(Mention(person.display_name, person.id), theirs, talk.copy, shown=MAX_LISTED_BADGES)
    )


BADGE_LIST_LOOKUP = Lookup("badges", show_badges)
BADGE_LIST_COMMANDS = (CommandSpec("badges", BADGE_LIST_LOOKUP.dialog, BADGE_LIST_LOOKUP.command, writes=False),)
