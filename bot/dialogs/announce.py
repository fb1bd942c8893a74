"""Whether a place follows the celebrations of everywhere."""

from bot.cards.places import told
from bot.dialogs import Dialog, Talk, Verb
from bot.reading import typed
from bot.turns import Reply, Say, Words
from engine import places
from engine.finding import fold

HERE = frozenset({"here", "on", "aqui"})
OFF = frozenset({"off", "stop", "no"})


async def command(talk: Talk, words: Words) -> Reply:
    wanted = fold(typed(words))
    if wanted in HERE:
        return await _announce(talk)
    if wanted in OFF:
        return await _silence(talk)
    follows = await places.announces(talk.session, talk.place_id, actor=talk.person)
    return Say(told("announce.is_on" if follows else "announce.is_off", talk.copy))


async def _announce(talk: Talk) -> Reply:
    origin = talk.source.channel
    changed = await places.announce(talk.session, talk.place_id, actor=talk.person, origin=origin, now=talk.now)
    return Say(told("announce.now_on" if changed else "announce.was_on", talk.copy))


async def _silence(talk: Talk) -> Reply:
    origin = talk.source.channel
    changed = await places.silence(talk.session, talk.place_id, actor=talk.person, origin=origin, now=talk.now)
    return Say(told("announce.now_off" if changed else "announce.was_off", talk.copy))


VERBS = (Verb("announce", Dialog("announce"), command, writes=True, admin=True),)
