"""Search for colleagues by typed text. All matches are returned; the search never guesses one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, and_, exists, func, literal, or_, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import get_table
from engine.people.email import normalize_email
from engine.people.lookup import is_active_employee, select_owner_of_email
from engine.people.models import Person
from engine.people.name_grams import HasGrams, grams_query
from engine.people.names import fold_name, strip_invisible

PEOPLE = get_table(Person).c
APART = literal(" ") + PEOPLE.folded_name + " "  # each of its words has a blank before and after it
MAX_PEOPLE_FOUND = 10  # candidates for one name
MAX_QUERY_WORDS = 8  # of one name; what has more is found in full only
MOST_COUNTED = 200  # people who fit a name equally well: more need not be told apart, and are not read
MAX_PERSON_QUERY_LENGTH = 255  # characters; what is longer is nobody's name


class MatchQuality(IntEnum):
    """How well a colleague fits what was typed; only the best are asked about."""

    EXACT = 0  # e-mail, employee id or the full name
    WORDS = 1  # each typed word is a word of the name
    BEGINNINGS = 2  # each begins a word of the name
    PARTS = 3  # each is somewhere in the name


MatchClauses = Mapping[MatchQuality, ColumnElement[bool]]
"""Who fits a name, by how well; the better fit comes first."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The people who match best, by name, and the number of further equal matches.

    The fit is PARTS if there is no match. Of more than MOST_COUNTED equal matches, an arbitrary selection of that many
    is used.
    """

    people: tuple[Person, ...] = ()
    more: int = 0
    fit: MatchQuality = MatchQuality.PARTS

    @property
    def only(self) -> Person | None:
        """Return the one person who was named by whole words, or None.

        A match of letters inside a name is not enough.
        """
        return self.people[0] if len(self.people) == 1 and not self.more and self.fit <= MatchQuality.WORDS else None


async def search_people(
    session: AsyncSession, names: Collection[str], *, limit: int = MAX_PEOPLE_FOUND
) -> dict[str, SearchResult]:
    """Find for each name the active colleagues who match it best, at most `limit` of them.

    Guests and bots are left out. At most two round trips for any number of names; the second is only for names without
    an exact match.
    """
    folded = {name: fold_name(name) for name in names}
    exact = {name: _exactly(name) for name in names if 0 < len(folded[name]) <= MAX_PERSON_QUERY_LENGTH}
    found = await _best(session, exact, limit)
    missing = [name for name in exact if name not in found and len(folded[name].split()) <= MAX_QUERY_WORDS]
    found |= await _best(session, {name: _roughly(folded[name].split()) for name in missing}, limit)
    return {name: found.get(name, SearchResult()) for name in names}


async def find_full_names(session: AsyncSession, folded: Collection[str]) -> set[str]:
    """Find the folded names that are an active colleague's display name.

    One round trip, or zero if `folded` is empty.
    """
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
    return {MatchQuality.EXACT: exact}


def _roughly(words: Sequence[str]) -> MatchClauses:
    """Build the conditions that every typed word is in the name, in any order, by match quality.

    A word matches whole, at the beginning of a word, or anywhere.
    """
    levels = {
        MatchQuality.WORDS: {f" {word} ": _is_word(word) for word in words},
        MatchQuality.BEGINNINGS: {f" {word}": is_part(f" {word}") for word in words},
        MatchQuality.PARTS: {word: is_part(word) for word in words},
    }
    return {fit: and_(may_have_parts(parts), *parts.values()) for fit, parts in levels.items()}


def _is_word(word: str) -> ColumnElement[bool]:
    """Build the condition that `word` is a word of the displayed name, or the first or last name.

    The first and last name may differ from the displayed name.
    """
    return or_(is_part(f" {word} "), func.lower(Person.first_name) == word, func.lower(Person.last_name) == word)


def is_part(part: str) -> ColumnElement[bool]:
    """Build the condition that the displayed name contains the part.

    The part " an" matches the beginning of a word, " ana " a whole word.
    """
    return APART.contains(part, autoescape=True)


def may_have_parts(parts: Iterable[str]) -> ColumnElement[bool]:
    """Build the condition that a person's names may have all the parts, as far as the index knows.

    No part may be empty.
    """
    return HasGrams(PEOPLE.folded_name, PEOPLE.first_name, PEOPLE.last_name, literal(grams_query(parts)))


async def _best(session: AsyncSession, fittings: Mapping[str, MatchClauses], limit: int) -> dict[str, SearchResult]:
    if not fittings:
        return {}
    names = list(fittings)
    best = union_all(
        *(one for number, name in enumerate(names) for one in _of_one(number, fittings[name], limit))
    ).subquery()
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


def _of_one(number: int, fitting: MatchClauses, limit: int) -> Iterator[Select[Any]]:
    """Yield for one name a query for each match quality: the first `limit` people, and how many match.

    A quality is tried only if no better one matched.
    """
    better: list[CTE] = []
    for fit, fits in fitting.items():
        tried = (~exists(select(one.c.id)) for one in better)
        columns = Person.id, Person.folded_name, Person.department
        found = select(*columns).where(is_active_employee(), fits, *tried).limit(MOST_COUNTED).cte()
        better.append(found)
        named = literal(number, Integer).label("number"), literal(fit, Integer).label("fit")
        counted = select(found.c.id, *named, func.count().over().label("fitting"))
        first = counted.order_by(found.c.folded_name, found.c.department, found.c.id).limit(limit)
        yield select(first.subquery())
