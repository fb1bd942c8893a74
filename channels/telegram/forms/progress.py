"""A form that is asked one question at a time: a person's progress in it, as a value. No message is sent here.

`at` is the current question; len(fields) is the summary. `done` are the fields that need no more asking.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.i18n.copy import Copy
from bot.protocol.elements import Mention
from bot.protocol.forms import Answer, Answers, ChoiceField, Field, Option, PersonField, ToggleField, find_answer_fault
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Ask

TELEGRAM_TOGGLE_ON = "on"


@dataclass(frozen=True, slots=True)
class FormProgress:
    ask: Ask
    language: str
    answers: Answers = field(default_factory=dict)
    done: tuple[str, ...] = ()
    at: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)
    offered: tuple[Option, ...] = ()  # persons to choose from: the value is their id in the directory
    page: int = 0
    message: int = 0  # that shows the question
    heard: int = 0  # the last message of the person that was taken as an answer
    picker: int = 0  # the message whose button opened the picker of contacts; 0 where it is closed

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.ask.form.fields

    @property
    def question(self) -> Field | None:
        """Return the current question, or None at the summary."""
        return self.fields[self.at] if self.at < len(self.fields) else None

    @property
    def answer(self) -> Answer:
        """Return the answer given so far to the current question."""
        return tuple(self.answers.get(self.question.id, ())) if self.question else ()

    @property
    def options(self) -> tuple[Option, ...]:
        """Return the options that have a button at the current question."""
        match self.question:
            case ChoiceField(options=options):
                return options
            case PersonField():
                chosen = (part for part in self.answer if isinstance(part, Mention) and part.person_id)
                removable = (Option(str(part.person_id), part.name) for part in chosen)
                offered = {one.value for one in self.offered}
                return (*(one for one in removable if one.value not in offered), *self.offered)
            case _:
                return ()

    @property
    def many(self) -> bool:
        return isinstance(self.question, PersonField | ChoiceField) and self.question.many


def begin_form(ask: Ask, language: str, before: FormProgress | None = None) -> FormProgress:
    """Start a form. If the same form comes back (`before`), ask again only what is wrong."""
    known = {name: tuple(answer) for name, answer in ask.known.items()}
    again = before is not None and bool(ask.token) and before.ask.token == ask.token
    settled = [f.id for f in ask.form.fields if again or any(known.get(f.id, ()))]
    done = tuple(name for name in settled if name not in ask.errors)
    message, heard = (before.message, before.heard) if before is not None and again else (0, 0)
    return _forward(FormProgress(ask, language, known, done, errors=ask.errors, message=message, heard=heard))


def answer_question(walk: FormProgress, answer: Answer, copy: Copy) -> FormProgress:
    """Set the answer to the current question. Go to the next one, or stay with an error if the answer is wrong."""
    question = walk.question
    if question is None:
        return walk
    answers = {**walk.answers, question.id: answer}
    fault = find_answer_fault(question, answer)
    if fault:
        said = copy.line(f"form.{fault.key}", **fault.details)
        return replace(walk, answers=answers, errors={question.id: said})
    return _forward(replace(walk, answers=answers, done=(*walk.done, question.id), errors=_without(walk, question.id)))


def reject_answer(walk: FormProgress, sentence: str) -> FormProgress:
    """Stay at the current question and show the sentence as its error."""
    return replace(walk, errors={walk.question.id: sentence}) if walk.question else walk


def choose_option(walk: FormProgress, number: int, wanted: bool, copy: Copy) -> FormProgress:
    """Choose or remove the option with that number.

    A repeated choice has no effect. A single choice is the answer.
    """
    option = dict(number_options(walk)).get(number)
    if option is None or walk.question is None:
        return walk
    part = _part(walk.question, option)
    if not walk.many:
        return answer_question(walk, (part,), copy)
    others = tuple(one for one in walk.answer if not _same(one, part))
    return replace(walk, answers={**walk.answers, walk.question.id: (*others, part) if wanted else others})


def number_options(walk: FormProgress) -> Iterator[tuple[int, Option]]:
    """Yield each option with the number for its button.

    A person is numbered by their id, because the list may change.
    """
    for place, option in enumerate(walk.options):
        yield (int(option.value) if isinstance(walk.question, PersonField) else place), option


def is_option_chosen(walk: FormProgress, option: Option) -> bool:
    if walk.question is None:
        return False
    part = _part(walk.question, option)
    return any(_same(one, part) for one in walk.answer)


def add_people(walk: FormProgress, parts: Answer) -> FormProgress:
    """Add people to the answer of the current question, each once.

    If the people who came with the form were refused, replace them.
    """
    if walk.question is None:
        return walk
    name = walk.question.id
    refused = name in walk.ask.errors and walk.answer == tuple(walk.ask.known.get(name, ()))
    before = walk.answer if walk.many and not refused else ()
    everybody: list[str | Mention] = list(before)
    for part in parts:
        everybody += [] if any(_same(part, one) for one in everybody) else [part]
    return replace(walk, answers={**walk.answers, name: tuple(everybody)})


def skip_question(walk: FormProgress, copy: Copy) -> FormProgress:
    """Leave the current question without an answer, if that is allowed."""
    return answer_question(walk, (), copy)


def is_form_sufficient(walk: FormProgress) -> bool:
    """Return whether several questions are left and all of them may stay as they are."""
    left = [f for f in walk.fields if f.id not in walk.done]
    return (
        len(left) > 1
        and not walk.errors
        and not any(find_answer_fault(f, tuple(walk.answers.get(f.id, ()))) for f in left)
    )


def finish_form(walk: FormProgress) -> FormProgress:
    """Go to the summary, if the person has answered enough."""
    return _forward(replace(walk, done=tuple(f.id for f in walk.fields))) if is_form_sufficient(walk) else walk


def return_to_previous(walk: FormProgress) -> FormProgress:
    """Go to the question before the current one."""
    return replace(walk, at=max(walk.at - 1, 0), page=0, offered=(), errors={})


def toggle_answer(walk: FormProgress, wanted: bool, copy: Copy) -> FormProgress:
    return (
        answer_question(walk, (TELEGRAM_TOGGLE_ON,) if wanted else (), copy)
        if isinstance(walk.question, ToggleField)
        else walk
    )


def _forward(walk: FormProgress) -> FormProgress:
    """Go to the first question that still needs asking, or to the summary."""
    open_ones = (number for number, f in enumerate(walk.fields) if f.id not in walk.done)
    return replace(walk, at=next(open_ones, len(walk.fields)), page=0, offered=())


def _without(walk: FormProgress, name: str) -> dict[str, str]:
    return {key: words for key, words in walk.errors.items() if key != name}


def _part(question: Field, option: Option) -> str | Mention:
    return Mention(option.label, int(option.value)) if isinstance(question, PersonField) else option.value


def _same(one: str | Mention, other: str | Mention) -> bool:
    if isinstance(one, Mention) and isinstance(other, Mention) and one.person_id and other.person_id:
        return one.person_id == other.person_id
    return one == other


def dump_form_progress(walk: FormProgress) -> dict[str, Any]:
    """Return the progress as a JSON-serializable dict."""
    return {
        "ask": dump_value(walk.ask),
        "language": walk.language,
        "answers": dump_value(walk.answers),
        "done": list(walk.done),
        "at": walk.at,
        "errors": dict(walk.errors),
        "offered": [[one.value, one.label, one.detail] for one in walk.offered],
        "page": walk.page,
        "message": walk.message,
        "heard": walk.heard,
        "picker": walk.picker,
    }


def load_form_progress(state: Mapping[str, Any]) -> FormProgress:
    """Load the progress that `dump_form_progress` wrote."""
    return FormProgress(
        ask=load_value(state["ask"]),
        language=state["language"],
        answers=load_value(state["answers"]),
        done=tuple(state["done"]),
        at=state["at"],
        errors=state["errors"],
        offered=tuple(Option(*one) for one in state["offered"]),
        page=state["page"],
        message=state["message"],
        heard=state["heard"],
        picker=state.get("picker", 0),  # a form that waits since before there was one
    )
