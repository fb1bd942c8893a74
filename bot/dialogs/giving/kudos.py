"""Thanking colleagues: in one line, or through the form."""

import re
from dataclasses import dataclass, replace

from bot.cards import kudos as cards
from bot.cards.kudos import build_kudos_given_card
from bot.dialogs import disambiguation
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dialogs.disambiguation import apply_disambiguation, build_disambiguation_field, build_disambiguation_state
from bot.dialogs.receivers import (
    AmbiguousPerson,
    name_known_mentions,
    prefill_receivers,
    resolve_receivers,
    split_receivers,
)
from bot.parsing.gift_text import ParsedGift, find_hashtags, parse_gift_with_names
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.forms import Answer, Answers, ChoiceField, Field, Form, Option, PersonField, TextField, ToggleField
from bot.protocol.links import build_link_url
from bot.protocol.turns import About, Ask, Quiet, Reply, Say, Submission, Words
from engine import messages
from engine.admin.permissions import require_permission
from engine.errors import Refused
from engine.feed.by_turn import is_already_thanked
from engine.kudos import tags as kudos_tags
from engine.kudos.checks import check_receivers
from engine.kudos.giving import KudosResult, give_kudos
from engine.kudos.queries import build_kudos_facts
from engine.kudos.tags import parse_tags
from engine.messages import check_message
from engine.outbox.publishing import find_unreachable
from engine.people.models import Person

MESSAGE_LINK_KEY = "link"  # under this name the form's state keeps where the message can be read that it is for
MAX_FORM_QUOTE_LENGTH = 200  # characters of a message that stand in the form

KUDOS_FIELD_BY_REASON = {
    "words_missing": "words",
    "words_too_long": "words",
    "words_unstorable": "words",
    "tag_unreadable": "more_tags",
    "too_many_tags": "more_tags",
}


@dataclass(frozen=True, slots=True)
class KudosDraft:
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
        return (*self.chosen, *typed, *find_hashtags(self.words))

    def answers(self) -> Answers:
        """Return the draft as the form's answers, without the empty ones."""
        known: dict[str, Answer] = {
            "receivers": self.receivers,
            "words": (self.words,) if self.words else (),
            "tags": self.chosen,
            "more_tags": (self.more_tags,) if self.more_tags else (),
            "private": ("on",) if self.private else (),
        }
        return {name: answer for name, answer in known.items() if answer}


async def handle_kudos_command(talk: DialogContext, words: Words) -> Reply:
    """Give kudos at once (`/kudos @ana thanks`), or show the form with the known parts filled in."""
    said = await parse_gift_with_names(talk.session, name_known_mentions(talk, words))
    if talk.source.about:
        return await _about_message(talk, said, talk.source.about)
    wish = KudosDraft(said.receivers, said.words)
    if wish.words:
        check_message(wish.words)
    if wish.words and wish.receivers:
        return await _give(talk, wish)
    filled = replace(wish, receivers=await prefill_receivers(talk, wish.receivers))
    return Ask(await build_kudos_form(talk), filled.answers())


async def _about_message(talk: DialogContext, said: ParsedGift, message: About) -> Reply:
    """Give kudos for a message.

    An emoji on the message gives at once, silently and in private, because the quote is unreviewed, and once per person
    and message. Otherwise show the form, filled in. Raises Refused "no_author" if the message has no author to thank.
    """
    if not said.receivers:
        raise Refused("no_author")
    people = await resolve_receivers(talk, said.receivers)
    check_receivers(talk.person, people, talk.settings)
    wish = KudosDraft(said.receivers, _quoted(talk, said.words), private=bool(message.gesture), link=message.link)
    if message.gesture:
        # The same emoji in another skin tone, or added again later, does not thank anyone twice.
        if not await is_already_thanked(talk.session, talk.cause, giver_id=talk.person.id):
            await _give(talk, replace(wish, words=wish.words or cards.DEFAULT_KUDOS_EMOJI))
        return Quiet()
    return Ask(
        await build_kudos_form(talk), wish.answers(), state={MESSAGE_LINK_KEY: message.link} if message.link else {}
    )


async def handle_kudos_submission(talk: DialogContext, turn: Submission) -> Reply:
    answers, people = turn.answers, turn.answers["receivers"]
    people = (
        apply_disambiguation(talk, people)
        if disambiguation.DISAMBIGUATION_KEY in talk.state
        else split_receivers(people)
    )
    return await _give(
        talk,
        KudosDraft(
            name_known_mentions(talk, people),
            _typed(answers, "words"),
            tuple(str(tag) for tag in answers.get("tags", ())),
            _typed(answers, "more_tags"),
            bool(answers.get("private")),
            str(talk.state.get(MESSAGE_LINK_KEY, "")),
        ),
    )


async def build_kudos_form(talk: DialogContext) -> Form:
    """Build the form that gives kudos.

    Raises NotAllowed if the person may not give: at this point they have not filled it in yet.
    """
    require_permission(talk.person, "kudos")
    copy = talk.copy
    people: Field = build_disambiguation_field(talk, "receivers") or PersonField(
        "receivers", copy.line("kudos.form.receivers"), many=True
    )
    tags = tuple(
        Option(tag.name, f"{tag.emoji} {copy.line(f'tags.{tag.name}')}") for tag in kudos_tags.PREDEFINED_TAGS.values()
    )
    return Form(
        dialog="kudos",
        title=copy.line("kudos.form.title"),
        fields=(
            people,
            TextField(
                "words",
                copy.line("kudos.form.words"),
                messages.MAX_MESSAGE_LENGTH,
                hint=copy.line("kudos.form.words_hint"),
            ),
            ChoiceField("tags", copy.line("kudos.form.tags"), tags, many=True, required=False),
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


async def _give(talk: DialogContext, wish: KudosDraft) -> Reply:
    try:
        people = await resolve_receivers(talk, wish.receivers)
    except AmbiguousPerson as several:
        return await _ask_which(talk, wish, several)
    others = tuple(person for person in people if person.id != talk.person.id)
    gift = await give_kudos(
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
    talk: DialogContext, gift: KudosResult, wish: KudosDraft, others: tuple[Person, ...], *, self_dropped: bool
) -> Reply:
    directly_only = [person.id for person in others if wish.private or person.no_public_kudos]
    facts = build_kudos_facts(gift, talk.person, others, parse_tags(wish.tags), talk.settings.kudos_points)
    subject = f"kudos-{gift.id}"
    card = build_kudos_given_card(
        facts,
        talk.copy,
        sign_button_token("undo", subject, talk.key),
        minutes=talk.settings.undo_minutes,
        left=gift.left_today,
        self_dropped=self_dropped,
        out_of_reach=await find_unreachable(talk.session, directly_only),
        link=build_link_url(talk.site, subject, talk.key) if facts.celebrated else "",
    )
    return Say(card)


async def _ask_which(talk: DialogContext, wish: KudosDraft, several: AmbiguousPerson) -> Reply:
    """Show the form again, with the matching people as a choice for the receivers. The state is plain JSON."""
    state = {**talk.state, **build_disambiguation_state(several, wish.receivers)}
    asked = await build_kudos_form(replace(talk, state=state))
    return Ask(asked, replace(wish, receivers=()).answers(), state=state)


def _quoted(talk: DialogContext, words: str) -> str:
    """Quote the start of a message, on one line and cut if it is long; "" if the message is empty."""
    line = " ".join(words.split())
    line = line if len(line) <= MAX_FORM_QUOTE_LENGTH else f"{line[:MAX_FORM_QUOTE_LENGTH].rstrip()}…"
    return talk.copy.line("kudos.quoted", words=line) if line else ""


def _typed(answers: Answers, name: str) -> str:
    return "".join(part if isinstance(part, str) else part.name for part in answers.get(name, ())).strip()


KUDOS_DIALOG = Dialog("kudos", build_kudos_form, handle_kudos_submission, KUDOS_FIELD_BY_REASON)

GIVE_KUDOS_COMMANDS = (
    CommandSpec("kudos", KUDOS_DIALOG, handle_kudos_command, writes=True, gives=True, registered=True),
)
