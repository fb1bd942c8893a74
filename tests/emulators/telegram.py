"""The whole way in a third-party Telegram client: command, form, callback, edit. `make emulators` runs it.

The client is one private chat; groups, webhooks gone wrong and limits are for the tests with our own fake. It wants
Python 3.12 or later, in an environment of its own. Each step is shot into var/emulators.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulators.laurel import laurel, leaks
from tests.emulators.packages import HOME
from tests.emulators.telegram_chat import SECRET, TOKEN, Chat, bridge, chat, install
from tests.emulators.telegram_steps import STAFF, STEPS, TYPED
from tests.emulators.walking import told, walk
from tests.platforms.smtp import FakeSmtp

LAUREL_PORT, CLIENT_PORT = 18577, 18578
LOG = HOME / "telegram-laurel.log"


@asynccontextmanager
async def office() -> AsyncIterator[Chat]:
    """Everything started, on ports of its own; everything ended."""
    program = await install()
    with TemporaryDirectory(prefix="laurel-emulator-") as name:
        async with FakeSmtp() as mail, bridge(program, port=CLIENT_PORT, laurel_port=LAUREL_PORT) as address:
            settings = {
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
                "TELEGRAM_API_URL": address,
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(mail.port),
                "SMTP_FROM": "laurel@corp.test",
                "SMTP_TLS": "none",
            }
            async with (
                laurel(Path(name), port=LAUREL_PORT, log=LOG, staff=STAFF, settings=settings),
                chat(address, mail) as at,
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
    return told(well, leaks(LOG, STAFF, TOKEN, SECRET, *TYPED))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
