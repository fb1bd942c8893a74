"""Thanking colleagues: in one line, or through the form."""

import re
from dataclasses import dataclass, replace

from bot.cards import kudos as cards
from bot.dialogs import disambiguation
from bot.dialogs import receivers as dialogs_receivers
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.dialogs.receivers import Ambiguous
from bot.parsing import gift_text
from bot.parsing.gift_text import Said
from bot.protocol import button_tokens
from bot.protocol import links as protocol_links
from bot.protocol.forms import Answer, Answers, ChoiceField, Field, Form, Option, PersonField, TextField, ToggleField
from bot.protocol.turns import About, Ask, Quiet, Reply, Say, Submission, Words
from engine import messages
from engine.admin import permissions
from engine.errors import Refused
from engine.feed import by_turn
from engine.kudos import checks as kudos_checks
from engine.kudos import giving as kudos_giving
from engine.kudos import models as kudos_models
from engine.kudos import queries as kudos_queries
from engine.kudos import tags as kudos_tags
from engine.outbox import publishing
from engine.people.models import Person

LINK = "link"  # under this name the form's state keeps where the message can be read that it is for

QUOTED = 200  # characters of a message that stand in the form

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
    link: str = ""  # to the message that it is for

    @property
    def tags(self) -> tuple[str, ...]:
        typed = (tag for tag in re.split(r"[\s,;#]+", self.more_tags) if tag)
        return (*self.chosen, *typed, *gift_text.found_tags(self.words))

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
    said = await gift_text.read(talk.session, dialogs_receivers.named(talk, words))
    if talk.source.about:
        return await _about_message(talk, said, talk.source.about)
    wish = Wish(said.receivers, said.words)
    if wish.words:
        messages.refuse_words(wish.words)
    if wish.words and wish.receivers:
        return await _give(talk, wish)
    filled = replace(wish, receivers=await dialogs_receivers.filled(talk, wish.receivers))
    return Ask(await form(talk), filled.answers())


async def _about_message(talk: Talk, said: Said, message: About) -> Reply:
    """Thanks for a message: by an emoji on it at once, without a word, and in private: nobody has looked over what is
    quoted. Else through the form, filled in.
    """
    if not said.receivers:
        raise Refused("no_author")
    people = await dialogs_receivers.resolve(talk, said.receivers)
    kudos_checks.to_whom(talk.person, people, talk.settings)
    wish = Wish(said.receivers, _quoted(talk, said.words), private=bool(message.gesture), link=message.link)
    if message.gesture:
        return await _applaud(talk, replace(wish, words=wish.words or cards.APPLAUSE))
    return Ask(await form(talk), wish.answers(), state={LINK: message.link} if message.link else {})


async def _applaud(talk: Talk, wish: Wish) -> Reply:
    """One emoji in two tones of skin, or put there once more after all its minutes, thanks nobody twice."""
    if not await by_turn.is_thanked(talk.session, talk.cause, giver_id=talk.person.id):
        await _give(talk, wish)
    return Quiet()


async def submitted(talk: Talk, turn: Submission) -> Reply:
    answers, people = turn.answers, turn.answers["receivers"]
    people = (
        disambiguation.parts_of(talk, people)
        if disambiguation.WHICH in talk.state
        else dialogs_receivers.parts_of(people)
    )
    return await _give(
        talk,
        Wish(
            dialogs_receivers.named(talk, people),
            _typed(answers, "words"),
            tuple(str(tag) for tag in answers.get("tags", ())),
            _typed(answers, "more_tags"),
            bool(answers.get("private")),
            str(talk.state.get(LINK, "")),
        ),
    )


async def form(talk: Talk) -> Form:
    """Raises NotAllowed where the person gives nothing: before they fill it in."""
    permissions.require(talk.person, "kudos")
    copy = talk.copy
    people: Field = disambiguation.field(talk, "receivers") or PersonField(
        "receivers", copy.line("kudos.form.receivers"), many=True
    )
    return Form(
        dialog="kudos",
        title=copy.line("kudos.form.title"),
        fields=(
            people,
            TextField(
                "words", copy.line("kudos.form.words"), messages.LONGEST, hint=copy.line("kudos.form.words_hint")
            ),
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
        people = await dialogs_receivers.resolve(talk, wish.receivers)
    except Ambiguous as several:
        return await _ask_which(talk, wish, several)
    others = tuple(person for person in people if person.id != talk.person.id)
    gift = await kudos_giving.give(
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
        cause=talk.cause,
        link=wish.link,
    )
    return await _given(talk, gift, wish, others, self_dropped=len(others) < len(people))


async def _given(
    talk: Talk, gift: kudos_models.Kudos, wish: Wish, others: tuple[Person, ...], *, self_dropped: bool
) -> Reply:
    directly_only = [person.id for person in others if wish.private or person.no_public_kudos]
    facts = kudos_queries.facts_of(
        gift, talk.person, others, kudos_tags.gathered(wish.tags), talk.settings.kudos_points
    )
    subject = f"kudos-{gift.id}"
    card = cards.given(
        facts,
        talk.copy,
        button_tokens.sign("undo", subject, talk.key),
        minutes=talk.settings.undo_minutes,
        left=gift.left_today,
        self_dropped=self_dropped,
        out_of_reach=await publishing.out_of_reach(talk.session, directly_only),
        link=protocol_links.address(talk.site, subject, talk.key) if facts.celebrated else "",
    )
    return Say(card)


async def _ask_which(talk: Talk, wish: Wish, several: Ambiguous) -> Reply:
    """The same form, where the receivers are a choice between those who fit. The state is plain JSON."""
    state = {**talk.state, **disambiguation.state_of(several, wish.receivers)}
    asked = await form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _tag_options(talk: Talk) -> tuple[Option, ...]:
    return tuple(
        Option(tag.name, f"{tag.emoji} {talk.copy.line(f'tags.{tag.name}')}") for tag in kudos_tags.PREDEFINED.values()
    )


def _quoted(talk: Talk, words: str) -> str:
    """The beginning of what somebody said, as a quotation: on one line, and cut where it is long."""
    line = " ".join(words.split())
    line = line if len(line) <= QUOTED else f"{line[:QUOTED].rstrip()}…"
    return talk.copy.line("kudos.quoted", words=line) if line else ""


def _typed(answers: Answers, name: str) -> str:
    return "".join(part if isinstance(part, str) else part.name for part in answers.get(name, ())).strip()


DIALOG = Dialog("kudos", form, submitted, BLAME)

VERBS = (Verb("kudos", DIALOG, command, writes=True, gives=True, registered=True),)
