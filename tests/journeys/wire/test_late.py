"""What a busy database holds up is answered later, and whoever waits for it sees it."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_sessions
from tests.conftest import Clock
from tests.journeys.wire.slack import SlackHand
from tests.journeys.wire.stage import staged
from tests.time_limits import near
from tests.waiting import until


@pytest.fixture
def backend() -> str:
    """On SQLite nothing can be stored while somebody holds its one lock."""
    return "postgres"


async def test_a_command_that_was_acknowledged_is_answered_by_the_way_back(
    database_url: str, database: AsyncEngine, clock: Clock
) -> None:
    async with staged("slack", "en", database_url, database, clock, near("slack_answer_s")) as stage:
        assert isinstance(hand := stage.hand, SlackHand)
        async with asyncio.TaskGroup() as group, build_sessions(database).begin() as somebody_else:
            await somebody_else.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
            answer = group.create_task(stage.say("bob", "/laurel prefer here"))
            await until(lambda: hand.acknowledged)
        stage.tells(answer.result(), "prefer.is", channel=stage.copy.line("channels.slack"))
        assert sum(map(len, stage.world.slack.responses.values())) == 1
