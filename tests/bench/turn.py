"""One `/kudos` turn as it comes from Slack, without a server and the relay: to see what it asks of a database."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogs.commands import VERBS
from bot.dispatch.conversation_store import TableConversations
from bot.dispatch.dispatcher import Bot
from bot.protocol.turns import Command
from channels.slack.inbound import interactions
from engine.db import connection
from tests.bench import on_slack


def bot_on(engine: AsyncEngine) -> Bot:
    """The bot with every dialog."""

    def now() -> datetime:
        return datetime.now(UTC)

    writing, reading = connection.sessions(engine), connection.reading(engine)
    return Bot(writing, reading, TableConversations(writing, reading, now), VERBS, now, b"bench")


def gift(giver: int) -> Command:
    """Of the person `giver` to the next one: what `tests/bench/on_slack.py` sends."""
    body, _ = on_slack.command(giver, giver + 1)
    return interactions.command(dict(parse_qsl(body.decode())), 1)
