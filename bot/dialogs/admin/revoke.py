"""An administrator takes an award back, with a reason that is kept."""

from dataclasses import replace

from bot.cards.reversals import build_award_option, build_award_revoked_card
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.parsing.commands import format_typed_words
from bot.protocol.forms import Answer, ChoiceField, Form, TextField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.admin.permissions import require_permission
from engine.awards import reversal as awards_reversal
from engine.awards.queries import AwardFacts, get_award_facts, list_newest_awards
from engine.awards.reversal import revoke_award
from engine.errors import Refused
from engine.rewards.models import Reward

MAX_OFFERED_AWARDS = 25
MAX_AWARD_ID_DIGITS = 9  # what is longer is no award's number
CHOSEN_AWARD_KEY = "award"  # under this name the form's state keeps the award that was typed


async def handle_revoke_command(talk: DialogContext, words: Words) -> Reply:
    require_permission(talk.person, "revoke")
    award_id, reason = parse_revoke_text(format_typed_words(words))
    if award_id and reason:
        return await _revoke(talk, award_id, reason)
    state = {CHOSEN_AWARD_KEY: award_id} if award_id else {}
    known: dict[str, Answer] = {"award": (str(award_id),)} if award_id else {}
    known |= {"reason": (reason,)} if reason else {}
    return Ask(await build_revoke_form(replace(talk, state=state)), known, state=state)


def parse_revoke_text(line: str) -> tuple[int | None, str]:
    """Split the line into the award's number at its start ("12", "#12"; None without one) and the reason.

    Raises Refused "unknown_award" if the number is too long.
    """
    first, _, rest = line.partition(" ")
    number = first.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        return None, line
    if len(number) > MAX_AWARD_ID_DIGITS:
        raise Refused("unknown_award")
    return int(number), rest.strip()


async def build_revoke_form(talk: DialogContext) -> Form:
    require_permission(talk.person, "revoke")
    copy, offered = talk.copy, await _offered(talk)
    award = ChoiceField("award", copy.line("revoke.award"), tuple(build_award_option(facts, copy) for facts in offered))
    reason = TextField(
        "reason",
        copy.line("revoke.reason"),
        maximum=awards_reversal.MAX_REASON_LENGTH,
        hint=copy.line("revoke.reason_hint"),
    )
    title, submit = copy.line("revoke.form_title"), copy.line("revoke.form_submit")
    return Form("revoke", title, (award, reason), submit, copy.line("revoke.form_intro"))


async def _offered(talk: DialogContext) -> list[AwardFacts]:
    """List the newest awards to choose from, with the typed one first.

    Raises Refused "nothing_to_revoke" if there are none, "unknown_award" if the typed one does not exist.
    """
    newest = await list_newest_awards(talk.session, limit=MAX_OFFERED_AWARDS)
    chosen = talk.state.get(CHOSEN_AWARD_KEY)
    if not chosen:
        if not newest:
            raise Refused("nothing_to_revoke")
        return newest
    facts = await get_award_facts(talk.session, chosen)
    if facts is None:
        raise Refused("unknown_award")
    return [facts, *(other for other in newest if other.id != facts.id)][:MAX_OFFERED_AWARDS]


async def handle_revoke_submission(talk: DialogContext, turn: Submission) -> Reply:
    return await _revoke(
        talk, int(format_typed_words(turn.answers["award"])), format_typed_words(turn.answers["reason"])
    )


async def _revoke(talk: DialogContext, award_id: int, reason: str) -> Reply:
    origin = talk.source.channel
    await revoke_award(talk.session, award_id, actor=talk.person, reason=reason, origin=origin, now=talk.now)
    facts = await get_award_facts(talk.session, award_id)
    if facts is None:
        raise LookupError(f"award {award_id} was there a moment ago")
    reward = await talk.session.get_one(Reward, facts.reward_id)
    return Say(build_award_revoked_card(facts, talk.copy, comes_by_itself=reward.comes_by_itself))


REVOKE_DIALOG = Dialog(
    "revoke",
    form=build_revoke_form,
    submitted=handle_revoke_submission,
    blame={"reason_missing": "reason", "reason_too_long": "reason"},
)

REVOKE_COMMANDS = (CommandSpec("revoke", REVOKE_DIALOG, handle_revoke_command, writes=True, admin=True),)
