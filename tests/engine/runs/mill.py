"""A catalogue and its clock: jobs are kept, and what is due is done."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import select

from engine.admin.settings import load_settings
from engine.awards.models import Award
from engine.db.connection import SessionFactory
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.executing import execute_run
from engine.runs.models import Run, RunOrder
from engine.runs.schedules import sync_jobs
from engine.runs.ticking import tick_due_jobs
from tests import people, rewards
from tests.conftest import Clock


@dataclass
class Mill:
    writing: SessionFactory
    reading: SessionFactory
    clock: Clock
    random: Random = field(default_factory=lambda: Random(7))

    async def reward(self, name: str, rules: list[Any], **values: Any) -> int:
        async with self.writing.begin() as session:
            made = await rewards.add(session, name, rules=rules, **{"reward_type": "Computed Badge", **values})
            return made.id

    async def person(self, name: str, **values: Any) -> int:
        async with self.writing.begin() as session:
            return (await people.add(session, name, **values)).id

    async def run(self, reward_id: int, cause: str = "hand:1", **values: Any) -> Run:
        order = RunOrder(reward_id, cause, self.clock(), **values)
        return await execute_run(self.writing, order, clock=self.clock, random=self.random)

    async def look(self) -> None:
        """Bring the jobs in step with the catalogue, and do what is due."""
        async with self.writing.begin() as session:
            await sync_jobs(session, await load_settings(session), self.clock())
        await tick_due_jobs(self.writing, self.reading, clock=self.clock, random=self.random)

    async def awards(self) -> list[tuple[str, str, str]]:
        """(reward, receiver's first name, occurrence) of all awards, sorted."""
        query = (
            select(Reward.name, Person.first_name, Award.occurrence)
            .join(Award, Award.reward_id == Reward.id)
            .join(Person, Person.id == Award.receiver_id)
        )
        async with self.reading.begin() as session:
            return sorted(tuple(row) for row in await session.execute(query))
