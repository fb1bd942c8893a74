"""Whether a place follows the celebrations of everywhere."""

from bot.cards.subscriptions import told, told_apart
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.parsing.commands import typed
from bot.protocol.turns import Reply, Say, Words
from engine.outbox import subscriptions as outbox_subscriptions
from engine.outbox.places import Place
from engine.people.names import fold

HERE = frozenset({"here", "on", "aqui"})

ANSWERED_APART = frozenset({"teams", "telegram"})  # these answer somebody alone in the chat of the two

OFF = frozenset({"off", "stop", "no"})


async def command(talk: Talk, words: Words) -> Reply:
    wanted = fold(typed(words))
    if wanted in HERE:
        return await _announce(talk)
    if wanted in OFF:
        return await _silence(talk)
    follows = await outbox_subscriptions.follows(talk.session, talk.place_id, actor=talk.person)
    if follows:
        return await _told(talk, "announce.is_on", "announce.is_on_there")
    return await _told(talk, "announce.is_off", "announce.is_off_there")


async def _announce(talk: Talk) -> Reply:
    source = talk.source
    changed = await outbox_subscriptions.begin(
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


async def _silence(talk: Talk) -> Reply:
    origin = talk.source.channel
    changed = await outbox_subscriptions.end(
        talk.session, talk.place_id, actor=talk.person, origin=origin, now=talk.now
    )
    if changed:
        return await _told(talk, "announce.now_off", "announce.now_off_there")
    return await _told(talk, "announce.was_off", "announce.was_off_there")


async def _told(talk: Talk, here: str, there: str) -> Reply:
    """The answer, for the person alone: where it is read somewhere else, it names the place."""
    if talk.source.channel not in ANSWERED_APART:
        return Say(told(here, talk.copy))
    place = await talk.session.get_one(Place, talk.place_id)
    return Say(told_apart(there, place.name or talk.source.place_name, talk.copy))


VERBS = (Verb("announce", Dialog("announce"), command, writes=True, admin=True),)
