"""The whole way in a third-party Teams client: messages, mentions, cards, dialogs, a channel. `make emulators` runs it.

Laurel runs in its local mode, in which nobody is asked for a token. The client opens no dialog from a card: forms are
walked through the message extension, whose dialogs are the same. Each step is shot into var/emulators.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulators.laurel import laurel, leaks
from tests.emulators.packages import HOME
from tests.emulators.playground import ANA, STAFF, Playground, playground
from tests.emulators.teams_steps import STEPS, TYPED
from tests.emulators.walking import told, walk

LAUREL_PORT, CLIENT_PORT = 18575, 18576
LOG = HOME / "teams-laurel.log"
LOCAL = {"ENVIRONMENT": "development", "TEAMS_ANONYMOUS": "1", "WEB_CHAT": "false", "ADMINS": ANA.email}


@asynccontextmanager
async def office() -> AsyncIterator[Playground]:
    """Laurel first: the client greets it once, when its page is opened."""
    with TemporaryDirectory(prefix="laurel-emulator-") as name:
        folder = Path(name)
        bot = f"http://127.0.0.1:{LAUREL_PORT}/api/messages"
        async with (
            laurel(folder, port=LAUREL_PORT, log=LOG, staff=STAFF, settings=LOCAL),
            playground(folder, port=CLIENT_PORT, bot=bot) as at,
        ):
            yield at


async def main() -> int:
    """0 where every step went well and Laurel's log is clean, else 1."""
    HOME.mkdir(parents=True, exist_ok=True)
    try:
        async with office() as at:
            well = await walk(at, STEPS, lambda: at.shoot("failed"))
    except RuntimeError as missing:
        print(f"FAILED  {missing}")
        return 1
    return told(well, leaks(LOG, STAFF, *TYPED))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
