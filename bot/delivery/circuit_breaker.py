"""Channels that rest: they refuse us, do not answer, or have had enough for the moment."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

log = logging.getLogger(__name__)

REFUSED_PAUSE_S = 300.0  # until we ask a channel again that refuses us

SILENT_PAUSE_S = 60.0  # until we ask one again that does not answer

MAX_SILENT_DESTINATIONS = 3  # so many without an answer between them, and it is the channel that is down


@dataclass(slots=True)
class CircuitBreaker:
    """What this process knows of its channels. What rests is not claimed, and burns no attempts."""

    clock: Callable[[], datetime]
    _until: dict[str, datetime] = field(default_factory=dict)  # by channel
    _why: dict[str, str] = field(default_factory=dict)  # by channel, until it takes something again
    _silent: dict[str, set[str]] = field(default_factory=dict)  # by channel: the destinations without an answer

    def rests(self, channel: str) -> bool:
        return self._until.get(channel, self.clock()) > self.clock()

    def admits(self, channel: str) -> bool:
        """Whether a call may begin. Where the channel did not answer, one call tries it, and the others wait."""
        if len(self._silent.get(channel, ())) < MAX_SILENT_DESTINATIONS:
            return True
        if self.rests(channel):
            return False
        self.wait(channel, SILENT_PAUSE_S)
        return True

    def seconds_left(self, channel: str) -> float:
        """How long the channel rests still."""
        return max(0.0, (self._until.get(channel, self.clock()) - self.clock()).total_seconds())

    def troubles(self) -> list[str]:
        """Each troubled channel and what troubles it."""
        return [f"{channel}: {why}" for channel, why in sorted(self._why.items())]

    def answered(self, channel: str) -> None:
        """The channel took something."""
        self._why.pop(channel, None)
        if len(self._silent.pop(channel, ())) >= MAX_SILENT_DESTINATIONS:
            self._until.pop(channel, None)  # it was tried, and is up: the others need not wait

    def wait(self, channel: str, seconds: float) -> None:
        """Nothing goes to the channel for that long."""
        self._until[channel] = self.clock() + timedelta(seconds=seconds)

    def refused(self, channel: str, why: Exception) -> None:
        """The channel refuses us; `why` is our adapter's own word for it."""
        self._why[channel] = f"refuses us ({why})"
        self._rest(channel, REFUSED_PAUSE_S)

    def unanswered(self, channel: str, destination: str, error: Exception) -> bool:
        """Whether it is the channel that is down, and not this destination alone: then it rests."""
        silent = self._silent.setdefault(channel, set())
        silent.add(destination)
        self._why[channel] = f"does not answer ({type(error).__name__})"
        if len(silent) < MAX_SILENT_DESTINATIONS:
            return False
        self._rest(channel, SILENT_PAUSE_S)
        return True

    def _rest(self, channel: str, seconds: float) -> None:
        said = {"action": "channel_rests", "channel": channel, "why": self._why[channel]}
        log.error("a channel rests", extra=said)
        self.wait(channel, seconds)
