"""The people that a reward is for, as SQL: its programs, its `awardee` list and its `conditions`.

Which stored values match is decided in Python by `engine.rewards.targeting`, over the distinct values of the directory,
so that a run and a gift by hand agree on every spelling.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.models import Person
from engine.rewards.models import Reward
from engine.rewards.targeting import PERSON_FIELD_ALIASES, PERSON_FIELDS, is_same_value

UNIQUE_FIELDS = frozenset({"email", "employee_id", "first_name", "last_name", "display_name"})
LIST_FIELDS = frozenset({"groups", "programs"})


async def build_reward_audience(session: AsyncSession, reward: Reward) -> ColumnElement[bool]:
    """Build the condition on `Person` that the reward is for them. One round trip for each field that it asks for."""
    clauses = [await build_conditions_clause(session, reward.conditions)]
    if reward.programs:
        clauses.append(await _build_field_clause(session, "programs", reward.programs))
    if reward.awardee:
        clauses.append(or_(*[await _build_entry_clause(session, entry) for entry in reward.awardee]))
    return and_(true(), *clauses)


async def build_conditions_clause(session: AsyncSession, conditions: Mapping[str, object]) -> ColumnElement[bool]:
    """Build the condition on `Person` that every field has one of the wanted values."""
    return and_(true(), *[await _build_field_clause(session, key, value) for key, value in conditions.items()])


async def _build_entry_clause(session: AsyncSession, entry: object) -> ColumnElement[bool]:
    if isinstance(entry, Mapping):
        return await build_conditions_clause(session, entry) if entry else false()
    if isinstance(entry, str):
        return or_(*[await _build_field_clause(session, field, entry) for field in ("email", "employee_id", "id")])
    return await _build_field_clause(session, "id", entry)


async def _build_field_clause(session: AsyncSession, key: str, wanted: object) -> ColumnElement[bool]:
    field = PERSON_FIELD_ALIASES.get(key, key)
    values = [one for one in (wanted if isinstance(wanted, list | tuple) else [wanted]) if one is not None]
    if field == "id":
        ids = [int(str(one)) for one in values if str(one).strip().isdecimal() and len(str(one)) <= 9]
        return Person.id.in_(ids)
    if field in UNIQUE_FIELDS:
        return func.lower(getattr(Person, field)).in_([str(one).strip().lower() for one in values])
    if field in LIST_FIELDS:
        return await _build_list_clause(session, getattr(Person, field), values)
    column = getattr(Person, field) if field in PERSON_FIELDS else _get_attribute(session, key)
    matching = [held for held in await session.scalars(select(column).distinct()) if _is_wanted(held, values)]
    return column.in_(matching)


async def _build_list_clause(session: AsyncSession, column: Any, values: Sequence[object]) -> ColumnElement[bool]:
    """Build the condition that a column of lists holds one of the values."""
    postgres = session.get_bind().dialect.name == "postgresql"
    each = (func.jsonb_array_elements_text if postgres else func.json_each)(column).table_valued("value").alias("held")
    held = await session.scalars(select(each.c.value).select_from(Person).join(each, true()).distinct())
    matching = [one for one in held if _is_wanted(one, values)]
    return select(each.c.value).where(each.c.value.in_(matching)).correlate(Person).exists()


def _get_attribute(session: AsyncSession, key: str) -> ColumnElement[Any]:
    if session.get_bind().dialect.name == "postgresql":
        return Person.attributes.op("->>", return_type=String())(key)
    path = '$."{}"'.format(key.replace('"', '\\"'))
    return func.json_extract(Person.attributes, path)


def _is_wanted(held: object, values: Sequence[object]) -> bool:
    return any(is_same_value(held, one) for one in values)
