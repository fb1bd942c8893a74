"""Taking one's own gift back: the newest one by the verb, any one by its button."""

from bot.cards import reversals
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.protocol.elements import Card
from bot.protocol.turns import Reply, Say, Update, Words
from engine.awards import queries as awards_queries
from engine.awards import reversal as awards_reversal
from engine.errors import Refused
from engine.kudos import queries as kudos_queries
from engine.kudos import reversal as kudos_reversal


async def command(talk: Talk, words: Words) -> Reply:
    return Say(await _take_back(talk, await _newest(talk)))


async def pressed(talk: Talk, subject: str) -> Reply:
    return Update(await _take_back(talk, subject))


async def _newest(talk: Talk) -> str:
    """What the person gave last, as the subject of a button."""
    award = await awards_queries.last_given(talk.session, talk.person.id)
    gift = await kudos_queries.last_given(talk.session, talk.person.id)
    if award and (gift is None or award.awarded_at > gift.given_at):
        return f"award-{award.id}"
    if gift is None:
        raise Refused("nothing_to_undo")
    return f"kudos-{gift.id}"


async def _take_back(talk: Talk, subject: str) -> Card:
    kind, _, number = subject.partition("-")
    take = {"award": _take_award, "kudos": _take_kudos}.get(kind)
    if take is None or not number.isdecimal():
        raise Refused("stale_button")
    return await take(talk, int(number))


async def _take_award(talk: Talk, award_id: int) -> Card:
    taken = await awards_reversal.undo_gift(
        talk.session, award_id, actor=talk.person, settings=talk.settings, now=talk.now
    )
    return reversals.award(await awards_queries.told(talk.session, taken), talk.copy)


async def _take_kudos(talk: Talk, kudos_id: int) -> Card:
    await kudos_reversal.undo(talk.session, kudos_id, actor=talk.person, settings=talk.settings, now=talk.now)
    facts = await kudos_queries.one(talk.session, kudos_id)
    if facts is None:
        raise LookupError(f"kudos {kudos_id} was there a moment ago")
    return reversals.kudos(facts, talk.copy)


DIALOG = Dialog("undo", presses={"undo": pressed})

VERBS = (Verb("undo", DIALOG, command, writes=True),)
