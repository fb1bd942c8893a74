"""What replicas share where Redis is there."""

from redis.asyncio import Redis

REDIS_TIMEOUT_S = 2.0  # seconds for one answer: a person waits for it


def connect_redis(url: str) -> Redis:
    """A client for `url`. No connection is made yet; a silent server is an error after PATIENCE."""
    return Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
