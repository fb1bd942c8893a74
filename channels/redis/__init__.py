"""What replicas share where Redis is there."""

from redis.asyncio import Redis

PATIENCE = 2.0  # seconds for one answer: a person waits for it


def connect(url: str) -> Redis:
    """A client for `url`. No connection is made yet; a silent server is an error after PATIENCE."""
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
