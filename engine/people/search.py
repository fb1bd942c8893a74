"""Search for colleagues by typed text. All matches are returned; the search never guesses one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.fitting import (
    MatchQuality,
    Shape,
    Values,
    build_search,
    list_exact_values,
    list_word_values,
)
from engine.people.lookup import is_active_employee
from engine.people.models import Person
from engine.people.names import fold_name

MAX_PEOPLE_FOUND = 10  # candidates for one name
MAX_QUERY_WORDS = 8  # of one name; what has more is found in full only
MAX_PERSON_QUERY_LENGTH = 255  # characters; what is longer is nobody's name


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
    wanted = [name for name in folded if 0 < len(folded[name]) <= MAX_PERSON_QUERY_LENGTH]
    found = await _best(session, {name: list_exact_values(at, name) for at, name in enumerate(wanted)}, limit)
    missing = [name for name in wanted if name not in found and len(folded[name].split()) <= MAX_QUERY_WORDS]
    roughly = {name: list_word_values(at, folded[name].split()) for at, name in enumerate(missing)}
    found |= await _best(session, roughly, limit)
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


async def _best(
    session: AsyncSession, wanted: Mapping[str, tuple[Shape, Values]], limit: int
) -> dict[str, SearchResult]:
    if not wanted:
        return {}
    names = list(wanted)
    values = {name: value for _, part in wanted.values() for name, value in part.items()}
    query = build_search(tuple(shape for shape, _ in wanted.values()))
    found: dict[str, SearchResult] = {}
    for person, number, fit, fitting in await session.execute(query, values | {"limit": limit}):
        before = found.get(names[number], SearchResult(fit=MatchQuality(fit)))
        if before.fit == fit:
            people = (*before.people, person)
            found[names[number]] = SearchResult(people, fitting - len(people), before.fit)
    return found
