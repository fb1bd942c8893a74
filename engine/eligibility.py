"""Who counts, and for what: the one predicate, for SQL and for a person in hand.

| purpose      | leavers, guests, bots | the wish that keeps a person out |
|--------------|-----------------------|----------------------------------|
| `give`       | out                   |                                  |
| `receive`    | out                   |                                  |
| `nomination` | out                   |                                  |
| `draw`       | out                   |                                  |
| `birthday`   | out                   | `no_birthday_post`               |
| `board`      | out                   | `not_on_boards`                  |

A wish counts for its own purpose only: who is on no board may still win a draw. `no_public_kudos` keeps nobody from
receiving; it decides where a gift is told.
"""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, and_, not_

from engine.people import Person, is_colleague

Purpose = Literal["board", "draw", "birthday", "nomination", "give", "receive"]

WISHES: Mapping[Purpose, tuple[str, ...]] = {
    "give": (),
    "receive": (),
    "nomination": (),
    "draw": (),
    "birthday": ("no_birthday_post",),
    "board": ("not_on_boards",),
}


def eligible(purpose: Purpose) -> ColumnElement[bool]:
    """The predicate over `Person`, for a WHERE."""
    return and_(is_colleague(), *(not_(getattr(Person, wish)) for wish in WISHES[purpose]))


def is_eligible(person: Person, purpose: Purpose) -> bool:
    """The same predicate for one person that was read already."""
    unwilling = any(getattr(person, wish) for wish in WISHES[purpose])
    return person.active and person.kind == "employee" and not unwilling
