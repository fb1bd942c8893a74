"""Thanking colleagues: in one line, or through the form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import buttons, kudos_words, receivers, values
from bot.cards import Mention
from bot.cards import kudos as cards
from bot.dialogs import Dialog, Talk, Verb
from bot.forms import Answer, Answers, ChoiceField, Field, Form, Option, PersonField, TextField, ToggleField
from bot.receivers import Ambiguous
from bot.turns import Ask, Reply, Say, Submission, Words
from engine import kudos, tags, thanks
from engine.people import Person

WHICH, CANDIDATES, PARTS = "which", "candidates", "parts"  # what a form that asks which one is meant must remember
BLAME = {
    "words_missing": "words",
    "words_too_long": "words",
    "words_unstorable": "words",
    "tag_unreadable": "more_tags",
    "too_many_tags": "more_tags",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given, as far as it is known."""

    receivers: Words
    words: str
    chosen: tuple[str, ...] = ()  # of the tags that the form offers
    more_tags: str = ""
    private: bool = False

    @property
    def tags(self) -> tuple[str, ...]:
        typed = (tag for tag in re.split(r"[\s,;#]+", self.more_tags) if tag)
        return (*self.chosen, *typed, *kudos_words.found_tags(self.words))

    def answers(self) -> Answers:
        """The wish as the form shows it."""
        known: dict[str, Answer] = {
            "receivers": self.receivers,
            "words": (self.words,) if self.words else (),
            "tags": self.chosen,
            "more_tags": (self.more_tags,) if self.more_tags else (),
            "private": ("on",) if self.private else (),
        }
        return {name: answer for name, answer in known.items() if answer}


async def command(talk: Talk, words: Words) -> Reply:
    """`/kudos @ana thanks` gives at once; what is incomplete becomes the form, with what is known filled in."""
    said = kudos_words.parse(receivers.named(talk, words))
    wish = Wish(said.receivers, said.words)
    if wish.words:
        thanks.refuse_words(wish.words)
    if wish.words and wish.receivers:
        return await _give(talk, wish)
    filled = replace(wish, receivers=await receivers.filled(talk, wish.receivers))
    return Ask(await form(talk), filled.answers())


async def submitted(talk: Talk, turn: Submission) -> Reply:
    answers = turn.answers
    people = _chosen_one(talk.state, answers) if WHICH in talk.state else receivers.parts_of(answers["receivers"])
    return await _give(
        talk,
        Wish(
            receivers.named(talk, people),
            _typed(answers, "words"),
            tuple(str(tag) for tag in answers.get("tags", ())),
            _typed(answers, "more_tags"),
            bool(answers.get("private")),
        ),
    )


async def form(talk: Talk) -> Form:
    copy = talk.copy
    return Form(
        dialog="kudos",
        title=copy.line("kudos.form.title"),
        fields=(
            _receivers_field(talk),
            TextField("words", copy.line("kudos.form.words"), thanks.LONGEST, hint=copy.line("kudos.form.words_hint")),
            ChoiceField("tags", copy.line("kudos.form.tags"), _tag_options(talk), many=True, required=False),
            TextField(
                "more_tags",
                copy.line("kudos.form.more_tags"),
                maximum=200,
                lines="one",
                required=False,
                hint=copy.line("kudos.form.more_tags_hint"),
            ),
            ToggleField("private", copy.line("kudos.form.private"), hint=copy.line("kudos.form.private_hint")),
        ),
        submit=copy.line("kudos.form.submit"),
    )


async def _give(talk: Talk, wish: Wish) -> Reply:
    try:
        people = await receivers.resolve(talk, wish.receivers)
    except Ambiguous as several:
        return await _ask_which(talk, wish, several)
    others = tuple(person for person in people if person.id != talk.person.id)
    gift = await kudos.give(
        talk.session,
        giver=talk.person,
        receivers=others or people,
        words=wish.words,
        tags=wish.tags,
        public=not wish.private,
        settings=talk.settings,
        now=talk.now,
        place_id=talk.place_id,
        origin=dict(talk.source.way_back) or None,
    )
    return _given(talk, gift, wish, others, self_dropped=len(others) < len(people))


def _given(talk: Talk, gift: kudos.Kudos, wish: Wish, others: tuple[Person, ...], *, self_dropped: bool) -> Reply:
    facts = kudos.facts_of(gift, talk.person, others, tags.gathered(wish.tags), talk.settings.kudos_points)
    card = cards.given(
        facts,
        talk.copy,
        buttons.sign("undo", f"kudos-{gift.id}", talk.key),
        minutes=talk.settings.undo_minutes,
        left=gift.left_today,
        self_dropped=self_dropped,
    )
    return Say(card)


async def _ask_which(talk: Talk, wish: Wish, several: Ambiguous) -> Reply:
    """The same form, where the receivers are a choice between those who fit. The state is plain JSON."""
    waiting = {
        WHICH: several.typed,
        CANDIDATES: [[o.value, o.label, o.detail] for o in receivers.options(several.candidates)],
        PARTS: [p if isinstance(p, str) else [p.name, p.person_id, p.account] for p in wish.receivers],
    }
    state = {**talk.state, **values.dump(waiting)}
    asked = await form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _receivers_field(talk: Talk) -> Field:
    if WHICH not in talk.state:
        return PersonField("receivers", talk.copy.line("kudos.form.receivers"), many=True)
    options = tuple(Option(*candidate) for candidate in talk.state[CANDIDATES])
    return ChoiceField("receivers", talk.copy.line("kudos.form.which", who=talk.state[WHICH]), options)


def _chosen_one(state: Mapping[str, Any], answers: Answers) -> Words:
    """The receivers that waited in the form's state, with the chosen one in the place of the name."""
    chosen = str(answers["receivers"][0])
    label = next(label for value, label, _ in state[CANDIDATES] if value == chosen)
    parts = (part if isinstance(part, str) else Mention(*part) for part in state[PARTS])
    return tuple(Mention(label, int(chosen)) if part == state[WHICH] else part for part in parts)


def _tag_options(talk: Talk) -> tuple[Option, ...]:
    return tuple(
        Option(tag.name, f"{tag.emoji} {talk.copy.line(f'tags.{tag.name}')}") for tag in tags.PREDEFINED.values()
    )


def _typed(answers: Answers, name: str) -> str:
    return "".join(part if isinstance(part, str) else part.name for part in answers.get(name, ())).strip()


DIALOG = Dialog("kudos", form, submitted, BLAME)
VERBS = (Verb("kudos", DIALOG, command, writes=True, registered=True),)
