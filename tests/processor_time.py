"""Processor time of one call, counted at two sizes: what is linear takes about twice as long for twice as much."""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from types import FrameType

HOSTILE_LENGTH = 30_000  # characters

FLOOR_S = 0.1  # less stops nobody; a busy machine counts in ticks of 4 ms, which do not matter above it

CEILING_S = 1.0  # more is not waited for

MAX_RATIO = 3.0  # of the time for twice as much: 2 is linear, 4 is quadratic

ATTEMPTS = 3  # more counts, of which the best one holds

Task = Callable[[int], Callable[[], object]]
"""Prepares a call over so many characters; only the call itself is timed."""


class TooSlowError(Exception):
    """A call took more processor time than anybody waits for."""


def find_slowness(task: Task) -> str:
    """Say how the call grows where that is more than linear; "" where it is linear or below the floor."""
    try:
        whole = _timed(task(HOSTILE_LENGTH))
        if whole < FLOOR_S:
            return ""
        half = _timed(task(HOSTILE_LENGTH // 2))
        for _ in range(ATTEMPTS):  # what is slow is so each time; a busy machine is not
            if whole <= MAX_RATIO * half:
                return ""
            half = min(half, _timed(task(HOSTILE_LENGTH // 2)))
            whole = min(whole, _timed(task(HOSTILE_LENGTH)))
    except TooSlowError:
        return f"more than {CEILING_S} s"
    return f"{half:.4f} s for half, {whole:.4f} s for all" if whole > max(MAX_RATIO * half, FLOOR_S) else ""


def _timed(call: Callable[[], object]) -> float:
    gc.disable()  # its work grows with all that is alive, and is none of the call's
    with _bounded():
        start = process_time()
        call()
        return process_time() - start


@contextmanager
def _bounded() -> Iterator[None]:
    """Raise TooSlowError inside, also within a search that would never end: it looks for signals as it goes."""
    before = signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, CEILING_S)
    try:
        yield
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _give_up(_: int, __: FrameType | None) -> None:
    raise TooSlowError
