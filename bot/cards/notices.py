"""Cards that belong to no dialog: refusals, apologies, strangers, unknown words."""

from bot.cards import Card, Quote, Text
from bot.words import Copy
from engine.errors import Refused


def refused(copy: Copy, no: Refused) -> str:
    """The refusal in one plain sentence."""
    return copy.line(f"refusals.{no.reason}", **no.details)


def refusal(copy: Copy, no: Refused, own: str) -> Card:
    """The refusal, with the person's own words ready to be sent again."""
    sentence = refused(copy, no)
    words = (Text((copy.line("notices.your_words"),)), Quote(own)) if own else ()
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *words), tone="refusal")


def apology(copy: Copy) -> Card:
    sentence = copy.line("notices.apology")
    return Card(copy.line("notices.apology_title"), sentence, (Text((sentence,)),), tone="refusal")


def stranger(copy: Copy, own: str) -> Card:
    sentence = copy.line("notices.stranger")
    words = (Text((copy.line("notices.your_words"),)), Quote(own)) if own else ()
    return Card(copy.line("notices.stranger_title"), sentence, (Text((sentence,)), *words), tone="refusal")


def unknown_verb(copy: Copy, typed: str, nearest: str | None, own: str) -> Card:
    key = "notices.did_you_mean" if nearest else "notices.unknown_verb"
    sentence = copy.line(key, typed=typed, nearest=nearest or "")
    words = (Quote(own),) if own else ()
    return Card(copy.line("notices.unknown_title"), sentence, (Text((sentence,)), *words), tone="refusal")


def expired(copy: Copy, own: str) -> Card:
    sentence = copy.line("notices.form_expired")
    words = (Quote(own),) if own else ()
    return Card(copy.line("notices.refused"), sentence, (Text((sentence,)), *words), tone="refusal")
