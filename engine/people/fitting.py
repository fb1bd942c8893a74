"""Who fits a typed name, and how well, as SQL. A statement is built once for each shape of what was typed.

Building one anew for eight names takes longer than PostgreSQL takes to answer it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)

from engine.db.statements import get_table
from engine.people.email import normalize_email
from engine.people.lookup import is_active_employee, select_owner_of_address
from engine.people.models import Person
from engine.people.name_grams import GRAM_LENGTH, CharacterOrder, HasBeginning, HasGrams, grams_query
from engine.people.names import fold_name, strip_invisible

PEOPLE = get_table(Person).c
MOST_COUNTED = 200  # people who fit a name equally well: more need not be told apart, and are not read
MOST_SAMPLED = 2500  # people among whom a short part of names is looked for, before an index lists all who have it
LAST_CHARACTER = "\U0010ffff"

Shape = int  # of a name: ADDRESS or NO_ADDRESS where it is looked for as it is, else the number of its words
ADDRESS, NO_ADDRESS = -1, 0

Values = dict[str, Any]


class MatchQuality(IntEnum):
    """How well a colleague fits what was typed; only the best are asked about."""

    EXACT = 0  # e-mail, employee id or the full name
    WORDS = 1  # each typed word is a word of the name
    BEGINNINGS = 2  # each begins a word of the name
    PARTS = 3  # each is somewhere in the name


FORMS: Mapping[MatchQuality, str] = {
    MatchQuality.WORDS: " {} ", MatchQuality.BEGINNINGS: " {}", MatchQuality.PARTS: "{}",
}  # fmt: skip


def is_part(part: str) -> ColumnElement[bool]:
    """Build the condition that the displayed name contains the part.

    The part " an" matches the beginning of a word, " ana " a whole word.
    """
    return _space_words(PEOPLE.folded_name).contains(part, autoescape=True)


def may_have_parts(parts: Iterable[str]) -> ColumnElement[bool]:
    """Build the condition that a person's names may have all the parts, as far as the index knows.

    No part may be empty.
    """
    return _may_have(literal(grams_query(parts)))


def list_exact_values(number: int, typed: str) -> tuple[Shape, Values]:
    """Return the shape and the values of the query for the name at `number` as it was typed."""
    seen = strip_invisible(typed)
    values = {"email": normalize_email(seen), "seen": seen, "folded": fold_name(seen)}
    return ADDRESS if "@" in seen else NO_ADDRESS, {f"{name}_{number}": value for name, value in values.items()}


def list_word_values(number: int, words: Sequence[str]) -> tuple[Shape, Values]:
    """Return the shape and the values of the query for names with these words, folded, in any order."""
    values: Values = {f"word_{number}_{at}": word for at, word in enumerate(words)}
    for fit, form in FORMS.items():
        parts = [form.format(word) for word in words]
        values[f"grams_{number}_{fit}"] = grams_query(parts)
        escaped = (part.replace("/", "//").replace("%", "/%").replace("_", "/_") for part in parts)
        values |= {f"part_{number}_{fit}_{at}": part for at, part in enumerate(escaped)}
        beginning = form.format(" ".join(words))[1:]
        values |= {f"first_{number}_{fit}": beginning, f"end_{number}_{fit}": f"{beginning}{LAST_CHARACTER}"}
    # A long part has several grams, which few have together: the index alone is quicker.
    values[f"sampled_{number}"] = MOST_SAMPLED if max(map(len, words)) <= GRAM_LENGTH else 0
    return len(words), values


@lru_cache(maxsize=256)
def build_search(shapes: Sequence[Shape]) -> Select[Any]:
    """Build the query for names of these shapes; the values of each come from `list_exact_values` or the like.

    A row is a person, the number of the name, the fit, and how many fit so: of the best fit, the first `limit` people.
    """
    best = union_all(*(one for number, shape in enumerate(shapes) for one in _select_fitting(number, shape))).subquery()
    return (
        select(Person, best.c.number, best.c.fit, best.c.fitting)
        .join(best, best.c.id == Person.id)
        .order_by(best.c.number, best.c.fit, Person.folded_name, Person.department, Person.id)
    )


def _select_fitting(number: int, shape: Shape) -> Iterator[Select[Any]]:
    """Yield a query for each match quality. A quality is tried only if no better one matched."""
    better: list[CTE] = []
    for fit in (MatchQuality.EXACT,) if shape in (ADDRESS, NO_ADDRESS) else FORMS:
        if fit is MatchQuality.EXACT:
            found = _select_people(_is_exactly(number, shape)).limit(MOST_COUNTED).cte()
        else:
            found = _find_roughly(number, fit, shape, and_(true(), *(~exists(select(one.c.id)) for one in better)))
        better.append(found)
        named = literal(number, Integer).label("number"), literal(int(fit), Integer).label("fit")
        counted = select(found.c.id, *named, func.count().over().label("fitting"))
        first = counted.order_by(found.c.folded_name, found.c.department, found.c.id)
        yield select(first.limit(bindparam("limit", type_=Integer)).subquery())


def _is_exactly(number: int, shape: Shape) -> ColumnElement[bool]:
    email, seen, folded = (_text(f"{name}_{number}") for name in ("email", "seen", "folded"))
    exact = or_(Person.email == email, Person.employee_id == seen, Person.folded_name == folded)
    if shape != ADDRESS:
        return exact
    # a list of ids, since with a subquery beside an "or" no index is of use
    return Person.id.in_(union(select(Person.id).where(exact), select_owner_of_address(email)))


def _find_roughly(number: int, fit: MatchQuality, words: int, wanted: ColumnElement[bool]) -> CTE:
    """Find who has each word whole, at the beginning of a word, or anywhere, if `wanted`.

    For a frequent word the index of grams would list very many people, so some are found in a quicker way first.
    """
    some = (_find_sampled if fit is MatchQuality.PARTS else _find_begun)(number, fit, words, wanted)
    few = select(func.count()).select_from(some).scalar_subquery() < MOST_COUNTED
    having = (_has_word(PEOPLE, number, fit, at) for at in range(words))
    rest = _select_people(wanted, few, _may_have(_text(f"grams_{number}_{fit}")), *having).limit(MOST_COUNTED)
    return select(union(select(some), select(rest.subquery())).subquery()).limit(MOST_COUNTED).cte()


def _find_begun(number: int, fit: MatchQuality, _words: int, wanted: ColumnElement[bool]) -> CTE:
    """Find whose name begins with the words as they were typed."""
    ends = _text(f"first_{number}_{fit}"), _text(f"end_{number}_{fit}")
    begun = _select_people(wanted, HasBeginning(PEOPLE.folded_name, *ends))
    return begun.order_by(CharacterOrder(PEOPLE.folded_name)).limit(MOST_COUNTED).cte()


def _find_sampled(number: int, fit: MatchQuality, words: int, wanted: ColumnElement[bool]) -> CTE:
    """Find who has the words, among the first people of the directory."""
    people = _select_people(wanted).order_by(PEOPLE.id)
    sample = people.limit(bindparam(f"sampled_{number}", type_=Integer)).subquery()
    having = (_has_word(sample.c, number, fit, at) for at in range(words))
    return select(sample).where(*having).limit(MOST_COUNTED).cte()


def _select_people(*fits: ColumnElement[bool]) -> Select[Any]:
    return select(PEOPLE.id, PEOPLE.folded_name, PEOPLE.department).where(is_active_employee(), *fits)


def _has_word(names: Any, number: int, fit: MatchQuality, at: int) -> ColumnElement[bool]:
    """Build the condition that a word is in the displayed name, or is the first or last name, which may differ."""
    part = _space_words(names.folded_name).contains(_text(f"part_{number}_{fit}_{at}"), escape="/")
    if fit is not MatchQuality.WORDS:
        return part
    word = _text(f"word_{number}_{at}")
    return or_(part, func.lower(names.first_name) == word, func.lower(names.last_name) == word)


def _may_have(query: ColumnElement[str]) -> ColumnElement[bool]:
    return HasGrams(PEOPLE.folded_name, PEOPLE.first_name, PEOPLE.last_name, query)


def _space_words(name: ColumnElement[str]) -> ColumnElement[str]:
    """Put a blank before and after each word of the name."""
    return literal(" ") + name + " "


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=String)
