"""Finding a colleague by what somebody typed. Nobody is ever guessed: all who fit are returned."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, or_, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.email import normalize_email
from engine.people.lookup import is_active_employee, select_owner_of_email
from engine.people.models import Person
from engine.people.names import fold_name, strip_invisible

MAX_PEOPLE_FOUND = 10  # candidates for one name

MAX_QUERY_WORDS = 8  # of one name; what has more is found in full only

MAX_PERSON_QUERY_LENGTH = 255  # characters; what is longer is nobody's name


class MatchQuality(IntEnum):
    """How well a colleague fits what was typed; only the best are asked about."""

    EXACT = 0  # e-mail, employee id or the full name
    WORDS = 1  # each typed word is a word of the name
    BEGINNINGS = 2  # each begins a word of the name
    PARTS = 3  # each is somewhere in the name


MatchClauses = tuple[ColumnElement[bool], ColumnElement[int]]
"""Who fits a name, and how well (a Fit)."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Those who fit best, by name, and how many more fit as well. PARTS where nobody fits at all."""

    people: tuple[Person, ...] = ()
    more: int = 0
    fit: MatchQuality = MatchQuality.PARTS

    @property
    def only(self) -> Person | None:
        """The one who was named by whole words; letters that happen to be in a name are not enough."""
        return self.people[0] if len(self.people) == 1 and not self.more and self.fit <= MatchQuality.WORDS else None


async def search_people(
    session: AsyncSession, names: Collection[str], *, limit: int = MAX_PEOPLE_FOUND
) -> dict[str, SearchResult]:
    """For each name the active colleagues (no guests, no bots) who fit it best, at most `limit` of them.

    Two round trips at most, whatever the number of names: the second only for those that are nobody's exactly.
    """
    folded = {name: fold_name(name) for name in names}
    exact = {name: _exactly(name) for name in names if 0 < len(folded[name]) <= MAX_PERSON_QUERY_LENGTH}
    found = await _best(session, exact, limit)
    missing = [name for name in exact if name not in found and len(folded[name].split()) <= MAX_QUERY_WORDS]
    found |= await _best(session, {name: _roughly(folded[name].split()) for name in missing}, limit)
    return {name: found.get(name, SearchResult()) for name in names}


async def find_full_names(session: AsyncSession, folded: Collection[str]) -> set[str]:
    """Which of the folded names are an active colleague's display name. One round trip, none for no names."""
    wanted = [name for name in folded if len(name) <= MAX_PERSON_QUERY_LENGTH]
    if not wanted:
        return set()
    query = select(Person.folded_name).where(is_active_employee(), Person.folded_name.in_(wanted)).distinct()
    return set(await session.scalars(query))


def _exactly(typed: str) -> MatchClauses:
    seen = strip_invisible(typed)
    exact = or_(
        Person.email == normalize_email(seen), Person.employee_id == seen, Person.folded_name == fold_name(seen)
    )
    if "@" in seen:  # a list of ids, since with a subquery beside an "or" no index is of use
        exact = Person.id.in_(union(select(Person.id).where(exact), select_owner_of_email(seen)))
    return exact, literal(MatchQuality.EXACT, Integer)


def _roughly(words: Sequence[str]) -> MatchClauses:
    """Every typed word is in the name, in any order: whole, at the beginning of a word, or anywhere."""
    apart = literal(" ") + Person.folded_name + " "
    whole = and_(*(_is_word(apart, word) for word in words))
    beginning = and_(*(apart.contains(f" {word}", autoescape=True) for word in words))
    anywhere = and_(*(Person.folded_name.contains(word, autoescape=True) for word in words))
    fits = ((whole, MatchQuality.WORDS), (beginning, MatchQuality.BEGINNINGS), (anywhere, MatchQuality.PARTS))
    return or_(anywhere, whole), case(*((condition, literal(fit, Integer)) for condition, fit in fits))


def _is_word(apart: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Of the name as it is shown, or the first or last name, which may be others."""
    shown = apart.contains(f" {word} ", autoescape=True)
    return or_(shown, func.lower(Person.first_name) == word, func.lower(Person.last_name) == word)


async def _best(session: AsyncSession, fittings: Mapping[str, MatchClauses], limit: int) -> dict[str, SearchResult]:
    if not fittings:
        return {}
    names = list(fittings)
    best = union_all(*(_of_one(number, *fittings[name], limit) for number, name in enumerate(names))).subquery()
    rows = await session.execute(
        select(Person, best.c.number, best.c.fit, best.c.fitting)
        .join(best, best.c.id == Person.id)
        .order_by(best.c.number, best.c.fit, Person.folded_name, Person.department, Person.id)
    )
    found: dict[str, SearchResult] = {}
    for person, number, fit, fitting in rows:
        before = found.get(names[number], SearchResult(fit=MatchQuality(fit)))
        if before.fit == fit:
            people = (*before.people, person)
            found[names[number]] = SearchResult(people, fitting - len(people), before.fit)
    return found


def _of_one(number: int, fits: ColumnElement[bool], fit: ColumnElement[int], limit: int) -> Select[Any]:
    """The best `limit` who fit one name, each with how many fit as well."""
    one = (
        select(
            Person.id,
            literal(number, Integer).label("number"),
            fit.label("fit"),
            func.count().over(partition_by=fit).label("fitting"),
        )
        .where(is_active_employee(), fits)
        .order_by("fit", Person.folded_name, Person.department, Person.id)
        .limit(limit)
    )
    return select(one.subquery())
