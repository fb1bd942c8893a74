"""Whether a place follows the celebrations of everywhere."""

from bot.cards.subscriptions import build_named_subscription_card, build_subscription_card
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.parsing.commands import format_typed_words
from bot.protocol.turns import Reply, Say, Words
from engine.outbox.places import Place
from engine.outbox.subscriptions import is_subscribed, subscribe_place, unsubscribe_place
from engine.people.names import fold_name

SUBSCRIBE_WORDS = frozenset({"here", "on", "aqui"})
PRIVATE_ANSWER_CHANNELS = frozenset({"teams", "telegram"})  # these answer somebody alone in the chat of the two
UNSUBSCRIBE_WORDS = frozenset({"off", "stop", "no"})


async def handle_announce_command(talk: DialogContext, words: Words) -> Reply:
    wanted = fold_name(format_typed_words(words))
    if wanted in SUBSCRIBE_WORDS:
        return await _announce(talk)
    if wanted in UNSUBSCRIBE_WORDS:
        return await _silence(talk)
    follows = await is_subscribed(talk.session, talk.place_id, actor=talk.person)
    if follows:
        return await _told(talk, "announce.is_on", "announce.is_on_there")
    return await _told(talk, "announce.is_off", "announce.is_off_there")


async def _announce(talk: DialogContext) -> Reply:
    source = talk.source
    changed = await subscribe_place(
        talk.session,
        talk.place_id,
        actor=talk.person,
        origin=source.channel,
        way_back=source.way_back,
        now=talk.now,
        topic=source.way_back.get("thread"),
    )
    if changed:
        return await _told(talk, "announce.now_on", "announce.now_on_there")
    return await _told(talk, "announce.was_on", "announce.was_on_there")


async def _silence(talk: DialogContext) -> Reply:
    origin = talk.source.channel
    changed = await unsubscribe_place(talk.session, talk.place_id, actor=talk.person, origin=origin, now=talk.now)
    if changed:
        return await _told(talk, "announce.now_off", "announce.now_off_there")
    return await _told(talk, "announce.was_off", "announce.was_off_there")


async def _told(talk: DialogContext, here: str, there: str) -> Reply:
    """Build the answer for the person alone.

    `here` and `there` are keys of the copy. On channels that answer in a private chat, `there` is used, with the
    place's name.
    """
    if talk.source.channel not in PRIVATE_ANSWER_CHANNELS:
        return Say(build_subscription_card(here, talk.copy))
    place = await talk.session.get_one(Place, talk.place_id)
    return Say(build_named_subscription_card(there, place.name or talk.source.place_name, talk.copy))


ANNOUNCE_COMMANDS = (CommandSpec("announce", Dialog("announce"), handle_announce_command, writes=True, admin=True),)
