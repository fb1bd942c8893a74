"""Rate limits that all replicas share."""

from dataclasses import dataclass

from redis.asyncio import Redis

# It uses the server's clock, because the replicas' clocks may differ. All times are whole microseconds.
TAKE_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = full_at - now - (burst - 1) * interval
if wait > 0 then return wait end
full_at = full_at + interval
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return 0
"""


@dataclass(frozen=True, slots=True)
class RedisRateLimiter:
    """Token buckets in Redis. Raises what Redis raises."""

    redis: Redis

    async def take(self, key: str, per_second: float, burst: int) -> float:
        interval = round(1_000_000 / per_second)
        wait = await self.redis.eval(TAKE_SCRIPT, 1, f"laurel:pace:{key}", str(interval), str(burst))
        return int(wait) / 1_000_000
