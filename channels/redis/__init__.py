"""State that replicas share in Redis."""

from redis.asyncio import Redis


def connect_redis(url: str, answer_s: float) -> Redis:
    """Build a client for `url`; its connection opens at the first call.

    A call fails after `answer_s` seconds of silence.
    """
    return Redis.from_url(url, socket_timeout=answer_s, socket_connect_timeout=answer_s)
