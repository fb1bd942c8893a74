"""Settings and wiring: the only place that knows everything."""

import asyncio
import random
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.rate_limit import MemoryPace
from bot.delivery.relay import Relay
from bot.dialogs.commands import VERBS
from bot.dispatch.conversation_store import TableConversations
from bot.dispatch.dispatcher import Bot
from bot.dispatch.pending_gifts import PendingGifts
from channels.cli import commands
from channels.cli import main as cli_main
from channels.cli.command import Command
from channels.email.adapter import Email
from channels.email.config import Mailbox
from channels.links.page import Page as LinkPage
from channels.redis import connect as connect_redis
from channels.redis.conversation_store import RedisConversations
from channels.redis.rate_limit import RedisPace
from channels.server import logs, probes, serving
from channels.server.clock import utc_now
from channels.server.environment import Environment, is_loopback
from channels.server.health import Health
from channels.server.icons import Icons
from channels.slack.adapter import Slack
from channels.slack.config import Account as SlackAccount
from channels.teams.adapter import Teams
from channels.teams.config import Account as TeamsAccount
from channels.telegram.adapter import Telegram
from channels.telegram.config import Account as TelegramAccount
from channels.web.adapter import Web
from channels.web.security import loopback_hosts
from engine.admin import first_admins, settings
from engine.db import connection
from engine.directory import workspace_members
from manifest.command import MANIFEST
from manifest.slack import asked

COMMANDS: tuple[Command, ...] = (*commands.COMMANDS, MANIFEST)
Channel = Email | Slack | Teams | Telegram | Web


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs while Laurel runs."""

    environment: Environment
    database: AsyncEngine
    redis: Redis | None
    bot: Bot
    channels: Mapping[str, Channel]
    relay: Relay
    pending: PendingGifts

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Start every part, and stop them in the reverse order."""
        await self._prepare()
        for channel in self.channels.values():
            await channel.start()
        relaying = asyncio.create_task(self.relay.run())
        self.pending.start()
        yield
        await self.pending.stop()
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
            await workspace_members.wish(session, self.environment.people)
            missing = await first_admins.name(session, self.environment.admin_emails, now)
        serving.tell_missing_admins(self.environment.admin_emails, missing)

    def health(self) -> Health:
        """Without the database nothing can be served; without the others something still can."""
        others = {"relay": probes.relay(self.relay)} | {
            name: probes.channel(one) for name, one in self.channels.items()
        }
        if self.redis:
            others["redis"] = probes.redis(self.redis)
        return Health(
            vital={"database": probes.database(self.database)},
            others=others,
            token=None if is_loopback(self.environment.host) else self.environment.operations_token.get_secret_value(),
        )


def build(environment: Environment, *, clock: Callable[[], datetime] = utc_now) -> web.Application:
    """The whole of Laurel as one aiohttp application. Nothing is connected before it starts."""
    app = web.Application(client_max_size=1024 * 1024, middlewares=[logs.numbered])
    parts = assemble(environment, clock)
    for part in (*parts.channels.values(), parts.health(), Icons(), LinkPage(parts.bot, parts.channels)):
        part.routes(app)
    app.cleanup_ctx.append(parts.life)
    return app


def assemble(environment: Environment, clock: Callable[[], datetime]) -> Parts:
    """The parts, wired together."""
    database = serving.connect(environment)
    writing, reading = connection.sessions(database), connection.reading(database)
    redis = connect_redis(environment.redis_url) if environment.redis_url else None
    conversations = RedisConversations(redis) if redis else TableConversations(writing, reading, clock)
    bot = Bot(writing, reading, conversations, VERBS, clock, key=b"", site=environment.site)
    channels = {channel.name: channel for channel in _channels(environment, bot)}
    pace = RedisPace(redis) if redis else MemoryPace(clock)
    relay = Relay(writing, reading, channels, clock, random.Random(), pace)  # noqa: S311 - jitter, not a secret
    bot.wake, bot.by_mail = relay.wake, Email.name in channels
    pending = PendingGifts(bot, {name: one for name, one in channels.items() if isinstance(one, Slack | Teams)})
    return Parts(environment, database, redis, bot, channels, relay, pending)


def _channels(environment: Environment, bot: Bot) -> Iterator[Channel]:
    if environment.serves_web_chat:
        yield Web(bot, hosts=loopback_hosts(environment.host, environment.port))
    if slack := SlackAccount.of(environment):
        yield Slack(bot, slack, environment.public_url, asked(environment))
    if teams := TeamsAccount.of(environment):
        yield Teams(bot, teams, environment.public_url)
    if telegram := TelegramAccount.of(environment):
        yield Telegram(bot, telegram, environment.public_url)
    if mailbox := Mailbox.of(environment):
        yield Email(mailbox, bot.clock)


def main() -> int:
    """The command line; returns its exit code."""
    return cli_main.run(sys.argv[1:], COMMANDS, build, utc_now)


if __name__ == "__main__":
    sys.exit(main())
