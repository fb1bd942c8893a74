"""Steps that are walked one after the other, each told in one line."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from playwright.async_api import Error as PageError

T = TypeVar("T")
LONGEST = 1000  # characters of what a browser has to say


async def walk(at: T, steps: Sequence[Callable[[T], Awaitable[None]]], failed: Callable[[], Awaitable[None]]) -> bool:
    """Every step, up to the first that fails: then `failed` takes a picture of where that was."""
    for step in steps:
        try:
            await step(at)
        except (AssertionError, PageError) as error:
            await failed()
            print(f"FAILED  {step.__doc__}\n        {str(error)[:LONGEST]}", flush=True)
            return False
        print(f"ok      {step.__doc__}", flush=True)
    return True


def told(well: bool, leaks: Sequence[str]) -> int:
    """The exit code: 0 where every step went well, and the log holds nothing that it must not hold."""
    for line in leaks:
        print(f"FAILED  the log says too much, or tells of a bug: {line}")
    if not leaks:
        print("ok      Laurel's log holds no words, tokens or addresses, and tells of no fault")
    return 0 if well and not leaks else 1
