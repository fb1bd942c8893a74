"""Cards that belong to no dialog: refusals, apologies, strangers, unknown words."""

from collections.abc import Sequence

from bot.i18n.copy import Copy
from bot.parsing.commands import shorten_typed_text
from bot.protocol.elements import Card, Mention, Quote, Text, render_spans_as_text
from engine.errors import Refused

TYPED_DETAILS = ("who", "tag")  # details of refusals that are a person's own words: of any length


def format_refusal(copy: Copy, no: Refused) -> str:
    """Return the refusal as one plain sentence."""
    typed = {name: shorten_typed_text(what) for name in TYPED_DETAILS if isinstance(what := no.details.get(name), str)}
    return copy.line(f"refusals.{no.reason}", **{**no.details, **typed})


def build_refusal_card(copy: Copy, no: Refused, own: str) -> Card:
    """Build the card for a refusal, with the person's own text ready to be sent again."""
    sentence = format_refusal(copy, no)
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *_handed_back(copy, own)), tone="refusal")


def build_apology_card(copy: Copy, own: str) -> Card:
    sentence = copy.line("notices.apology")
    return Card(
        copy.line("notices.apology_title"), sentence, (Text((sentence,)), *_handed_back(copy, own)), tone="refusal"
    )


def build_unresolved_people_card(copy: Copy, own: str) -> Card:
    """Build the apology that the channel could not identify some of the people just now."""
    sentence = copy.line("notices.unmet")
    body = (Text((sentence,)), *_handed_back(copy, own))
    return Card(copy.line("notices.apology_title"), sentence, body, tone="refusal")


def build_looking_up_card(copy: Copy, who: Sequence[Mention]) -> Card:
    """Build the notice that a gift waits until the channel can identify the people in `who`."""
    sentence = copy.spans("notices.looking_up", who=copy.names(who), count=len(who))
    return Card(
        copy.line("notices.looking_up_title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral"
    )


def build_lookup_failed_card(copy: Copy, own: str) -> Card:
    """Build the refusal of a gift whose people the channel could not identify in time."""
    sentence = copy.line("notices.given_up")
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *_handed_back(copy, own)), tone="refusal")


def build_unfinished_gift_card(copy: Copy, own: str) -> Card:
    """Build the refusal of a waiting gift that still needs an answer from its giver.

    All its people are known now, but the giver has moved on and cannot be asked.
    """
    sentence = copy.line("notices.unfinished")
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *_handed_back(copy, own)), tone="refusal")


def build_unknown_sender_card(copy: Copy, how: str, own: str) -> Card:
    """Build the refusal for an unknown sender. `how` is the text to send in order to be linked."""
    sentence = copy.line("notices.stranger", how=how)
    body = (Text((sentence,)), *_handed_back(copy, own))
    return Card(copy.line("notices.stranger_title"), sentence, body, tone="refusal")


def build_unknown_command_card(copy: Copy, typed: str, nearest: str | None, own: str) -> Card:
    key = "notices.did_you_mean" if nearest else "notices.unknown_verb"
    sentence = copy.line(key, typed=shorten_typed_text(typed), nearest=nearest or "")
    words = (Quote(own),) if own else ()
    return Card(copy.line("notices.unknown_title"), sentence, (Text((sentence,)), *words), tone="refusal")


def build_form_expired_card(copy: Copy, own: str) -> Card:
    sentence = copy.line("notices.form_expired" if own else "notices.form_expired_empty")
    words = (Quote(own),) if own else ()
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *words), tone="refusal")


def _handed_back(copy: Copy, own: str) -> tuple[Text | Quote, ...]:
    """Build the person's own text as a quote, ready to be sent again; empty if there is no text."""
    return (Text((copy.line("notices.your_words"),)), Quote(own)) if own else ()
