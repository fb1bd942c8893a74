"""One `/kudos` turn as it comes from Slack, without a server and the relay: to see what it asks of a database."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.protocol.turns import Command
from channels.slack.inbound.interactions import parse_slash_command
from engine.db.connection import build_read_sessions, build_sessions
from tests.bench import on_slack


def bot_on(engine: AsyncEngine) -> Bot:
    """The bot with every dialog."""

    def now() -> datetime:
        return datetime.now(UTC)

    writing, reading = build_sessions(engine), build_read_sessions(engine)
    return Bot(writing, reading, TableConversationStore(writing, reading, now), ALL_COMMANDS, now, b"bench")


def gift(giver: int) -> Command:
    """Of the person `giver` to the next one: what `tests/bench/on_slack.py` sends."""
    body, _ = on_slack.command(giver, giver + 1)
    return parse_slash_command(dict(parse_qsl(body.decode())), 1)
