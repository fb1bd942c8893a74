"""The emulator's page in a real browser: what a person types, picks and presses."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Locator, Page, WebSocketRoute, expect

from tests.emulators.browser import SHOTS, blank_page

PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Window:
    page: Page
    picked: dict[str, dict[str, Any]] = field(default_factory=dict)  # what the page has no field for

    async def be(self, name: str) -> None:
        """Act as the person of this name."""
        await self.page.locator(".actas select").select_option(label=name)

    async def say(self, *parts: str) -> None:
        """Type it and press Enter. A part that begins with "@" is chosen from the list that the page offers."""
        box = self.page.locator("textarea.composer-input")
        await box.click()
        for part in parts:
            await box.press_sequentially(part.rstrip() if part.startswith("@") else part)
            if part.startswith("@"):
                await self.page.locator(".mention-option").first.wait_for()
                await box.press("Enter")
                await self.page.evaluate(PAINTED)  # then the page has put the cursor where it belongs
        await box.press("Enter")

    def input(self, label: str) -> Locator:
        """The field under this label in the open modal."""
        return self.page.locator(".modal .bk-input", has_text=label)

    def pick_people(self, name: str, *accounts: str) -> None:
        """Choose people in a field. The page cannot show it: the choice is put into what the page sends."""
        self.picked[name] = {"type": "multi_users_select", "selected_users": list(accounts)}

    def pick_options(self, name: str, *values: str) -> None:
        """The same for a field of several choices."""
        chosen = [{"value": value} for value in values]
        self.picked[name] = {"type": "multi_static_select", "selected_options": chosen}

    async def submit(self) -> None:
        await self.page.locator(".modal .modal-btn.primary").click()

    async def close(self) -> None:
        """Close the open modal."""
        await self.page.locator(".modal-x").click()
        await self.page.locator(".modal").wait_for(state="detached")
        self.picked.clear()

    async def errors(self) -> list[str]:
        """What the modal complains of, as the page shows it: "field: sentence"."""
        await self.page.locator(".modal-error").first.wait_for()
        return await self.page.locator(".modal-error").all_inner_texts()

    async def only_error(self, field: str) -> None:
        """Wait until the modal complains of this field alone."""
        await expect(self.page.locator(".modal-error")).to_have_count(1)
        await expect(self.page.locator(".modal-error")).to_contain_text(f"{field}:")

    async def go_direct(self) -> None:
        """Open the first direct conversation at the side."""
        await self.page.locator(".sidebar-item:has(.dot)").first.click()

    async def go_home(self) -> None:
        """Open the bot's own page."""
        await self.page.locator(".sidebar-item", has_text="laurel").last.click()

    async def shows(self, *words: str) -> None:
        """Wait until the page says all of the words."""
        for one in words:
            await expect(self.page.locator("body")).to_contain_text(one)

    async def press(self, label: str) -> None:
        """The newest button of this label in the conversation."""
        await self.page.locator(".messages").get_by_role("button", name=label, exact=True).last.click()

    async def shoot(self, name: str) -> None:
        await self.page.wait_for_timeout(250)  # for the list to scroll
        await self.page.screenshot(path=SHOTS / f"slack-{name}.png")

    def route(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda frame: server.send(self._with_picked(frame)))

    def _with_picked(self, frame: str | bytes) -> str | bytes:
        sent: dict[str, Any] = json.loads(frame)
        if sent.get("t") != "view_submit" or not self.picked:
            return frame
        sent["values"] |= {name: {name: answer} for name, answer in self.picked.items()}
        return json.dumps(sent)


@asynccontextmanager
async def window(address: str) -> AsyncIterator[Window]:
    """The page at `address`. Raises as `blank_page`."""
    async with blank_page(1100, 820) as page:
        opened = Window(page)
        await page.route_web_socket("**/ui", opened.route)
        await page.goto(address)
        await page.locator("textarea.composer-input").wait_for()
        yield opened
