"""From what was said to the people who were meant. Nobody is ever guessed."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from bot.dialogs.dialog import Talk
from bot.parsing.gift_text import MOST, QUOTES, names
from bot.protocol.elements import Mention
from bot.protocol.forms import Answer, Option
from bot.protocol.turns import Words
from engine.errors import Refused
from engine.people import lookup as people_lookup
from engine.people import search as people_search
from engine.people.models import Identity, Person
from engine.people.search import Found


class Ambiguous(Refused):
    """What was typed fits several people, or one by a part of their name only. The dialog asks which one is meant.

    A dialog that cannot ask lets the refusal be said.
    """

    def __init__(self, typed: str, found: Found) -> None:
        super().__init__("ambiguous_person", who=typed)
        self.typed = typed
        self.found = found


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
    Raises Refused "unknown_person" (who), "unseen_person", "too_many_named" (count); and Ambiguous only where nobody is
    unknown.
    """
    named_once = tuple(dict.fromkeys(parts))
    if len(named_once) > MOST:
        raise Refused("too_many_named", count=MOST)
    found = await people_search.find(talk.session, [part for part in named_once if isinstance(part, str)])
    meant: dict[int, Person] = {}
    unclear: list[Ambiguous] = []
    for part in named_once:
        try:
            person = _typed(part, found[part]) if isinstance(part, str) else await _mentioned(talk, part)
        except Ambiguous as several:
            unclear.append(several)
        else:
            meant[person.id] = person
    if unclear:
        raise unclear[0]
    return tuple(meant.values())


async def filled(talk: Talk, parts: Words) -> Words:
    """The parts for a form: each name that is clear becomes a mention with its account here, the others stay."""
    found = await people_search.find(talk.session, [part for part in parts[:MOST] if isinstance(part, str)])
    clear = {typed: fitting.only for typed, fitting in found.items() if fitting.only}
    if not clear:
        return parts
    shown = await _mentions(talk, clear)
    return tuple(shown.get(part, part) if isinstance(part, str) else part for part in parts)


async def _mentions(talk: Talk, clear: Mapping[str, Person]) -> dict[str, Mention]:
    accounts = await talk.session.execute(
        select(Identity.person_id, Identity.external_id).where(
            Identity.channel == talk.source.channel,
            Identity.tenant == talk.source.tenant,
            Identity.person_id.in_([person.id for person in clear.values()]),
        )
    )
    by_person = {person_id: account for person_id, account in accounts}
    return {typed: Mention(who.display_name, who.id, by_person.get(who.id)) for typed, who in clear.items()}


async def _mentioned(talk: Talk, mention: Mention) -> Person:
    person = talk.known.get(mention.account or "")
    if person is None and mention.person_id is not None:
        person = await people_lookup.get(talk.session, mention.person_id)
    if person is None:
        who = mention.name.strip(" ?")  # "?" where the channel knows no name; its own id would tell nobody anything
        raise Refused("unknown_person", who=who) if who else Refused("unseen_person")
    return person


def _typed(typed: str, found: Found) -> Person:
    if not found.people:
        raise Refused("unknown_person", who=typed)
    if found.only is None:
        raise Ambiguous(typed, found)
    return found.only


def options(candidates: Sequence[Person]) -> tuple[Option, ...]:
    """The candidates to choose from, told apart by department and e-mail. A value is the person's id."""
    return tuple(
        Option(str(who.id), who.display_name, " · ".join(filter(None, (who.department, who.email))))
        for who in candidates
    )
