"""From what was said to the people who were meant. Nobody is ever guessed."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from sqlalchemy import select

from bot.cards import Mention
from bot.dialogs import Talk
from bot.forms import Answer, Option
from bot.kudos_words import QUOTES, names
from bot.turns import Words
from engine import finding
from engine.errors import Refused
from engine.finding import Found
from engine.people import Identity, Person

MOST = 100  # names in one turn; each is a question to the database


class Ambiguous(Refused):
    """What was typed fits several people, or one by a part of their name only. The dialog asks which one is meant.

    A dialog that cannot ask lets the refusal be said.
    """

    def __init__(self, typed: str, candidates: Sequence[Found]) -> None:
        super().__init__("ambiguous_person", who=typed)
        self.typed = typed
        self.candidates = tuple(candidates)


def named(talk: Talk, words: Words) -> Words:
    """The words with each known mention under the person's own name, with their id."""
    return tuple(_named(talk, part) if isinstance(part, Mention) else part for part in words)


def _named(talk: Talk, mention: Mention) -> Mention:
    person = talk.known.get(mention.account or "")
    return Mention(person.display_name, person.id, mention.account) if person else mention


def written(talk: Talk, words: Words) -> Words:
    """The words as they can be sent again anywhere: who was mentioned by another label stands there by name.

    Slack labels a mention with an account, which nobody could type.
    """
    return tuple(_written(talk, part) if isinstance(part, Mention) else part for part in words)


def _written(talk: Talk, mention: Mention) -> str | Mention:
    name = _named(talk, mention).name
    return mention if name == mention.name or set(name) & set(QUOTES) else f'@"{name}"'


def parts_of(answer: Answer) -> Words:
    """What a field for people was answered with: mentions, and typed lists of names taken apart."""
    parts: list[str | Mention] = []
    for part in answer:
        parts += [part] if isinstance(part, Mention) else names(part)
    return tuple(parts)


async def resolve(talk: Talk, parts: Words) -> tuple[Person, ...]:
    """The people meant by the parts, in order, nobody twice.

    A mention counts by its account, or by its `person_id` where the bot itself has written that.
    Raises Refused "unknown_person" (who), "too_many_named" (count), and Ambiguous only where nobody is unknown.
    """
    named_once = tuple(dict.fromkeys(parts))
    if len(named_once) > MOST:
        raise Refused("too_many_named", count=MOST)
    people: dict[int, Person] = {}
    unclear: list[Ambiguous] = []
    for part in named_once:
        try:
            person = await _person(talk, part)
        except Ambiguous as several:
            unclear.append(several)
        else:
            people[person.id] = person
    if unclear:
        raise unclear[0]
    return tuple(people.values())


async def filled(talk: Talk, parts: Words) -> Words:
    """The parts for a form: each name that is clear becomes a mention with its account here, the others stay."""
    people: dict[str, Person] = {}
    for typed in (part for part in parts[:MOST] if isinstance(part, str)):
        with suppress(Refused):
            people[typed] = await _person(talk, typed)
    if not people:
        return parts
    shown = await _mentions(talk, people)
    return tuple(shown.get(part, part) if isinstance(part, str) else part for part in parts)


async def _mentions(talk: Talk, people: Mapping[str, Person]) -> dict[str, Mention]:
    accounts = await talk.session.execute(
        select(Identity.person_id, Identity.external_id).where(
            Identity.channel == talk.source.channel,
            Identity.tenant == talk.source.tenant,
            Identity.person_id.in_([person.id for person in people.values()]),
        )
    )
    by_person = {person_id: account for person_id, account in accounts}
    return {typed: Mention(who.display_name, who.id, by_person.get(who.id)) for typed, who in people.items()}


async def _person(talk: Talk, part: str | Mention) -> Person:
    if isinstance(part, str):
        return await _typed(talk, part)
    person = talk.known.get(part.account or "")
    if person is None and part.person_id is not None:
        person = await talk.session.get(Person, part.person_id)
    if person is None:
        raise Refused("unknown_person", who=part.name or part.account or "?")
    return person


async def _typed(talk: Talk, typed: str) -> Person:
    found = await finding.find(talk.session, typed)
    if not found:
        raise Refused("unknown_person", who=typed)
    if len(found) > 1 or not _is_meant(typed, found[0]):
        raise Ambiguous(typed, found)
    return await talk.session.get_one(Person, found[0].id)


def _is_meant(typed: str, found: Found) -> bool:
    """Whether whole words of the name were typed, not just letters that happen to be in it ("ana" is not Diana)."""
    name, words = finding.fold(found.display_name), finding.fold(typed).split()
    by_name = all(word in name for word in words)
    return not by_name or set(words) <= set(name.split())


def options(candidates: Sequence[Found]) -> tuple[Option, ...]:
    """The candidates to choose from, told apart by department and e-mail. A value is the person's id."""
    return tuple(
        Option(str(who.id), who.display_name, " · ".join(filter(None, (who.department, who.email))))
        for who in candidates
    )
