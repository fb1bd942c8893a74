"""The help: what the bot can do, built from the table of commands."""

from bot.cards.help import build_help_card, get_addressing_style
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.protocol.turns import Reply, Say, Words
from engine.admin.permissions import is_permitted


async def handle_help_command(talk: DialogContext, words: Words) -> Reply:
    way = get_addressing_style(talk.source.channel, talk.source.private)
    everybody = [verb for verb in talk.verbs if not verb.admin]
    admins = [verb for verb in talk.verbs if verb.admin and is_permitted(talk.person, verb.name)]
    return Say(build_help_card(everybody, admins, way, talk.copy))


HELP_COMMANDS = (
    CommandSpec("help", Dialog("help"), handle_help_command, writes=False, aliases=("start", "hi", "hello")),
)
