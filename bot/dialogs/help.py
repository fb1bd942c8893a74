"""What the bot can do, told from the table of commands."""

from bot.cards import help as cards
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.protocol.turns import Reply, Say, Words
from engine.admin import permissions


async def command(talk: Talk, words: Words) -> Reply:
    way = cards.way_of(talk.source.channel, talk.source.private)
    everybody = [verb for verb in talk.verbs if not verb.admin]
    admins = [verb for verb in talk.verbs if verb.admin and permissions.may(talk.person, verb.name)]
    return Say(cards.card(everybody, admins, way, talk.copy))


VERBS = (Verb("help", Dialog("help"), command, writes=False, aliases=("start", "hi", "hello")),)
