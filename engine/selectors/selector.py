"""What a selector is: it picks few of the people who meet the conditions, in an order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.conditions.condition import RuleScope


@dataclass(frozen=True, slots=True)
class Winner:
    """A person who was picked. `arguments` are stored with the award, beside the position."""

    person_id: int
    arguments: dict[str, Any]


Selector = Callable[[AsyncSession, Any, RuleScope, Select[int], Random], Awaitable[list[Winner]]]
"""Pick the winners, best first.

It gets the rule's parameters (an instance of the class in `engine.rules.parameters`), when it is asked, the ids of the
people who meet the conditions and can get the reward, and the randomness.
"""
