"""Targeting of rewards: who may get and who may give one, by programs, lists of people and conditions.

Pure functions on a Person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from engine.people.models import Person

PERSON_FIELDS = frozenset(
    {
        "email", "employee_id", "first_name", "last_name", "display_name", "job_code", "title", "department",
        "groups", "programs", "manager_id", "start_date", "timezone", "locale", "worker_type", "kind", "active", "role",
    }
)  # fmt: skip

PERSON_FIELD_ALIASES = {
    "user_id": "id", "user_ids": "id", "associate_id": "employee_id", "employee_ids": "employee_id",
    "emails": "email", "job_codes": "job_code", "departments": "department", "group": "groups", "program": "programs",
    "titles": "title", "worker_types": "worker_type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trait:
    """A required property of a person: any of `values` in `field`.

    `field` is one of PERSON_FIELDS, "id", or an attribute of the deployment.
    """

    field: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """The people that a list means.

    These are the people who have every trait of one of `kinds`, and those `named` by e-mail or id.
    """

    kinds: tuple[tuple[Trait, ...], ...]
    named: tuple[str, ...] = ()


def is_in_programs(person: Person, programs: Sequence[str]) -> bool:
    """Check whether the person is in one of the programs. No programs means all people."""
    return not programs or _any_of(person.programs, programs)


def is_listed(person: Person, entries: Sequence[object]) -> bool:
    """Check whether an `assigner` or `awardee` list names the person. An empty list means all people.

    One matching entry is enough. An entry is a user id (a number), an e-mail, user id or employee id (a string), or a
    mapping whose every key must match: `{"job_code": ["MANAGER"], "groups": ["north"]}`.
    """
    return not entries or any(_fits(person, entry) for entry in entries)


def meets_conditions(person: Person, conditions: Mapping[str, object]) -> bool:
    """Check whether the person has every required value. A list means any of its values.

    Keys are fields of the directory, then the person's attributes. A missing value never matches.
    """
    for key, wanted in conditions.items():
        field = PERSON_FIELD_ALIASES.get(key, key)
        is_field = field == "id" or field in PERSON_FIELDS
        held = getattr(person, field) if is_field else person.attributes.get(key)
        if not _any_of(_listing(held), _listing(wanted)):
            return False
    return True


def build_audience(entries: Iterable[object]) -> Audience:
    """Build the audience that a list means, as a value for which the copy has texts."""
    kinds, named = [], []
    for entry in entries:
        if not isinstance(entry, Mapping):
            named.append(str(entry))
        elif asked := tuple(_trait(key, value) for key, value in entry.items()):
            kinds.append(asked)
    return Audience(tuple(kinds), tuple(named))


def _trait(key: str, asked: object) -> Trait:
    values = tuple(value if isinstance(value, bool) else str(value) for value in _listing(asked) if value is not None)
    return Trait(PERSON_FIELD_ALIASES.get(key, key), values)


def _fits(person: Person, entry: object) -> bool:
    if isinstance(entry, Mapping):
        return bool(entry) and meets_conditions(person, entry)
    if isinstance(entry, str):
        return _any_of([person.email, person.employee_id, str(person.id)], [entry])
    return _any_of([person.id], [entry])


def _listing(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]


def _any_of(held: Iterable[object], wanted: Iterable[object]) -> bool:
    asked = list(wanted)
    return any(is_same_value(one, other) for one in held for other in asked)


def is_same_value(held: object, wanted: object) -> bool:
    """Compare two values: text without regard to case, numbers and booleans by value.

    Numbers and booleans also match if a file has stored them as text.
    """
    if held is None or wanted is None:
        return False
    if isinstance(held, bool) or isinstance(wanted, bool):
        return _plain(held) == _plain(wanted) and not _is_number(held) and not _is_number(wanted)
    if isinstance(held, int | float) or isinstance(wanted, int | float):
        return _number(held) is not None and _number(held) == _number(wanted)
    return _plain(held) == _plain(wanted)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _plain(value: object) -> str:
    return (value.isoformat() if isinstance(value, date) else str(value)).strip().casefold()
