"""Giving somebody a badge: in one line, or through the form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cards import badge as cards
from bot.dialogs import disambiguation
from bot.dialogs import receivers as dialogs_receivers
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.dialogs.giving import badge_text
from bot.dialogs.receivers import Ambiguous
from bot.parsing.commands import typed
from bot.protocol import button_tokens
from bot.protocol import links as protocol_links
from bot.protocol.forms import Answers, ChoiceField, Field, Form, PersonField, TextField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.admin import permissions
from engine.awards import checks as awards_checks
from engine.awards import giving as awards_giving
from engine.awards import models as awards_models
from engine.awards import queries as awards_queries
from engine.awards.models import Award
from engine.errors import Refused
from engine.outbox import publishing
from engine.rewards import name_matching
from engine.rewards import search as rewards_search
from engine.rewards.models import Reward
from engine.rewards.name_matching import Named

MOST_OPTIONS = 100

FIRST = "first"  # under this name the form's state keeps the badges that stand first in the list

BLAME = {
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
class Wish:
    """What is to be given, as far as it is known."""

    receivers: Words
    reward: Reward | None
    words: str

    def answers(self) -> Answers:
        """The wish as the form shows it."""
        known = {
            "receivers": self.receivers,
            "reward": (str(self.reward.id),) if self.reward else (),
            "words": (self.words,) if self.words else (),
        }
        return {name: answer for name, answer in known.items() if answer}


async def command(talk: Talk, words: Words) -> Reply:
    """`/badge @ana Team Player for jumping in` gives at once; what is incomplete or unclear becomes the form."""
    parts, named = await badge_text.read(talk.session, dialogs_receivers.named(talk, words))
    if len(named.rewards) != 1:
        return await _ask_badge(talk, parts, named)
    reward = named.rewards[0]
    if parts and named.rest:
        return await _give(talk, parts, reward, named.rest)
    _refuse_reward(talk, reward)
    return await _ask(talk, Wish(parts, reward, named.rest))


async def submitted(talk: Talk, turn: Submission) -> Reply:
    answer = turn.answers["receivers"]
    parts = (
        disambiguation.parts_of(talk, answer)
        if disambiguation.WHICH in talk.state
        else dialogs_receivers.parts_of(answer)
    )
    reward = await talk.session.get_one(Reward, int(str(turn.answers["reward"][0])))
    return await _give(talk, parts, reward, typed(turn.answers["words"]))


async def reconsider(talk: Talk, turn: Submission) -> None:
    """Say by its own rule why the badge cannot be given any more: the form knows only that it is no option now."""
    chosen = turn.answers.get("reward") or ("",)
    number = int(chosen[0]) if isinstance(chosen[0], str) and chosen[0].isdecimal() else 0
    if not awards_models.is_id(number):
        return
    reward = await rewards_search.get_reward(talk.session, number)
    if reward is None:
        raise Refused("reward_gone")
    _refuse_reward(talk, reward)


async def form(talk: Talk) -> Form:
    """Raises NotAllowed where the person gives nothing, Refused "no_badge_to_give" where nothing can be chosen."""
    permissions.require(talk.person, "give")
    copy, options = talk.copy, [cards.option(reward, talk.copy) for reward in await _offered(talk)]
    if not options:
        raise Refused("no_badge_to_give")
    people: Field = disambiguation.field(talk, "receivers") or PersonField(
        "receivers", copy.line("badge.receivers"), many=True
    )
    reward = ChoiceField("reward", copy.line("badge.reward"), tuple(options))
    words = TextField(
        "words", copy.line("badge.words"), awards_checks.LONGEST_WORDS, hint=copy.line("badge.words_hint")
    )
    return Form("badge", copy.line("badge.form_title"), (people, reward, words), copy.line("badge.form_submit"))


async def _offered(talk: Talk) -> list[Reward]:
    """What the person may give now; what is probably meant stands first."""
    first = list(talk.state.get(FIRST, ()))
    rewards = await awards_giving.givable(talk.session, talk.person, settings=talk.settings, now=talk.now)
    rewards.sort(key=lambda reward: first.index(reward.id) if reward.id in first else len(first))
    return rewards[:MOST_OPTIONS]


async def _ask_badge(talk: Talk, parts: Words, named: Named) -> Reply:
    """The form, with the badges that may be meant first in the list, and a line that says so."""
    name, words = badge_text.apart(named.rest)
    if named.rewards:
        key, name, likely = "badge.which", named.rewards[0].name, named.rewards
    else:
        rewards = await awards_giving.givable(talk.session, talk.person, settings=talk.settings, now=talk.now)
        likely = tuple(name_matching.nearest(name, rewards))
        key = "badge.unknown" if likely else "badge.not_in_list"
    state = {**talk.state, FIRST: [reward.id for reward in likely]}
    asked = await _ask(replace(talk, state=state), Wish(parts, None, words))
    return replace(asked, errors={"reward": talk.copy.line(key, typed=name)} if parts and name else {})


async def _ask(talk: Talk, wish: Wish) -> Ask:
    filled = replace(wish, receivers=await dialogs_receivers.filled(talk, wish.receivers))
    return Ask(await form(talk), filled.answers(), state=talk.state)


async def _ask_which(talk: Talk, wish: Wish, several: Ambiguous) -> Reply:
    state = {**talk.state, **disambiguation.state_of(several, wish.receivers)}
    if wish.reward:
        state[FIRST] = [wish.reward.id]
    asked = await form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _refuse_reward(talk: Talk, reward: Reward) -> None:
    """Say at once that a badge cannot be given by this person now, before the rest is asked for."""
    no = awards_checks.closed(reward, talk.now, awards_checks.zone_of(reward, talk.settings))
    if no:
        raise no
    awards_checks.refuse_giver(talk.person, reward)


async def _give(talk: Talk, parts: Words, reward: Reward, words: str) -> Reply:
    try:
        people = await dialogs_receivers.resolve(talk, parts)
    except Ambiguous as several:
        return await _ask_which(talk, Wish(parts, reward, words), several)
    given = await awards_giving.give(
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


async def _given(talk: Talk, given: Sequence[Award]) -> Reply:
    gifts = await awards_queries.told(talk.session, [award.id for award in given])
    quiet = {gift.receiver_id: gift.receiver_name for gift in gifts if gift.quiet}
    lost = await publishing.out_of_reach(talk.session, quiet.keys())
    subject = f"award-{given[0].id}"
    card = cards.given(
        gifts,
        talk.copy,
        button_tokens.sign("undo", subject, talk.key),
        quiet=[name for person_id, name in quiet.items() if person_id not in lost],
        out_of_reach=[name for person_id, name in quiet.items() if person_id in lost],
        minutes=talk.settings.undo_minutes,
        link=protocol_links.address(talk.site, subject, talk.key) if len(quiet) < len(gifts) else "",
    )
    return Say(card)


DIALOG = Dialog("badge", form, submitted, BLAME, reconsider=reconsider)

VERBS = (Verb("badge", DIALOG, command, writes=True, aliases=("give",), gives=True, registered=True),)
