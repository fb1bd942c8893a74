"""The whole way in a third-party Slack client: command, form, field errors, post, undo. `make emulators` runs it.

Each step is told in one line, checked on the emulator's own state, and shot into var/screenshots. What the client's
page has no field for (people, several choices) is put into what it sends; what it cannot show at all (rich text, the
reader's own time, whom a private answer is for) is checked on its state only.
"""

import asyncio
import sys

from playwright.async_api import Error as PageError

from tests.emulators.office import Office, leaks, office
from tests.emulators.steps import STEPS, TYPED


async def walk(at: Office) -> bool:
    """Every step, up to the first that fails."""
    for step in STEPS:
        try:
            await step(at)
        except (AssertionError, PageError) as error:
            await at.page.shoot("failed")
            print(f"FAILED  {step.__doc__}\n        {error}", flush=True)
            return False
        print(f"ok      {step.__doc__}", flush=True)
    return True


async def main() -> int:
    """0 where every step went well and Laurel's log is clean, else 1."""
    try:
        async with office() as at:
            well = await walk(at)
    except RuntimeError as missing:
        print(f"FAILED  {missing}")
        return 1
    found = leaks(TYPED)
    for line in found:
        print(f"FAILED  the log says too much, or tells of a bug: {line}")
    if not found:
        print("ok      Laurel's log holds no words, tokens or addresses, and tells of no fault")
    return 0 if well and not found else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
