"""An administrator takes an award back, with a reason that is kept."""

from dataclasses import replace

from bot.cards import reversals
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.parsing.commands import typed
from bot.protocol.forms import Answer, ChoiceField, Form, TextField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.admin import permissions
from engine.awards import queries as awards_queries
from engine.awards import reversal as awards_reversal
from engine.awards.queries import AwardFacts
from engine.errors import Refused
from engine.rewards.models import Reward

OFFERED = 25

MOST_DIGITS = 9  # what is longer is no award's number

CHOSEN = "award"  # under this name the form's state keeps the award that was typed


async def command(talk: Talk, words: Words) -> Reply:
    permissions.require(talk.person, "revoke")
    award_id, reason = read(typed(words))
    if award_id and reason:
        return await _revoke(talk, award_id, reason)
    state = {CHOSEN: award_id} if award_id else {}
    known: dict[str, Answer] = {"award": (str(award_id),)} if award_id else {}
    known |= {"reason": (reason,)} if reason else {}
    return Ask(await form(replace(talk, state=state)), known, state=state)


def read(line: str) -> tuple[int | None, str]:
    """The award's number at the start ("12", "#12"; None without one), and the reason."""
    first, _, rest = line.partition(" ")
    number = first.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        return None, line
    if len(number) > MOST_DIGITS:
        raise Refused("unknown_award")
    return int(number), rest.strip()


async def form(talk: Talk) -> Form:
    permissions.require(talk.person, "revoke")
    copy, offered = talk.copy, await _offered(talk)
    award = ChoiceField("award", copy.line("revoke.award"), tuple(reversals.option(facts, copy) for facts in offered))
    reason = TextField(
        "reason",
        copy.line("revoke.reason"),
        maximum=awards_reversal.LONGEST_REASON,
        hint=copy.line("revoke.reason_hint"),
    )
    title, submit = copy.line("revoke.form_title"), copy.line("revoke.form_submit")
    return Form("revoke", title, (award, reason), submit, copy.line("revoke.form_intro"))


async def _offered(talk: Talk) -> list[AwardFacts]:
    """The newest awards; first of all the one that was typed."""
    newest = await awards_queries.newest(talk.session, limit=OFFERED)
    chosen = talk.state.get(CHOSEN)
    if not chosen:
        if not newest:
            raise Refused("nothing_to_revoke")
        return newest
    facts = await awards_queries.facts(talk.session, chosen)
    if facts is None:
        raise Refused("unknown_award")
    return [facts, *(other for other in newest if other.id != facts.id)][:OFFERED]


async def submitted(talk: Talk, turn: Submission) -> Reply:
    return await _revoke(talk, int(typed(turn.answers["award"])), typed(turn.answers["reason"]))


async def _revoke(talk: Talk, award_id: int, reason: str) -> Reply:
    origin = talk.source.channel
    await awards_reversal.revoke(talk.session, award_id, actor=talk.person, reason=reason, origin=origin, now=talk.now)
    facts = await awards_queries.facts(talk.session, award_id)
    if facts is None:
        raise LookupError(f"award {award_id} was there a moment ago")
    reward = await talk.session.get_one(Reward, facts.reward_id)
    return Say(reversals.done(facts, talk.copy, comes_by_itself=reward.comes_by_itself))


DIALOG = Dialog(
    "revoke", form=form, submitted=submitted, blame={"reason_missing": "reason", "reason_too_long": "reason"}
)

VERBS = (Verb("revoke", DIALOG, command, writes=True, admin=True),)
