"""Settings and wiring: the one module that knows all the others."""

import asyncio
import random
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.dispatch.pending_gifts import Introducer, PendingGifts
from channels.cli import commands
from channels.cli.command import ShellCommand
from channels.cli.main import run_command
from channels.configured import build_channels, build_stores
from channels.links.page import LinkPage
from channels.server.clock import utc_now
from channels.server.environment import Environment, is_loopback
from channels.server.health import Health
from channels.server.icons import Icons
from channels.server.logs import number_request
from channels.server.probes import NotingChannel, probe_channel, probe_database, probe_redis, probe_relay
from channels.server.serving import connect_database, warn_missing_admins
from channels.server.time_limits import TIME_LIMITS, TimeLimits
from channels.tasks.scheduler import Scheduler
from engine.admin.first_admins import store_first_admins
from engine.admin.settings import load_secret_key, propose_timezone
from engine.db.connection import build_read_sessions, build_sessions
from engine.directory.workspace_members import set_admission_source
from manifest.command import MANIFEST_COMMAND
from manifest.slack import list_requested_scopes

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from channels.configured import AnyChannel

COMMANDS: tuple[ShellCommand, ...] = (*commands.DATABASE_COMMANDS, MANIFEST_COMMAND)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running Laurel."""

    environment: Environment
    database: AsyncEngine
    redis: "Redis | None"
    bot: Bot
    channels: "Mapping[str, AnyChannel]"
    relay: Relay
    pending: PendingGifts
    scheduler: Scheduler

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """Start all parts; on shutdown stop them in the reverse order."""
        await self._prepare()
        for channel in self.channels.values():
            await channel.start()
        relaying = asyncio.create_task(self.relay.run())
        self.pending.start()
        if self.environment.reward_scheduler:
            self.scheduler.start()
        yield
        await self.scheduler.stop()
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
            self.bot.key = self.relay.key = await load_secret_key(session, secrets.token_hex(32))
            await propose_timezone(session, self.environment.timezone, now)
            await set_admission_source(session, self.environment.people)
            missing = await store_first_admins(session, self.environment.admin_emails, now)
        warn_missing_admins(self.environment.admin_emails, missing)

    def health(self, probe_s: float) -> Health:
        """Build the health checks. Without the database Laurel cannot serve; without another part it is degraded."""
        others = {"relay": probe_relay(self.relay)} | {name: probe_channel(one) for name, one in self.channels.items()}
        others |= {"redis": probe_redis(self.redis)} if self.redis else {}
        token = None if is_loopback(self.environment.host) else self.environment.operations_token.get_secret_value()
        notes = {name: one.note for name, one in self.channels.items() if isinstance(one, NotingChannel)}
        return Health({"database": probe_database(self.database)}, others, token, probe_s, notes)


def build_app(
    environment: Environment, *, clock: Callable[[], datetime] = utc_now, times: TimeLimits = TIME_LIMITS
) -> web.Application:
    """Build the whole of Laurel as one aiohttp application. Connections open when it starts."""
    app = web.Application(client_max_size=1024 * 1024, middlewares=[number_request])
    parts = assemble_parts(environment, clock, times)
    for part in (*parts.channels.values(), parts.health(times.probe_s), Icons(), LinkPage(parts.bot, parts.channels)):
        part.routes(app)
    app.cleanup_ctx.append(parts.life)
    return app


def assemble_parts(environment: Environment, clock: Callable[[], datetime], times: TimeLimits = TIME_LIMITS) -> Parts:
    """Build the parts and wire them together."""
    database = connect_database(environment)
    writing, reading = build_sessions(database), build_read_sessions(database)
    table = TableConversationStore(writing, reading, clock)
    redis, conversations, pace = build_stores(environment, table, clock, times.redis_s)
    bot = Bot(writing, reading, conversations, ALL_COMMANDS, clock, key=b"", site=environment.site)
    built = build_channels(environment, bot, list_requested_scopes(environment), times)
    channels = {channel.name: channel for channel in built}
    listen_url, jitter = environment.database_listen_url or environment.database_url, random.SystemRandom()
    relay = Relay(writing, reading, channels, clock, jitter, pace, send_seconds=times.send_s, listen_url=listen_url)
    bot.wake, bot.by_mail = relay.wake, "email" in channels
    waiting = {name: one for name, one in channels.items() if isinstance(one, Introducer)}
    scheduler = Scheduler(writing, reading, clock, jitter, relay.wake, bot.days.take)
    pending = PendingGifts(bot, waiting, times.pending_lookup_s)
    return Parts(environment, database, redis, bot, channels, relay, pending, scheduler)


def main() -> int:
    """Run the command line and return its exit code."""
    return run_command(sys.argv[1:], COMMANDS, build_app, utc_now)


if __name__ == "__main__":
    sys.exit(main())
