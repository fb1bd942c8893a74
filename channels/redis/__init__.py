"""What replicas share where Redis is there."""

from redis.asyncio import Redis


def connect_redis(url: str, answer_s: float) -> Redis:
    """A client for `url`. No connection is made yet; a silent server is an error after `answer_s`."""
    return Redis.from_url(url, socket_timeout=answer_s, socket_connect_timeout=answer_s)
