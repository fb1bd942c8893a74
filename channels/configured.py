"""The channels and stores that the environment asks for. Unused SDKs are not imported.

Importing all of them takes seconds, and more memory than everything else together.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bot.delivery.rate_limit import MemoryRateLimiter, RateLimiter
from bot.dispatch.conversation_store import ConversationStore
from bot.dispatch.dispatcher import Bot
from channels.email.config import Mailbox
from channels.server.environment import Environment
from channels.server.time_limits import TimeLimits
from channels.slack.config import SlackConfig
from channels.teams.config import TeamsConfig
from channels.telegram.config import TelegramConfig

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from channels.email.adapter import Email
    from channels.slack.adapter import SlackAdapter
    from channels.teams.adapter import TeamsAdapter
    from channels.telegram.adapter import TelegramAdapter
    from channels.web.adapter import Web

    AnyChannel = Email | SlackAdapter | TeamsAdapter | TelegramAdapter | Web


def build_stores(
    environment: Environment, table: ConversationStore, clock: Callable[[], datetime], redis_s: float
) -> "tuple[Redis | None, ConversationStore, RateLimiter]":
    """Return the Redis client, the store of dialog state and the rate limiter.

    Without REDIS_URL they are None, `table` and a limiter in memory.
    """
    memory = MemoryRateLimiter(clock)
    if not environment.redis_url:
        return None, table, memory
    from channels.redis import connect_redis
    from channels.redis.fallback import build_redis_stores

    redis = connect_redis(environment.redis_url, redis_s)
    return redis, *build_redis_stores(redis, table, memory, clock)


def build_channels(
    environment: Environment, bot: Bot, slack_scopes: tuple[str, ...], times: TimeLimits
) -> "Iterator[AnyChannel]":
    """Build the channels of this deployment."""
    if environment.serves_web_chat:
        from channels.web.adapter import Web
        from channels.web.security import list_loopback_hosts

        yield Web(bot, hosts=list_loopback_hosts(environment.host, environment.port))
    if slack := SlackConfig.of(environment):
        from channels.slack.adapter import SlackAdapter

        yield SlackAdapter(bot, slack, environment.public_url, slack_scopes, times)
    if teams := TeamsConfig.of(environment):
        from channels.teams.adapter import TeamsAdapter

        yield TeamsAdapter(bot, teams, environment.public_url, times)
    if telegram := TelegramConfig.of(environment):
        from channels.telegram.adapter import TelegramAdapter

        yield TelegramAdapter(bot, telegram, environment.public_url, times)
    if mailbox := Mailbox.of(environment):
        from channels.email.adapter import Email

        yield Email(mailbox, bot.clock, times)
