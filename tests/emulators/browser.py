"""A real browser that reaches this machine only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from tests import services
from tests.emulators.packages import HOME

SHOTS = HOME
ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@asynccontextmanager
async def blank_page(width: int, height: int) -> AsyncIterator[Page]:
    """A page of that size in pixels. RuntimeError where there is no browser; AssertionError where a script failed."""
    if why := services.chromium_missing():
        raise RuntimeError(why)
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=services.chromium(), args=ALONE)
        page = await browser.new_page(viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC")
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
        assert complaints == [], complaints
