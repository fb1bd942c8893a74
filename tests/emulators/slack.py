"""The whole way in a third-party Slack client: command, form, field errors, post, undo. `make emulators` runs it.

Each step is told in one line, checked on the emulator's own state, and shot into var/emulators. What the client's
page has no field for (people, several choices) is put into what it sends; what it cannot show at all (rich text, the
reader's own time, whom a private answer is for) is checked on its state only.
"""

import asyncio
import sys

from tests.emulators import workspace
from tests.emulators.laurel import leaks
from tests.emulators.office import LOG, STAFF, office
from tests.emulators.slack_steps import STEPS, TYPED
from tests.emulators.walking import told, walk


async def main() -> int:
    """0 where every step went well and Laurel's log is clean, else 1."""
    try:
        async with office() as at:
            well = await walk(at, STEPS, lambda: at.page.shoot("failed"))
    except RuntimeError as missing:
        print(f"FAILED  {missing}")
        return 1
    return told(well, leaks(LOG, STAFF, workspace.TOKEN, workspace.SECRET, "response/", *TYPED))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
