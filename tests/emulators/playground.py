"""Microsoft's Agents Playground: a Teams of one person, in a page.

Its terms let developers try their bots with it, and nothing more: it is fetched when this is run, and kept nowhere.
"""

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.emulators.browser import SHOTS, blank_page
from tests.emulators.laurel import Colleague
from tests.emulators.packages import HOME, fetch
from tests.emulators.processes import running

PACKAGE, VERSION = "@microsoft/m365agentsplayground", "0.2.28"
TENANT = "11111111-0000-0000-0000-000000000001"
PERSONAL, GROUP, CHANNEL = "Personal Chat", "Project group", "Celebrations"
ANA = Colleague("Ana López", "ana@corp.test", "en")
BOB = Colleague("Bob Boss", "bob@corp.test", "es")
GUEST = Colleague("Gus Guest", "gus@else.test", "en")  # in the team, and in no directory of ours
OTHERS = ("Adele Vance", "Isaiah Langer", "Patti Fernandez")
STAFF = (ANA, BOB, *(Colleague(name, f"{name.split()[0].lower()}@corp.test", "en") for name in OTHERS))
MOMENT = 400  # milliseconds that the page needs to show another conversation, or to scroll


@dataclass(frozen=True, slots=True)
class Playground:
    """What Ana types, picks and presses, and what she sees."""

    page: Page

    async def go(self, place: str) -> None:
        """Open a conversation: the first time, the bot is installed there."""
        await self.page.get_by_role("treeitem", name=place).click()
        await self.page.wait_for_timeout(MOMENT)

    async def say(self, *parts: str) -> None:
        """Type it in the open chat and press Enter. A part that begins with "@" is chosen from the list of names."""
        box = self.page.get_by_role("textbox").last
        await self._write(box, parts)
        await box.press("Enter")

    async def post(self, *parts: str) -> None:
        """Begin a thread in the open channel."""
        await self._write(self.page.get_by_role("textbox").first, parts)
        await self.page.get_by_role("button", name="Post").click()

    async def _write(self, box: Locator, parts: tuple[str, ...]) -> None:
        for part in parts:
            await box.click()
            await self.page.keyboard.press("End")
            await box.press_sequentially("@" if part.startswith("@") else part, delay=10)
            if part.startswith("@"):
                await self.page.get_by_role("menuitem", name=part[1:]).click()

    def card(self, *words: str) -> Locator:
        """The newest card on the page with all of the words."""
        found = self.page.locator(".ac-adaptiveCard")
        for one in words:
            found = found.filter(has_text=one)
        return found.last

    async def sees(self, *words: str) -> Locator:
        """Wait for that card."""
        card = self.card(*words)
        await expect(card).to_be_visible()
        return card

    async def press(self, card: Locator, label: str) -> None:
        """A button of the card."""
        await card.get_by_role("button", name=label, exact=True).click()

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog").last

    async def extension(self, kind: str) -> None:
        """Choose that kind of message extension beside the compose box."""
        await self.page.get_by_role("button", name="Trigger Message Extension App").last.click()
        await self.page.get_by_text(kind).click()

    async def pick(self, name: str) -> None:
        """Choose a colleague in the open dialog, from those whom the picker finds."""
        await self.dialog.get_by_role("combobox").first.press_sequentially(name.split()[0], delay=20)
        await self.page.get_by_role("option", name=name).click()

    async def close(self) -> None:
        """Close the open dialog."""
        await self.dialog.get_by_role("button", name="Close").click()
        await self.page.get_by_role("dialog").wait_for(state="detached")

    async def answers(self) -> list[tuple[str, int]]:
        """What was asked either way, and the status of its answer, as the page tells them."""
        text = (await self.page.locator("body").inner_text()).partition("Log Panel")[2]
        found = re.findall(r"-> (?:User Application|Microsoft 365 Agents Playground) (\w+) (\d{3})", text)
        return [(name, int(status)) for name, status in found]

    async def shoot(self, name: str) -> None:
        await self.page.wait_for_timeout(MOMENT)
        await self.page.screenshot(path=SHOTS / f"teams-{name}.png")


@asynccontextmanager
async def playground(folder: Path, *, port: int, bot: str) -> AsyncIterator[Playground]:
    """The page, with the bot at that address installed. It listens on every interface: it is ended when we leave."""
    program = await fetch(PACKAGE, VERSION) / "cli.js"
    file = folder / "playground.yml"
    file.write_text(json.dumps(config(), ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    arguments = (_node(), str(program), "-e", bot, "-c", "msteams", "-p", str(port), "--dt")
    arguments += ("--conversation-id", "personal-1")
    environment = {"M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(file)}
    log = HOME / "teams-client.log"
    async with (
        running(arguments, port=port, log=log, environment=environment, folder=folder),
        blank_page(1280, 900) as page,
    ):
        await page.goto(f"http://127.0.0.1:{port}/")
        await page.get_by_text("Connected.").first.wait_for()
        yield Playground(page)


def config() -> dict[str, Any]:
    """Five colleagues beside Ana (the program wants exactly five), a group, a team of two channels."""
    ana, *others = [_user(number, one) for number, one in enumerate((*STAFF, GUEST), 1)]
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": "22222222-0000-0000-0000-000000000011", "name": "Laurel"},
        "currentUser": ana,
        "users": others,
        "personalChat": {"id": "personal-1"},
        "groupChat": {"id": "group-1", "name": GROUP},
        "team": {
            "id": "team-1",
            "name": "Corp",
            "aadGroupId": "44444444-0000-0000-0000-000000000001",
            "channels": [{"id": "channel-2", "name": CHANNEL}],
        },
    }


def _user(number: int, who: Colleague) -> dict[str, str]:
    first, _, last = who.name.partition(" ")
    return {
        "id": f"user-{number}",
        "name": who.name,
        "userPrincipleName": who.email,
        "aadObjectId": f"33333333-0000-0000-0000-{number:012}",
        "givenName": first,
        "surname": last,
        "email": who.email,
    }


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("Node is needed to run the playground")
    return node
