"""Settings and wiring: the only place that knows everything."""

import asyncio
import random
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import TableConversations
from bot.dialogs.table import VERBS
from bot.dispatch import Bot
from bot.pace import MemoryPace
from bot.relay import Relay
from channels import probes, serving
from channels.cli import CliCommand, line
from channels.cli.load import LOAD
from channels.cli.people import IMPORT_PEOPLE
from channels.cli.settings import SETTINGS
from channels.environment import Environment, is_loopback
from channels.health import Health
from channels.icons import Icons
from channels.redis.conversations import RedisConversations
from channels.redis.pace import RedisPace
from channels.slack.adapter import Slack
from channels.web.adapter import Web
from channels.web.guard import loopback_hosts
from engine import db, people, settings

COMMANDS: tuple[CliCommand, ...] = (LOAD, IMPORT_PEOPLE, SETTINGS)
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs while Laurel runs."""

    environment: Environment
    database: AsyncEngine
    redis: Redis | None
    bot: Bot
    channels: Mapping[str, Slack | Web]
    relay: Relay

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Start every part, and stop them in the reverse order."""
        await self._prepare()
        for channel in self.channels.values():
            await channel.start()
        relaying = asyncio.create_task(self.relay.run())
        yield
        await self.relay.stop()
        await relaying
        for channel in self.channels.values():
            await channel.stop()
        if self.redis:
            await self.redis.aclose()
        await self.database.dispose()

    async def _prepare(self) -> None:
        now = self.bot.clock()
        async with self.bot.writing.begin() as session:
            self.bot.key = self.relay.key = await settings.secret_key(session, secrets.token_hex(32))
            await settings.propose_timezone(session, self.environment.timezone, now)
            await people.make_admins(session, self.environment.admin_emails, now)

    def health(self) -> Health:
        """Without the database nothing can be served; without the others something still can."""
        others = {"relay": probes.relay(self.relay)}
        if self.redis:
            others["redis"] = probes.redis(self.redis)
        others |= {name: probes.channel(channel) for name, channel in self.channels.items()}
        token = self.environment.operations_token.get_secret_value()
        return Health(
            vital={"database": probes.database(self.database)},
            others=others,
            token=None if is_loopback(self.environment.host) else token,
        )


def build(environment: Environment, *, clock: Clock = utc_now) -> web.Application:
    """The whole of Laurel as one aiohttp application. Nothing is connected before it starts."""
    app = web.Application(client_max_size=1024 * 1024)
    parts = assemble(environment, clock)
    for channel in parts.channels.values():
        channel.routes(app)
    parts.health().routes(app)
    Icons().routes(app)
    app.cleanup_ctx.append(parts.life)
    return app


def assemble(environment: Environment, clock: Clock) -> Parts:
    """The parts, wired together."""
    database = serving.connect(environment)
    writing, reading = db.sessions(database), db.reading(database)
    redis = Redis.from_url(environment.redis_url) if environment.redis_url else None
    conversations = RedisConversations(redis) if redis else TableConversations(writing, reading, clock)
    bot = Bot(writing, reading, conversations, VERBS, clock, key=b"")
    channels = {channel.name: channel for channel in _channels(environment, bot)}
    pace = RedisPace(redis) if redis else MemoryPace(clock)
    relay = Relay(writing, reading, channels, clock, random.Random(), pace)  # noqa: S311 - jitter, not a secret
    bot.wake = relay.wake
    return Parts(environment, database, redis, bot, channels, relay)


def _channels(environment: Environment, bot: Bot) -> Iterator[Slack | Web]:
    if environment.serves_web_chat:
        yield Web(bot, hosts=loopback_hosts(environment.port))
    if token := environment.slack_bot_token.get_secret_value():
        yield Slack(
            bot,
            token=token,
            signing_secret=environment.slack_signing_secret.get_secret_value(),
            writing=bot.writing,
            reading=bot.reading,
            clock=bot.clock,
            api_url=environment.slack_api_url or None,
            public_url=environment.public_url,
        )


def main() -> int:
    """The command line; returns its exit code."""
    return line.run(sys.argv[1:], COMMANDS, build, utc_now)


if __name__ == "__main__":
    sys.exit(main())
