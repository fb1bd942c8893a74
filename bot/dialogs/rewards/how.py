"""How do I get it: what of a badge one meets, and what is missing. For oneself only."""

from bot.cards.how import build_by_hand_card, build_how_card
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dialogs.rewards.finding import find_named_reward
from bot.parsing.commands import format_typed_words
from bot.protocol.turns import Reply, Say, Words
from engine.runs.preview import explain_person


async def handle_how_command(talk: DialogContext, words: Words) -> Reply:
    reward, _ = await find_named_reward(talk, format_typed_words(words))
    if not reward.comes_by_itself:
        return Say(build_by_hand_card(reward, talk.copy))
    answers = await explain_person(talk.session, reward, talk.person, talk.settings, now=talk.now)
    return Say(build_how_card(reward, answers, talk.copy))


HOW_COMMANDS = (CommandSpec("how", Dialog("how"), handle_how_command, writes=False),)
