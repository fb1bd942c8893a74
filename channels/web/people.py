"""People in the web chat: suggestions, mentions in a text, and accounts on the web."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import ColumnElement, Integer, Select, Subquery, func, literal, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import build_insert, get_table
from engine.people import search as people_search
from engine.people.account import Account
from engine.people.fitting import is_part, may_have_parts
from engine.people.lookup import is_active_employee, match_account
from engine.people.models import Identity, Person
from engine.people.name_grams import CharacterOrder, begins
from engine.people.names import fold_name

PEOPLE = get_table(Person).c
WEB_CHANNEL = "web"
WEB_TENANT = ""
NEVER_USED_AT = datetime(1970, 1, 1, tzinfo=UTC)  # a linked but unused account gets no direct news
MOST_LOOKED_AT = 200  # people in one group of matches
MAX_TEXT_MENTIONS = 30  # in one text
AT_SIGN_PATTERN = re.compile(r"(?<![\w.@])@(?=\w)")
PERSON_NAME_PATTERN = re.compile(r"[\w\u0300-\u036f'’.+-]+(?: [\w\u0300-\u036f'’.+-]+){0,4}")  # up to five words


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person as a page shows them."""

    id: int
    name: str
    detail: str

    @property
    def initials(self) -> str:
        return get_initials(self.name)

    @property
    def hue(self) -> int:
        return pick_hue(self.id)


def get_initials(name: str) -> str:
    """Return one or two letters that stand for the name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def pick_hue(person_id: int) -> int:
    """Return the person's colour, one of the eight in the style sheet."""
    return person_id % 8


async def search_web_people(session: AsyncSession, typed: str, *, limit: int) -> list[PersonSummary]:
    """Find active people with every typed word in their name or e-mail, those whose name begins so first.

    They are sorted by name. If more than MOST_LOOKED_AT people fit equally, some of them are left out.
    """
    folded = fold_name(typed)[: people_search.MAX_PERSON_QUERY_LENGTH]
    query = select(Person.id, Person.display_name, Person.title, Person.department)
    if folded:
        found = _searched(folded, limit)
        query = query.join(found, found.c.id == Person.id).order_by(found.c.place, Person.folded_name, Person.id)
    else:
        query = query.where(is_active_employee()).order_by(Person.folded_name, Person.id)
    rows = await session.execute(query.limit(limit))
    return [
        PersonSummary(row.id, row.display_name, " · ".join(filter(None, (row.title, row.department)))) for row in rows
    ]


def _searched(folded: str, limit: int) -> Subquery:
    """Select the ids of people with that name, whose name begins so, or who have every word.

    The last group is searched only if the others are fewer than `limit`.
    """
    first = _select_fitting(0, begins(PEOPLE.folded_name, folded)).order_by(CharacterOrder(PEOPLE.folded_name))
    beginning = first.limit(MOST_LOOKED_AT).cte()
    few = select(func.count()).select_from(beginning).scalar_subquery() < limit
    words = folded.split()
    mails = {word: begins(PEOPLE.email, word) for word in words}
    others = ~Person.folded_name.startswith(folded, autoescape=True)  # not by `begins`, whose index would be of no use
    # Two queries, because an "or" between them would use no index.
    by_name = _some(1, few, may_have_parts(words), *map(is_part, words), others)
    by_mail = _some(1, few, or_(*mails.values()), *(or_(is_part(word), mails[word]) for word in words), others)
    return union(*map(select, (beginning, by_name, by_mail))).subquery()


def _some(place: int, *fits: ColumnElement[bool]) -> Subquery:
    return _select_fitting(place, *fits).limit(MOST_LOOKED_AT).subquery()


def _select_fitting(place: int, *fits: ColumnElement[bool]) -> Select[int, int]:
    return select(Person.id, literal(place, Integer).label("place")).where(is_active_employee(), *fits)


async def get_active_person(session: AsyncSession, person_id: int) -> Person | None:
    """Return the person if they may use the chat, else None."""
    return await session.scalar(select(Person).where(Person.id == person_id, is_active_employee()))


async def open_web_account(session: AsyncSession, person_id: int, now: datetime) -> str:
    """Return the web account of a person, and mark it as used now."""
    account = (await ensure_web_accounts(session, [person_id], now))[person_id]
    opened = match_account(Identity, Account(WEB_CHANNEL, WEB_TENANT, account))
    await session.execute(update(Identity).where(opened).values(seen_at=now))
    return account


async def ensure_web_accounts(session: AsyncSession, people: Collection[int], now: datetime) -> dict[int, str]:
    """Return the web account of each person. A new one is named by the person's id."""
    found = await list_web_accounts(session, people)
    missing = sorted(set(people) - found.keys())
    if not missing:
        return found
    rows = [
        {
            "person_id": person,
            "channel": WEB_CHANNEL,
            "tenant": WEB_TENANT,
            "external_id": str(person),
            "linked_at": now,
            "seen_at": NEVER_USED_AT,
        }
        for person in missing
    ]
    await session.execute(build_insert(session, Identity).values(rows).on_conflict_do_nothing())
    return await list_web_accounts(session, people)


async def list_web_accounts(session: AsyncSession, people: Collection[int]) -> dict[int, str]:
    """Return the existing accounts by person."""
    rows = await session.execute(
        select(Identity.person_id, Identity.external_id)
        .where(Identity.channel == WEB_CHANNEL, Identity.tenant == WEB_TENANT, Identity.person_id.in_(people))
        .order_by(Identity.id.desc())  # the oldest account of a person comes last, and wins
    )
    return {person: account for person, account in rows.all()}


async def find_web_person(session: AsyncSession, account: str) -> int | None:
    """Return the id of the person with that web account, or None."""
    asked = Account(WEB_CHANNEL, WEB_TENANT, account)
    return await session.scalar(select(Identity.person_id).where(match_account(Identity, asked)))


async def list_active_people(session: AsyncSession, ids: Sequence[int]) -> list[Person]:
    """Return the active people among `ids`, in that order."""
    found = {p.id: p for p in await session.scalars(select(Person).where(Person.id.in_(ids), is_active_employee()))}
    return [found[i] for i in dict.fromkeys(ids) if i in found]


async def find_mentioned_people(session: AsyncSession, text: str) -> dict[str, Person | None]:
    """Find the people that the text names after an "@", by the folded full name or local part of the e-mail.

    A name that fits two people has the value None, so that the bot asks which one.
    """
    ats = islice(AT_SIGN_PATTERN.finditer(text), MAX_TEXT_MENTIONS)
    wanted = {fold_name(name) for found in ats for name in list_name_candidates(text, found.end())} - {""}
    if not wanted:
        return {}
    emails = (Person.email.startswith(f"{name}@", autoescape=True) for name in wanted if " " not in name)
    query = select(Person).where(is_active_employee(), or_(Person.folded_name.in_(wanted), *emails)).limit(200)
    found: dict[str, list[Person]] = {}
    for person in await session.scalars(query):
        for handle in {person.folded_name, fold_name((person.email or "").partition("@")[0])} & wanted:
            found.setdefault(handle, []).append(person)
    return {handle: people[0] if len(people) == 1 else None for handle, people in found.items()}


def list_name_candidates(text: str, at: int) -> Iterator[str]:
    """Yield what may be a name from index `at` in the text, the longest first."""
    found = PERSON_NAME_PATTERN.match(text, at)
    words = found[0].split(" ") if found else []
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        yield name
        if (bare := name.rstrip(".-'’+")) != name:
            yield bare
