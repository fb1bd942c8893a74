"""A third-party Telegram client in an environment of its own, and its chat as a page."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.emulators.browser import SHOTS, blank_page
from tests.emulators.packages import HOME
from tests.emulators.processes import ROOT, run, running
from tests.platforms.smtp import FakeSmtp

PYTHONS = ("python3.14", "python3.13", "python3.12")  # the client wants one of them
WANTED = ("tg-auto-test[demo]==1.3.24", "python-telegram-bot==22.8")
SECRET = "a-secret-of-the-bridge"
TOKEN = "123:ABC"  # the client's own


@dataclass(frozen=True, slots=True)
class Chat:
    """What Ana types and presses in her chat with the bot, and what she sees there; her letters."""

    page: Page
    mail: FakeSmtp

    async def start(self) -> None:
        await self.page.locator("#startBtn").click()

    async def say(self, words: str) -> None:
        await self.page.locator("#msgInput").fill(words)
        await self.page.locator("#msgInput").press("Enter")

    async def sees(self, *words: str) -> Locator:
        """Wait until the newest message says all of the words."""
        newest = self.page.locator(".message").last
        for one in words:
            await expect(newest).to_contain_text(one)
        return newest

    async def press(self, label: str) -> None:
        """The newest button of that label."""
        await self.page.get_by_role("button", name=label, exact=True).last.click()

    async def shoot(self, name: str) -> None:
        await self.page.wait_for_timeout(300)
        await self.page.screenshot(path=SHOTS / f"telegram-{name}.png")


async def install() -> Path:
    """The client's own Python, made where it is not there yet. RuntimeError where no Python will do."""
    folder = HOME / "telegram-client"
    program = folder / "bin" / "python"
    if not program.exists():
        await run(_python(), "-m", "venv", str(folder), environment={})
        await run(str(program), "-m", "pip", "install", "--quiet", *WANTED, environment={})
    return program


@asynccontextmanager
async def bridge(program: Path, *, port: int, laurel_port: int) -> AsyncIterator[str]:
    """The client, and the address of its page and of its Bot API."""
    environment = {
        "BRIDGE_PORT": str(port),
        "BRIDGE_SECRET": SECRET,
        "BRIDGE_WEBHOOK": f"http://127.0.0.1:{laurel_port}/telegram/webhook",
    }
    arguments = (str(program), "-P", str(ROOT / "tests" / "emulators" / "telegram_bridge.py"))
    async with running(arguments, port=port, log=HOME / "telegram-client.log", environment=environment):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def chat(address: str, mail: FakeSmtp) -> AsyncIterator[Chat]:
    """The page, as narrow as a phone."""
    async with blank_page(420, 860) as page:
        await page.goto(address)
        yield Chat(page, mail)


async def letter(mail: FakeSmtp) -> str:
    """The newest letter's words; waited for."""
    async with asyncio.timeout(10):
        while not mail.letters:  # noqa: ASYNC110 - a fake has no event for it
            await asyncio.sleep(0.1)
    body = mail.letters[-1][1].get_body(("plain",))
    assert body
    return str(body.get_content())


def _python() -> str:
    """A Python that is new enough: one that is named and does not run (as with version managers) is none."""
    for name in PYTHONS:
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    raise RuntimeError("Python 3.12 or later is needed to run the Telegram client")
