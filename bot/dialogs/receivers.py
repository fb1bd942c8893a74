"""Resolving typed names and mentions to people, always without guessing."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from bot.dialogs.dialog import DialogContext
from bot.parsing.gift_text import MAX_NAMES_PER_TURN, RECEIVER_QUOTE_MARKS, split_name_list
from bot.protocol.elements import Mention
from bot.protocol.forms import Answer, Option
from bot.protocol.turns import Words
from engine.errors import Refused
from engine.people.lookup import get_person
from engine.people.models import Identity, Person
from engine.people.search import SearchResult, search_people


class AmbiguousPerson(Refused):
    """What was typed fits several people, or one by a part of their name only. The dialog asks which one is meant.

    A dialog that cannot ask lets the refusal be said.
    """

    def __init__(self, typed: str, found: SearchResult) -> None:
        super().__init__("ambiguous_person", who=typed)
        self.typed = typed
        self.found = found


def name_known_mentions(talk: DialogContext, words: Words) -> Words:
    """Return the words with each known mention replaced by one with the person's own name and id."""
    return tuple(_named(talk, part) if isinstance(part, Mention) else part for part in words)


def _named(talk: DialogContext, mention: Mention) -> Mention:
    person = talk.known.get(mention.account or "")
    return Mention(person.display_name, person.id, mention.account) if person else mention


def format_resendable_words(talk: DialogContext, words: Words) -> Words:
    """Return the words so that they can be sent again on any channel: known mentions become names.

    Slack labels a mention with an account id, which people cannot type.
    """
    return tuple(_written(talk, part) if isinstance(part, Mention) else part for part in words)


def _written(talk: DialogContext, mention: Mention) -> str | Mention:
    name = _named(talk, mention).name
    return mention if name == mention.name or set(name) & set(RECEIVER_QUOTE_MARKS) else f'@"{name}"'


def split_receivers(answer: Answer) -> Words:
    """Split the answer of a people field into mentions and single names."""
    parts: list[str | Mention] = []
    for part in answer:
        parts += [part] if isinstance(part, Mention) else split_name_list(part)
    return tuple(parts)


async def resolve_receivers(talk: DialogContext, parts: Words) -> tuple[Person, ...]:
    """Return the people meant by the parts, in order and without duplicates.

    A mention counts by its account, or by its `person_id` if the bot itself wrote that. Raises Refused "unknown_person"
    (who), "unseen_person", "too_many_named" (count). Raises AmbiguousPerson only if all the other parts are known.
    """
    named_once = tuple(dict.fromkeys(parts))
    if len(named_once) > MAX_NAMES_PER_TURN:
        raise Refused("too_many_named", count=MAX_NAMES_PER_TURN)
    found = await search_people(talk.session, [part for part in named_once if isinstance(part, str)])
    meant: dict[int, Person] = {}
    unclear: list[AmbiguousPerson] = []
    for part in named_once:
        try:
            person = _typed(part, found[part]) if isinstance(part, str) else await _mentioned(talk, part)
        except AmbiguousPerson as several:
            unclear.append(several)
        else:
            meant[person.id] = person
    if unclear:
        raise unclear[0]
    return tuple(meant.values())


async def prefill_receivers(talk: DialogContext, parts: Words) -> Words:
    """Return the parts for a form: each clear name becomes a mention with its account here, the others stay."""
    found = await search_people(talk.session, [part for part in parts[:MAX_NAMES_PER_TURN] if isinstance(part, str)])
    clear = {typed: fitting.only for typed, fitting in found.items() if fitting.only}
    if not clear:
        return parts
    shown = await _mentions(talk, clear)
    return tuple(shown.get(part, part) if isinstance(part, str) else part for part in parts)


async def _mentions(talk: DialogContext, clear: Mapping[str, Person]) -> dict[str, Mention]:
    accounts = await talk.session.execute(
        select(Identity.person_id, Identity.external_id).where(
            Identity.channel == talk.source.channel,
            Identity.tenant == talk.source.tenant,
            Identity.person_id.in_([person.id for person in clear.values()]),
        )
    )
    by_person = {person_id: account for person_id, account in accounts}
    return {typed: Mention(who.display_name, who.id, by_person.get(who.id)) for typed, who in clear.items()}


async def _mentioned(talk: DialogContext, mention: Mention) -> Person:
    person = talk.known.get(mention.account or "")
    if person is None and mention.person_id is not None:
        person = await get_person(talk.session, mention.person_id)
    if person is None:
        who = mention.name.strip(" ?")  # "?" where the channel knows no name; its own id would tell nobody anything
        raise Refused("unknown_person", who=who) if who else Refused("unseen_person")
    return person


def _typed(typed: str, found: SearchResult) -> Person:
    if not found.people:
        raise Refused("unknown_person", who=typed)
    if found.only is None:
        raise AmbiguousPerson(typed, found)
    return found.only


def build_person_options(candidates: Sequence[Person]) -> tuple[Option, ...]:
    """Build the options for choosing a person, with department and e-mail as detail. A value is the person's id."""
    return tuple(
        Option(str(who.id), who.display_name, " · ".join(filter(None, (who.department, who.email))))
        for who in candidates
    )
