"""Asking which of several colleagues was meant. The candidates wait in the state of the form, as plain JSON."""

from typing import Any

from bot.dialogs.dialog import DialogContext
from bot.dialogs.receivers import AmbiguousPerson, build_person_options
from bot.parsing.commands import shorten_typed_text
from bot.protocol.elements import Mention
from bot.protocol.forms import Answer, ChoiceField, Option
from bot.protocol.serialization import dump_value
from bot.protocol.turns import Words

DISAMBIGUATION_KEY = "which"  # under this name the state keeps the question


def build_disambiguation_state(no: AmbiguousPerson, parts: Words) -> dict[str, Any]:
    """Build the form state that the question needs: the candidates, and all parts to be resolved."""
    kept = [part if isinstance(part, str) else [part.name, part.person_id, part.account] for part in parts]
    people = [[option.value, option.label, option.detail] for option in build_person_options(no.found.people)]
    asked = dump_value({"typed": no.typed, "people": people, "more": no.found.more, "parts": kept})
    return {DISAMBIGUATION_KEY: asked}


def build_disambiguation_field(talk: DialogContext, name: str) -> ChoiceField | None:
    """Build the question which person is meant, as the field `name`; None if there is no question."""
    asked = talk.state.get(DISAMBIGUATION_KEY)
    if not asked:
        return None
    people = tuple(Option(*person) for person in asked["people"])
    more = talk.copy.line("which.more", count=asked["more"]) if asked["more"] else ""
    return ChoiceField(name, talk.copy.line("which.label", typed=shorten_typed_text(asked["typed"])), people, hint=more)


def apply_disambiguation(talk: DialogContext, answer: Answer) -> Words:
    """Return the parts again, with the chosen person in place of the typed name."""
    asked = talk.state[DISAMBIGUATION_KEY]
    label = next(label for value, label, _ in asked["people"] if value == answer[0])
    one = Mention(label, int(str(answer[0])))
    parts = (part if isinstance(part, str) else Mention(*part) for part in asked["parts"])
    return tuple(one if part == asked["typed"] else part for part in parts)
