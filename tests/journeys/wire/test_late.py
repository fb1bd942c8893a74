"""What a busy database holds up is answered later, and whoever waits for it sees it."""

import asyncio

import pytest
from sqlalchemy import text

from channels.slack.adapter import ACK_DEADLINE_S
from engine.db.connection import build_sessions
from tests.journeys.wire.table import Stage


@pytest.mark.parametrize(("channel", "backend", "language"), [("slack", "postgres", "en")])
async def test_a_command_that_was_acknowledged_is_answered_by_the_way_back(stage: Stage) -> None:
    async with asyncio.TaskGroup() as group, build_sessions(stage.world.database).begin() as somebody_else:
        await somebody_else.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        answer = group.create_task(stage.say("bob", "/laurel prefer here"))
        await asyncio.sleep(ACK_DEADLINE_S + 0.5)
    here = stage.copy.line(f"channels.{stage.hand.channel}")
    stage.tells(answer.result(), "prefer.is", channel=here)
    assert sum(map(len, stage.world.slack.responses.values())) == 1
