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
        """Return whether a call may begin.

        If the channel did not answer, one call tries it while the others wait.
        """
        if len(self._silent.get(channel, ())) < MAX_SILENT_DESTINATIONS:
            return True
        if self.rests(channel):
            return False
        self.wait(channel, SILENT_PAUSE_S)
        return True

    def seconds_left(self, channel: str) -> float:
        """Return for how many more seconds the channel rests."""
        return max(0.0, (self._until.get(channel, self.clock()) - self.clock()).total_seconds())

    def troubles(self) -> list[str]:
        """Return each channel in trouble with its reason."""
        return [f"{channel}: {why}" for channel, why in sorted(self._why.items())]

    def answered(self, channel: str) -> None:
        """Record that the channel answered, and end a rest that was due to silence."""
        self._why.pop(channel, None)
        if len(self._silent.pop(channel, ())) >= MAX_SILENT_DESTINATIONS:
            self._until.pop(channel, None)  # it was tried, and is up: the others need not wait

    def wait(self, channel: str, seconds: float) -> None:
        """Pause all sends to the channel for that many seconds."""
        self._until[channel] = self.clock() + timedelta(seconds=seconds)

    def refused(self, channel: str, why: Exception) -> None:
        """Record that the channel refuses the bot and let it rest. `why` is the channel adapter's reason."""
        self._why[channel] = f"refuses us ({why})"
        self._rest(channel, REFUSED_PAUSE_S)

    def unanswered(self, channel: str, destination: str, error: Exception) -> bool:
        """Record that a destination did not answer. Return whether the whole channel is down.

        The channel is down when several destinations are silent; then it rests.
        """
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
