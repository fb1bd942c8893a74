"""Finding a colleague by what somebody typed. Nobody is ever guessed: all who fit are returned."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people import Person, is_colleague, normal_email

LONGEST = 255  # characters; what is longer is nobody's name
UNMARKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "’": "'", "‘": "'"}
)  # letters that stand for themselves in Unicode, but that people type without their stroke


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate, with what tells two of the same name apart."""

    id: int
    display_name: str
    email: str | None
    department: str | None


def fold(name: str) -> str:
    """A name without case and accents, its spaces collapsed: "  José  ŁUKASZ" is "jose lukasz"."""
    plain = unicodedata.normalize("NFKD", _visible(name)).casefold()
    apart = unicodedata.normalize("NFKD", plain).translate(UNMARKED)
    return " ".join("".join(mark for mark in apart if not unicodedata.combining(mark)).split())


async def find(session: AsyncSession, typed: str, *, limit: int = 10) -> list[Found]:
    """Active colleagues (no guests, no bots) by e-mail, employee id or name, at most `limit`, by name.

    Exact matches hide partial ones. A partial match has every typed word somewhere in the name, in any order.
    Two round trips at most.
    """
    seen = _visible(typed)
    folded = fold(seen)
    if not folded or len(folded) > LONGEST:
        return []
    exact = or_(Person.email == normal_email(seen), Person.employee_id == seen, Person.folded_name == folded)
    partial = and_(*(Person.folded_name.contains(word, autoescape=True) for word in folded.split()))
    return await _matching(session, exact, limit) or await _matching(session, partial, limit)


async def _matching(session: AsyncSession, condition: ColumnElement[bool], limit: int) -> list[Found]:
    rows = await session.execute(
        select(Person.id, Person.display_name, Person.email, Person.department)
        .where(is_colleague(), condition)
        .order_by(Person.folded_name, Person.department, Person.id)
        .limit(limit)
    )
    return [Found(*row) for row in rows]


def _visible(typed: str) -> str:
    """Without control, invisible and unpaired characters: no database takes them, and nobody means them."""
    kept = (mark for mark in typed if mark.isspace() or not unicodedata.category(mark).startswith("C"))
    return " ".join("".join(kept).split())
