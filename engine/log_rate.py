"""What may happen a thousand times a second is one line a minute, with how often it happened."""

import time
from collections.abc import Callable
from dataclasses import dataclass

INTERVAL_S = 60.0  # between two lines


@dataclass(slots=True)
class LogRate:
    """Counts how often something happened, and says when it is time to tell."""

    clock: Callable[[], float] = time.monotonic
    _untold: int = 0
    _next: float = 0.0

    def count(self) -> int:
        """Note that it happened once more. Return how often it did since the last line, 0 in the minute after one."""
        self._untold += 1
        if self.clock() < self._next:
            return 0
        self._next = self.clock() + INTERVAL_S
        told, self._untold = self._untold, 0
        return told
