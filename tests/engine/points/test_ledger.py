"""The ledger."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine.admin.settings import Settings
from engine.awards.giving import give_reward
from engine.awards.models import Award
from engine.awards.reversal import revoke_award, undo_award
from engine.db.connection import DatabaseSession, SessionFactory
from engine.errors import Refused
from engine.kudos.models import Kudos
from engine.points.ledger import (
    EntryFacts,
    Movement,
    PointsEntry,
    get_balance,
    list_entries,
    record_movement,
    record_movements,
    reverse_movements,
    sum_earned_between,
)
from tests import people, rewards
from tests.conftest import NOW


async def test_a_balance_is_the_sum_of_the_movements(session: DatabaseSession) -> None:
    ana, bob = [await people.add(session, name) for name in ("Ana", "Bob")]
    assert await get_balance(session, ana.id) == 0
    await record_movement(session, person_id=ana.id, amount=10, source="award:1", reason="received", now=NOW)
    await record_movement(session, person_id=ana.id, amount=10, source="award:1", reason="received", now=NOW)  # nothing
    await record_movement(session, person_id=ana.id, amount=1, source="award:2", reason="given", now=NOW)
    await record_movement(session, person_id=bob.id, amount=-4, source="prize:1", reason="spent", now=NOW)
    await record_movement(session, person_id=bob.id, amount=0, source="award:3", reason="received", now=NOW)
    assert [await get_balance(session, person.id) for person in (ana, bob)] == [11, -4]
    assert await session.scalar(select(func.count()).select_from(PointsEntry)) == 3
    await record_movements(session, [])


async def test_a_reversal_takes_each_persons_part_back_once(session: DatabaseSession) -> None:
    ana, bob, eve = [await people.add(session, name) for name in ("Ana", "Bob", "Eve")]
    rows = [(ana, 1, "given"), (bob, 10, "received"), (bob, 5, "bonus"), (eve, 10, "received")]
    await record_movements(
        session,
        [Movement(person_id=who.id, amount=n, source="award:1", reason=why, at=NOW) for who, n, why in rows],
    )
    await record_movement(session, person_id=eve.id, amount=7, source="award:11", reason="received", now=NOW)
    for _ in range(2):
        await reverse_movements(session, "award:1", NOW + timedelta(days=1))
    assert [await get_balance(session, person.id) for person in (ana, bob, eve)] == [0, 0, 7]
    entries = await list_entries(session, bob.id)
    assert [(entry.amount, entry.reason) for entry in entries] == [(-15, "reversed"), (5, "bonus"), (10, "received")]
    await reverse_movements(session, "award:404", NOW)


async def test_what_was_earned_in_a_span_is_without_what_was_taken_back(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana")
    for n, hours in enumerate((-1, 0, 1, 24)):
        at = NOW + timedelta(hours=hours)
        await record_movement(session, person_id=ana.id, amount=2, source=f"award:{n}", reason="given", now=at)
    await record_movement(session, person_id=ana.id, amount=50, source="award:9", reason="received", now=NOW)
    day = NOW, NOW + timedelta(hours=24)
    assert await sum_earned_between(session, ana.id, "given", *day) == 4
    await reverse_movements(session, "award:1", NOW + timedelta(days=3))
    assert await sum_earned_between(session, ana.id, "given", *day) == 2


async def test_the_entries_say_what_they_were_for(session: DatabaseSession) -> None:
    ana, bob = [await people.add(session, name) for name in ("Ana López", "Bob Stone")]
    star = await rewards.add(session, "Star")
    told = {"settings": Settings(), "now": NOW, "cause": "turn:1", "place_id": None, "origin": None}
    [award] = await give_reward(session, giver=ana, receivers=[bob], reward=star, words="thanks", **told)
    gift = Kudos(giver_id=ana.id, words="thanks", public=True, day=NOW.date(), given_at=NOW)
    session.add(gift)
    await session.flush()
    for n, source in enumerate((f"kudos:{gift.id}", "kudos:404", "prize:mug")):
        at = NOW + timedelta(minutes=n + 1)
        await record_movement(session, person_id=bob.id, amount=n + 1, source=source, reason="received", now=at)
    found = await list_entries(session, bob.id)
    assert [(entry.kind, entry.amount, entry.label) for entry in found] == [
        ("prize", 3, ""),
        ("kudos", 2, ""),
        ("kudos", 1, "Ana López"),
        ("award", 10, "Star"),
    ]
    assert found[-1] == EntryFacts("award", 10, f"award:{award.id}", "received", NOW, "Star")
    assert [entry.amount for entry in await list_entries(session, bob.id, limit=2)] == [3, 2]
    assert await list_entries(session, 999) == []


@dataclass
class Game:
    """Random gifts and takings-back, and the awards that should stand."""

    session: DatabaseSession
    crowd: list[Any]
    catalogue: list[Any]
    made: list[Award]
    now: Any = NOW
    cap: int = 3

    async def play(self, move: tuple[str, int, int, int]) -> None:
        kind, first, second, third = move
        self.now += timedelta(minutes=third)
        try:
            async with self.session.begin_nested():
                await {"give": self.give, "undo": self.undo, "revoke": self.revoke}[kind](first, second)
        except Refused:
            pass

    async def give(self, first: int, second: int) -> None:
        receivers = [self.crowd[second % 4], self.crowd[(second + 1) % 4]]
        self.made += await give_reward(
            self.session,
            giver=self.crowd[first % 4],
            receivers=receivers[: 1 + second % 2],
            reward=self.catalogue[(first + second) % 3],
            words="thanks",
            settings=Settings(giver_points=2, giver_points_per_day=self.cap),
            now=self.now,
            cause=f"turn:{len(self.made)}:{self.now}",
            place_id=None,
            origin=None,
        )

    async def undo(self, first: int, second: int) -> None:
        award = self.made[first % len(self.made)] if self.made else None
        actor = self.crowd[second % 4]
        await undo_award(self.session, award.id if award else 0, actor=actor, settings=Settings(), now=self.now)

    async def revoke(self, first: int, second: int) -> None:
        award_id = self.made[first % len(self.made)].id if self.made else 0
        await revoke_award(self.session, award_id, actor=self.crowd[3], reason="no", origin="test", now=self.now)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["give", "give", "undo", "revoke"]), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)
    ),
    max_size=12,
)
SMALL = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SMALL
@given(MOVES)
async def test_points_are_the_sum_of_their_sources(
    writing: SessionFactory, moves: list[tuple[str, int, int, int]]
) -> None:
    async with writing() as session:  # rolled back: each example begins with nothing
        crowd = [await people.add(session, name) for name in ("Ana", "Bob", "Eve", "Joe")]
        crowd[3].role = "admin"
        catalogue = [
            await rewards.add(session, "Once", points=50),
            await rewards.add(session, "Daily", multiple=True, timeframe="daily", points=7),
            await rewards.add(session, "Often", multiple=True, points=1),
        ]
        game = Game(session, crowd, catalogue, [])
        for move in moves:
            await game.play(move)
        await _check(game)


async def _check(game: Game) -> None:
    session = game.session
    every = (await session.scalars(select(Award).execution_options(populate_existing=True))).all()
    standing = [award for award in every if award.undone_at is None and award.revoked_at is None]
    assert len(every) == len(game.made)
    summed = select(PointsEntry.source, func.sum(PointsEntry.amount)).group_by(PointsEntry.source)
    sources = {row[0]: row[1] for row in await session.execute(summed)}
    taken_back = {f"award:{award.id}" for award in every} - {f"award:{award.id}" for award in standing}
    assert all(sources.get(source, 0) == 0 for source in taken_back)
    for person in game.crowd:
        received = sum(award.points for award in standing if award.receiver_id == person.id)
        given_ = await sum_earned_between(session, person.id, "given", NOW, NOW + timedelta(days=1))
        assert given_ <= game.cap
        assert given_ <= 2 * sum(award.giver_id == person.id for award in standing)
        assert await get_balance(session, person.id) == received + given_
