"""Translation of a page's fields into turns: text into words with mentions, form fields into answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from multidict import MultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from bot.protocol.elements import Mention
from bot.protocol.forms import Answers
from bot.protocol.turns import Command, Source, Words
from channels.web import people
from channels.web.people import ensure_web_accounts, find_mentioned_people, list_active_people, list_name_candidates
from channels.web.security import parse_page_id
from engine.people.models import Person
from engine.people.names import fold_name

BOT_NAME_PATTERN = re.compile(r"@laurel(?![\w.@])[,:]?\s*", re.IGNORECASE)
FIRST_WORD_PATTERN = re.compile(r"/?(\S+)\s?")
TYPED_FIELD_PREFIX, PERSON_FIELD_PREFIX = "field.", "person."  # of the names of form fields


async def parse_web_text(session: AsyncSession, text: str, picked: Sequence[int], now: datetime) -> Words:
    """Return the text with its mentions: the people picked from the list, then the names typed in full."""
    chosen = await list_active_people(session, picked)
    return await add_web_accounts(
        session, split_mentions(text, chosen, await find_mentioned_people(session, text)), now
    )


def split_mentions(text: str, picked: Sequence[Person], named: Mapping[str, Person | None]) -> Words:
    """Cut the text at its mentions. Picked people with the same name follow in the order of picking."""
    words: list[str | Mention] = []
    left, done = list(picked), 0
    for at in people.AT_SIGN_PATTERN.finditer(text):
        found = _mentioned(text, at.end(), left, named) if at.start() >= done else None
        if found is None:
            continue
        person, length = found
        words += [text[done : at.start()], Mention(person.display_name, person.id)]
        done = at.end() + length
    return tuple(part for part in (*words, text[done:]) if part != "")


def _mentioned(
    text: str, at: int, picked: list[Person], named: Mapping[str, Person | None]
) -> tuple[Person, int] | None:
    for chosen in sorted(picked, key=lambda p: -len(p.display_name)):
        name = chosen.display_name
        if text.startswith(name, at) and not text[at + len(name) : at + len(name) + 1].isalnum():
            if [p.display_name for p in picked].count(name) > 1:
                picked.remove(chosen)
            return chosen, len(name)
    written = next((name for name in list_name_candidates(text, at) if fold_name(name) in named), "")
    person = named.get(fold_name(written))
    return (person, len(written)) if person else None


async def add_web_accounts(session: AsyncSession, words: Words, now: datetime) -> Words:
    """Return the words with the web account of each mentioned person."""
    ids = {part.person_id for part in words if isinstance(part, Mention) and part.person_id is not None}
    found = await ensure_web_accounts(session, ids, now) if ids else {}
    return tuple(
        replace(part, account=found.get(part.person_id)) if isinstance(part, Mention) and part.person_id else part
        for part in words
    )


def is_meant_for_bot(text: str) -> bool:
    """Return whether a text in a place is for the bot: it begins with a command or the bot's name."""
    return text.startswith("/") and text[1:2].isalnum() or bool(BOT_NAME_PATTERN.match(text))


def parse_web_command(source: Source, words: Words) -> Command:
    """Build the turn of the words. Without a slash or the bot's name, the bot finds the verb itself."""
    first = words[0] if words and isinstance(words[0], str) else ""
    if name := BOT_NAME_PATTERN.match(first):
        return Command(source, "laurel", _rest(first[name.end() :], words))
    if not first.startswith("/"):
        return Command(source, "", words)
    verb = FIRST_WORD_PATTERN.match(first)
    if verb is None:
        return Command(source, "", words)
    return Command(source, verb[1].lower(), _rest(first[verb.end() :], words))


def _rest(first: str, words: Words) -> Words:
    return (first, *words[1:]) if first else words[1:]


async def parse_web_answers(session: AsyncSession, fields: MultiDict[str], now: datetime) -> Answers:
    """Return the answers by field: chosen people first, then typed text. Raises 400."""
    found: dict[str, Words] = {}
    for name in dict.fromkeys(fields):
        for kind in (PERSON_FIELD_PREFIX, TYPED_FIELD_PREFIX):
            if name.startswith(kind):
                field = name.removeprefix(kind)
                values = fields.getall(name)
                new = await _people(session, values, now) if kind == PERSON_FIELD_PREFIX else tuple(_typed(values))
                found[field] = (*found.get(field, ()), *new)
    return {field: tuple(sorted(parts, key=lambda part: isinstance(part, str))) for field, parts in found.items()}


def collect_typed_text(fields: MultiDict[str]) -> str:
    """Return the person's own text in the fields: a message, or one line for each answer of a form."""
    own = (value for name, value in fields.items() if name == "text" or name.startswith(TYPED_FIELD_PREFIX))
    return "\n".join(_typed([*own]))


async def _people(session: AsyncSession, ids: Sequence[str], now: datetime) -> Words:
    chosen = await list_active_people(session, [parse_page_id(i) for i in ids])
    return await add_web_accounts(session, tuple(Mention(p.display_name, p.id) for p in chosen), now)


def _typed(values: Sequence[str]) -> Iterator[str]:
    return (value for value in values if value.strip())
