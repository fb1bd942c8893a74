"""Giving somebody a badge: in one line, or through the form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import badge_words, buttons, receivers, which
from bot.cards import badge as cards
from bot.dialogs import Dialog, Talk, Verb
from bot.forms import Answers, ChoiceField, Field, Form, PersonField, TextField
from bot.reading import typed
from bot.receivers import Ambiguous
from bot.turns import Ask, Reply, Say, Submission, Words
from engine import awarded, awards, giving, reward_names, targeting
from engine.awards import Award
from engine.catalogue import Reward
from engine.errors import Refused
from engine.reward_names import Named

MOST_OPTIONS = 100
FIRST = "first"  # under this name the form's state keeps the badges that stand first in the list
BLAME = {
    "words_missing": "words",
    "words_too_long": "words",
    "words_unstorable": "words",
    "reward_disabled": "reward",
    "reward_not_yet": "reward",
    "not_by_hand": "reward",
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
    parts, named = await badge_words.read(talk.session, receivers.named(talk, words))
    if len(named.rewards) != 1:
        return await _ask_badge(talk, parts, named)
    reward = named.rewards[0]
    if parts and named.rest:
        return await _give(talk, parts, reward, named.rest)
    _refuse_reward(talk, reward)
    return await _ask(talk, Wish(parts, reward, named.rest))


async def submitted(talk: Talk, turn: Submission) -> Reply:
    answer = turn.answers["receivers"]
    parts = which.parts_of(talk, answer) if which.WHICH in talk.state else receivers.parts_of(answer)
    reward = await talk.session.get_one(Reward, int(str(turn.answers["reward"][0])))
    return await _give(talk, parts, reward, typed(turn.answers["words"]))


async def form(talk: Talk) -> Form:
    """Raises Refused "no_badge_to_give" where there is nothing to choose from."""
    copy, options = talk.copy, [cards.option(reward, talk.copy) for reward in await _offered(talk)]
    if not options:
        raise Refused("no_badge_to_give")
    people: Field = which.field(talk, "receivers") or PersonField("receivers", copy.line("badge.receivers"), many=True)
    reward = ChoiceField("reward", copy.line("badge.reward"), tuple(options))
    words = TextField("words", copy.line("badge.words"), giving.LONGEST_WORDS, hint=copy.line("badge.words_hint"))
    return Form("badge", copy.line("badge.form_title"), (people, reward, words), copy.line("badge.form_submit"))


async def _offered(talk: Talk) -> list[Reward]:
    """What the person may give now; what is probably meant stands first."""
    first = list(talk.state.get(FIRST, ()))
    rewards = await awards.givable(talk.session, talk.person, settings=talk.settings, now=talk.now)
    rewards.sort(key=lambda reward: first.index(reward.id) if reward.id in first else len(first))
    return rewards[:MOST_OPTIONS]


async def _ask_badge(talk: Talk, parts: Words, named: Named) -> Reply:
    """The form, with the badges that may be meant first in the list, and a line that says so."""
    name, words = badge_words.apart(named.rest)
    if named.rewards:
        key, name, likely = "badge.which", named.rewards[0].name, named.rewards
    else:
        rewards = await awards.givable(talk.session, talk.person, settings=talk.settings, now=talk.now)
        likely = tuple(reward_names.nearest(name, rewards))
        key = "badge.unknown" if likely else "badge.not_in_list"
    state = {**talk.state, FIRST: [reward.id for reward in likely]}
    asked = await _ask(replace(talk, state=state), Wish(parts, None, words))
    return replace(asked, errors={"reward": talk.copy.line(key, typed=name)} if parts and name else {})


async def _ask(talk: Talk, wish: Wish) -> Ask:
    filled = replace(wish, receivers=await receivers.filled(talk, wish.receivers))
    return Ask(await form(talk), filled.answers(), state=talk.state)


async def _ask_which(talk: Talk, wish: Wish, several: Ambiguous) -> Reply:
    state = {**talk.state, **which.state_of(several, wish.receivers)}
    if wish.reward:
        state[FIRST] = [wish.reward.id]
    asked = await form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _refuse_reward(talk: Talk, reward: Reward) -> None:
    """Say at once that a badge cannot be given by this person now, before the rest is asked for."""
    no = giving.closed(reward, talk.now, giving.zone_of(reward, talk.settings))
    if no:
        raise no
    if not targeting.listed(talk.person, reward.assigner):
        raise Refused("not_assigner", reward=reward.name, who=targeting.described(reward.assigner))


async def _give(talk: Talk, parts: Words, reward: Reward, words: str) -> Reply:
    try:
        people = await receivers.resolve(talk, parts)
    except Ambiguous as several:
        return await _ask_which(talk, Wish(parts, reward, words), several)
    given = await awards.give(
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
    return await _given(talk, given, [person.display_name for person in people if person.no_public_kudos])


async def _given(talk: Talk, given: Sequence[Award], quiet: Sequence[str]) -> Reply:
    gifts = await awarded.told(talk.session, [award.id for award in given])
    token = buttons.sign("undo", f"award-{given[0].id}", talk.key)
    return Say(cards.given(gifts, talk.copy, token, quiet=quiet, minutes=talk.settings.undo_minutes))


DIALOG = Dialog("badge", form, submitted, BLAME)
VERBS = (Verb("badge", DIALOG, command, writes=True, aliases=("give",), registered=True),)
