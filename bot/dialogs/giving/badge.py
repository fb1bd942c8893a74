"""Giving badges: in one line, or through the form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cards.badge import build_badge_given_card, build_badge_option
from bot.dialogs import disambiguation
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dialogs.disambiguation import apply_disambiguation, build_disambiguation_field, build_disambiguation_state
from bot.dialogs.giving.badge_text import parse_badge_text, split_badge_name
from bot.dialogs.receivers import (
    AmbiguousPerson,
    name_known_mentions,
    prefill_receivers,
    resolve_receivers,
    split_receivers,
)
from bot.parsing.commands import format_typed_words
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.forms import Answers, ChoiceField, Field, Form, PersonField, TextField
from bot.protocol.links import build_link_url
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.admin.permissions import require_permission
from engine.awards import checks as awards_checks
from engine.awards.checks import check_giver, find_giving_refusal, get_reward_zone
from engine.awards.giving import give_reward, list_givable_rewards
from engine.awards.models import Award, is_award_id
from engine.awards.queries import list_awards_by_id
from engine.errors import Refused
from engine.outbox.publishing import find_unreachable
from engine.rewards.models import Reward
from engine.rewards.name_matching import RewardMatch, suggest_rewards
from engine.rewards.search import get_reward

MAX_BADGE_OPTIONS = 100
FIRST_BADGES_KEY = "first"  # under this name the form's state keeps the badges that stand first in the list

BADGE_FIELD_BY_REASON = {
    "words_missing": "words",
    "words_too_long": "words",
    "words_unstorable": "words",
    "no_badge_to_give": "reward",
    "reward_gone": "reward",
    "reward_disabled": "reward",
    "reward_not_yet": "reward",
    "not_by_hand": "reward",
    "only_dates": "reward",
    "only_from_date": "reward",
    "only_until_date": "reward",
    "only_days": "reward",
    "only_times": "reward",
    "only_from_time": "reward",
    "only_until_time": "reward",
    "availability_unclear": "reward",
    "not_assigner": "reward",
    "not_in_program": "reward",
    "not_awardee": "reward",
    "conditions_unmet": "reward",
    "cooldown": "reward",
}


@dataclass(frozen=True, slots=True)
class BadgeDraft:
    """What is to be given, as far as it is known."""

    receivers: Words
    reward: Reward | None
    words: str

    def answers(self) -> Answers:
        """Return the draft as the form's answers, without the empty ones."""
        known = {
            "receivers": self.receivers,
            "reward": (str(self.reward.id),) if self.reward else (),
            "words": (self.words,) if self.words else (),
        }
        return {name: answer for name, answer in known.items() if answer}


async def handle_badge_command(talk: DialogContext, words: Words) -> Reply:
    """Give a badge at once, or show the form if something is missing or unclear.

    For example: `/badge @ana Team Player for jumping in`.
    """
    parts, named = await parse_badge_text(talk.session, name_known_mentions(talk, words))
    if len(named.rewards) != 1:
        return await _ask_badge(talk, parts, named)
    reward = named.rewards[0]
    if parts and named.rest:
        return await _give(talk, parts, reward, named.rest)
    _refuse_reward(talk, reward)
    return await _ask(talk, BadgeDraft(parts, reward, named.rest))


async def handle_badge_submission(talk: DialogContext, turn: Submission) -> Reply:
    answer = turn.answers["receivers"]
    parts = (
        apply_disambiguation(talk, answer)
        if disambiguation.DISAMBIGUATION_KEY in talk.state
        else split_receivers(answer)
    )
    reward = await talk.session.get_one(Reward, int(str(turn.answers["reward"][0])))
    return await _give(talk, parts, reward, format_typed_words(turn.answers["words"]))


async def check_badge_submission(talk: DialogContext, turn: Submission) -> None:
    """Say by its own rule why the badge cannot be given any more: the form knows only that it is no option now."""
    chosen = turn.answers.get("reward") or ("",)
    number = int(chosen[0]) if isinstance(chosen[0], str) and chosen[0].isdecimal() else 0
    if not is_award_id(number):
        return
    reward = await get_reward(talk.session, number)
    if reward is None:
        raise Refused("reward_gone")
    _refuse_reward(talk, reward)


async def build_badge_form(talk: DialogContext) -> Form:
    """Build the form that gives a badge.

    Raises NotAllowed if the person may not give, Refused "no_badge_to_give" if there is no badge to choose.
    """
    require_permission(talk.person, "give")
    copy, options = talk.copy, [build_badge_option(reward, talk.copy) for reward in await _offered(talk)]
    if not options:
        raise Refused("no_badge_to_give")
    people: Field = build_disambiguation_field(talk, "receivers") or PersonField(
        "receivers", copy.line("badge.receivers"), many=True
    )
    reward = ChoiceField("reward", copy.line("badge.reward"), tuple(options))
    words = TextField(
        "words", copy.line("badge.words"), awards_checks.MAX_AWARD_MESSAGE_LENGTH, hint=copy.line("badge.words_hint")
    )
    return Form("badge", copy.line("badge.form_title"), (people, reward, words), copy.line("badge.form_submit"))


async def _offered(talk: DialogContext) -> list[Reward]:
    """List the rewards that the person may give now, the likely ones first."""
    first = list(talk.state.get(FIRST_BADGES_KEY, ()))
    rewards = await list_givable_rewards(talk.session, talk.person, settings=talk.settings, now=talk.now)
    rewards.sort(key=lambda reward: first.index(reward.id) if reward.id in first else len(first))
    return rewards[:MAX_BADGE_OPTIONS]


async def _ask_badge(talk: DialogContext, parts: Words, named: RewardMatch) -> Reply:
    """Show the form with the likely badges first in the list.

    An error line at the badge field explains the choice if receivers and a badge name were typed.
    """
    name, words = split_badge_name(named.rest)
    if named.rewards:
        key, name, likely = "badge.which", named.rewards[0].name, named.rewards
    else:
        rewards = await list_givable_rewards(talk.session, talk.person, settings=talk.settings, now=talk.now)
        likely = tuple(suggest_rewards(name, rewards))
        key = "badge.unknown" if likely else "badge.not_in_list"
    state = {**talk.state, FIRST_BADGES_KEY: [reward.id for reward in likely]}
    asked = await _ask(replace(talk, state=state), BadgeDraft(parts, None, words))
    return replace(asked, errors={"reward": talk.copy.line(key, typed=name)} if parts and name else {})


async def _ask(talk: DialogContext, wish: BadgeDraft) -> Ask:
    filled = replace(wish, receivers=await prefill_receivers(talk, wish.receivers))
    return Ask(await build_badge_form(talk), filled.answers(), state=talk.state)


async def _ask_which(talk: DialogContext, wish: BadgeDraft, several: AmbiguousPerson) -> Reply:
    state = {**talk.state, **build_disambiguation_state(several, wish.receivers)}
    if wish.reward:
        state[FIRST_BADGES_KEY] = [wish.reward.id]
    asked = await build_badge_form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _refuse_reward(talk: DialogContext, reward: Reward) -> None:
    """Say at once that a badge cannot be given by this person now, before the rest is asked for."""
    no = find_giving_refusal(reward, talk.now, get_reward_zone(reward, talk.settings))
    if no:
        raise no
    check_giver(talk.person, reward)


async def _give(talk: DialogContext, parts: Words, reward: Reward, words: str) -> Reply:
    try:
        people = await resolve_receivers(talk, parts)
    except AmbiguousPerson as several:
        return await _ask_which(talk, BadgeDraft(parts, reward, words), several)
    given = await give_reward(
        talk.session,
        giver=talk.person,
        receivers=people,
        reward=reward,
        words=words,
        settings=talk.settings,
        now=talk.now,
        cause=talk.cause,
        place_id=talk.place_id,
        origin=dict(talk.source.way_back) or None,
    )
    return await _given(talk, given)


async def _given(talk: DialogContext, given: Sequence[Award]) -> Reply:
    gifts = await list_awards_by_id(talk.session, [award.id for award in given])
    quiet = {gift.receiver_id: gift.receiver_name for gift in gifts if gift.quiet}
    lost = await find_unreachable(talk.session, quiet.keys())
    subject = f"award-{given[0].id}"
    card = build_badge_given_card(
        gifts,
        talk.copy,
        sign_button_token("undo", subject, talk.key),
        quiet=[name for person_id, name in quiet.items() if person_id not in lost],
        out_of_reach=[name for person_id, name in quiet.items() if person_id in lost],
        minutes=talk.settings.undo_minutes,
        link=build_link_url(talk.site, subject, talk.key) if len(quiet) < len(gifts) else "",
    )
    return Say(card)


BADGE_DIALOG = Dialog(
    "badge", build_badge_form, handle_badge_submission, BADGE_FIELD_BY_REASON, reconsider=check_badge_submission
)

GIVE_BADGE_COMMANDS = (
    CommandSpec(
        "badge", BADGE_DIALOG, handle_badge_command, writes=True, aliases=("give",), gives=True, registered=True
    ),
)
