"""The platform's signing keys: fetched in the background and kept in memory."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import jwt
from aiohttp import ClientError, ClientSession, ClientTimeout

from channels.server.time_limits import TimeLimits

UNKNOWN_KEY_INTERVAL_S = 60.0  # seconds at least between two fetches for unknown keys
KEYS_REFRESH_INTERVAL_S = 6 * 3600.0  # seconds between full fetches, which drop withdrawn keys
KEYS_RETRY_DELAY_S = 1.0  # seconds after a failed fetch, growing to UNKNOWN_KEY_INTERVAL_S

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key, and the channels that it may sign for. `endorsements` is None if the platform lists none."""

    public: Any
    endorsements: frozenset[str] | None


@dataclass(slots=True)
class SigningKeys:
    """The known signing keys. `url` is the OpenID description; the first fetch happens after `start`.

    The SDK's own class fetches with `requests` on the event loop, without a time-out, and fails with an IndexError for
    an unknown key.
    """

    url: str
    times: TimeLimits
    clock: Callable[[], float] = monotonic
    trouble: str | None = "no signing keys yet"
    _known: Mapping[str, SigningKey] = field(default_factory=dict)
    _session: ClientSession | None = None
    _fetching: asyncio.Task[None] | None = None
    _refreshing: asyncio.Task[None] | None = None
    _asked: float | None = None  # when a request last waited for an unknown key

    def start(self) -> None:
        self._session = ClientSession(timeout=ClientTimeout(total=self.times.teams_keys_s))
        self._refreshing = asyncio.create_task(self._refresh(), name="teams keys")

    async def stop(self) -> None:
        for task in filter(None, (self._refreshing, self._fetching)):
            task.cancel()
            await asyncio.wait({task})
        if self._session:
            await self._session.close()

    @property
    def has_keys(self) -> bool:
        return bool(self._known)

    async def find(self, kid: str) -> SigningKey | None:
        """Return the key of that id, or None.

        An unknown id starts a fetch, at most once in UNKNOWN_KEY_INTERVAL_S seconds, and waits for it up to the limit
        for one key.
        """
        if kid not in self._known and self._may_ask():
            await asyncio.wait({self._fetch_once()}, timeout=self.times.teams_key_s)
        return self._known.get(kid)

    def _may_ask(self) -> bool:
        """Return whether a caller may wait for a fetch now.

        A fetch that is under way may be joined at any time, a new one starts after UNKNOWN_KEY_INTERVAL_S seconds at
        the earliest.
        """
        now = self.clock()
        if self._fetching and not self._fetching.done():
            return True
        if self._asked is not None and now - self._asked < UNKNOWN_KEY_INTERVAL_S:
            return False
        self._asked = now
        return True

    def _fetch_once(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch(), name="teams keys fetched")
        return self._fetching

    async def _refresh(self) -> None:
        delay = KEYS_RETRY_DELAY_S
        while True:
            await asyncio.wait({self._fetch_once()})
            await asyncio.sleep(delay if self.trouble else KEYS_REFRESH_INTERVAL_S)
            delay = min(delay * 2, UNKNOWN_KEY_INTERVAL_S) if self.trouble else KEYS_RETRY_DELAY_S

    async def _fetch(self) -> None:
        try:
            described = await self._json(self.url)
            found = await self._json(str(described["jwks_uri"]))
            self._known = _read(found["keys"])
            self.trouble = None
        except (ClientError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.trouble = f"signing keys: {type(error).__name__}"
            log.warning("no signing keys", extra={"action": "keys_failed", "error": type(error).__name__})

    async def _json(self, url: str) -> Any:
        assert self._session
        async with self._session.get(url, allow_redirects=False) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


def _read(found: list[Mapping[str, Any]]) -> dict[str, SigningKey]:
    """Return the RSA keys of a key set by their ids. Raises ValueError if there are none."""
    keys = {}
    for one in found:
        if one.get("kty") == "RSA" and isinstance(one.get("kid"), str):
            channels = one.get("endorsements")
            endorsed = frozenset(map(str, channels)) if isinstance(channels, list) else None
            with suppress(jwt.PyJWTError, ValueError, TypeError):  # unreadable keys are skipped
                keys[one["kid"]] = SigningKey(jwt.PyJWK(dict(one), algorithm="RS256").key, endorsed)
    if not keys:
        raise ValueError("no keys")
    return keys
