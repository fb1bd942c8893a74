"""Taking one's own gift back: the newest one by the verb, any one by its button."""

from bot.cards.reversals import build_award_undone_card, build_kudos_undone_card
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.protocol.elements import Card
from bot.protocol.turns import Reply, Say, Update, Words
from engine.awards.queries import get_last_given_award, list_awards_by_id
from engine.awards.reversal import undo_gift
from engine.errors import Refused
from engine.kudos.queries import get_kudos, get_last_given_kudos
from engine.kudos.reversal import undo_kudos


async def handle_undo_command(talk: DialogContext, words: Words) -> Reply:
    return Say(await _take_back(talk, await _newest(talk)))


async def handle_undo_press(talk: DialogContext, subject: str) -> Reply:
    return Update(await _take_back(talk, subject))


async def _newest(talk: DialogContext) -> str:
    """Return the person's newest gift as a button subject ("award-12", "kudos-12").

    Raises Refused "nothing_to_undo" if there is none.
    """
    award = await get_last_given_award(talk.session, talk.person.id)
    gift = await get_last_given_kudos(talk.session, talk.person.id)
    if award and (gift is None or award.awarded_at > gift.given_at):
        return f"award-{award.id}"
    if gift is None:
        raise Refused("nothing_to_undo")
    return f"kudos-{gift.id}"


async def _take_back(talk: DialogContext, subject: str) -> Card:
    kind, _, number = subject.partition("-")
    take = {"award": _take_award, "kudos": _take_kudos}.get(kind)
    if take is None or not number.isdecimal():
        raise Refused("stale_button")
    return await take(talk, int(number))


async def _take_award(talk: DialogContext, award_id: int) -> Card:
    taken = await undo_gift(talk.session, award_id, actor=talk.person, settings=talk.settings, now=talk.now)
    return build_award_undone_card(await list_awards_by_id(talk.session, taken), talk.copy)


async def _take_kudos(talk: DialogContext, kudos_id: int) -> Card:
    await undo_kudos(talk.session, kudos_id, actor=talk.person, settings=talk.settings, now=talk.now)
    facts = await get_kudos(talk.session, kudos_id)
    if facts is None:
        raise LookupError(f"kudos {kudos_id} was there a moment ago")
    return build_kudos_undone_card(facts, talk.copy)


UNDO_DIALOG = Dialog("undo", presses={"undo": handle_undo_press})
UNDO_COMMANDS = (CommandSpec("undo", UNDO_DIALOG, handle_undo_command, writes=True),)
