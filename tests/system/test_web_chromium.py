"""The web chat in a real browser, by keyboard alone: on a phone's width and on a desk's."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from engine.db.connection import SessionFactory
from tests import people, rewards, services
from tests.conftest import Clock
from tests.journeys.web.world import KEY, running
from tests.waiting import PATIENCE as SECONDS

pytestmark = pytest.mark.process

PATIENCE = SECONDS * 1000  # milliseconds, as a browser counts
expect.set_options(timeout=PATIENCE)  # five seconds are not always enough
SHOTS = Path(__file__).parents[2] / "var" / "screenshots"
ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PHONE, DESK = (375, 740), (1280, 800)
STAFF = {
    "Ana López": ("Designer", "Product"),
    "Bob Miller": ("Engineer", "Platform"),
    "Carla Núñez": ("Account Manager", "Sales"),
    "Dai Sato": ("Support Lead", "Customer Care"),
}


@asynccontextmanager
async def laurel(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, more_badges: Sequence[str] = ()
) -> AsyncIterator[str]:
    """The whole bot behind the web chat, with its relay; its address."""
    async with writing.begin() as session:
        for name, (title, department) in STAFF.items():
            await people.add(session, name, title=title, department=department)
        await rewards.add(session, "Team Player", emoji="🤝", description="Jumps in where help is needed")
        await rewards.add(session, "Bright Idea", emoji="💡", description="An idea that changed how we work")
        for name in more_badges:
            await rewards.add(session, name, emoji="🏅", description="One of many")
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, KEY)
    async with running(bot) as (channel, server):
        relay = Relay(writing, reading, {"web": channel}, clock, random.Random(1), MemoryRateLimiter(clock), KEY)
        bot.wake = relay.wake
        task = asyncio.create_task(relay.run())
        yield f"http://127.0.0.1:{server.port}"
        await relay.stop()
        await task


@asynccontextmanager
async def page_of(browser: Browser, size: tuple[int, int], scheme: str = "light") -> AsyncIterator[Page]:
    """One page of a new browser window. Whatever the page's script complains of fails the test."""
    window = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
    )
    complaints: list[str] = []
    page = await window.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    yield page
    assert complaints == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await window.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    services.need("chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=services.chromium(), args=ALONE, timeout=PATIENCE)
        yield opened
        await opened.close()


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=SHOTS / f"{name}.png")


async def be(page: Page, address: str, name: str) -> None:
    """Choose who to be: type the name, go to the only one who is left, press Enter."""
    await page.goto(f"{address}/who")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type(name)
    await expect(page.locator(".faces button")).to_have_count(1)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("body[data-live]")).to_be_visible()
    await expect(page.get_by_role("textbox")).to_be_focused()


@pytest.mark.parametrize(("size", "label"), [(PHONE, "phone"), (DESK, "desk")])
async def test_giving_by_keyboard_alone(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser, size: tuple[int, int], label: str
) -> None:
    async with laurel(writing, reading, clock) as address, page_of(browser, size) as page:
        await page.goto(address)
        await shoot(page, f"{label}-who")
        await be(page, address, "bob")
        await shoot(page, f"{label}-empty")
        await thank_in_one_line(page, label)
        await give_a_badge_through_the_form(page, label)
        await take_it_back(page, label)
        await page.goto(f"{address}/c/announcements")
        await expect(page.locator(".tone-celebration")).to_have_count(1)
        await expect(page.locator(".tone-neutral")).to_have_count(1)
        await shoot(page, f"{label}-announcements")


async def thank_in_one_line(page: Page, label: str) -> None:
    keys = page.keyboard
    box = page.locator("#text")
    await keys.type("/")
    options = page.get_by_role("option")
    await expect(options).to_have_count(len([verb for verb in ALL_COMMANDS if not verb.admin]))
    await expect(box).to_have_attribute("aria-expanded", "true")
    await shoot(page, f"{label}-commands")
    await keys.type("ku")
    await expect(options).to_have_count(1)
    await keys.press("Enter")
    await expect(box).to_have_value("/kudos ")
    await keys.type("@a")
    await expect(options.first).to_contain_text("Ana López")
    await expect(box).to_have_attribute("aria-activedescendant", "suggestions-0")
    await shoot(page, f"{label}-people")
    await keys.press("ArrowDown")
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await keys.type("and @car")
    await expect(options.first).to_contain_text("Carla Núñez")
    await keys.press("Enter")
    await keys.type("for the launch, you were wonderful #teamwork")
    await keys.press("Enter")
    await expect(page.locator(".tone-celebration")).to_contain_text("you were wonderful")
    await expect(page.locator(".only-you")).to_be_visible()
    await expect(box).to_be_focused()
    await expect(box).to_have_value("")
    await shoot(page, f"{label}-kudos")


async def give_a_badge_through_the_form(page: Page, label: str) -> None:
    keys = page.keyboard
    await keys.type("/badge")
    await keys.press("Escape")
    await keys.press("Enter")
    sheet = page.get_by_role("dialog")
    await expect(sheet).to_be_visible()
    await expect(sheet.get_by_role("textbox").first).to_be_focused()
    await keys.press("Enter")  # sends the empty form
    await expect(sheet.locator(".error").first).to_be_visible()
    await shoot(page, f"{label}-errors")
    await keys.type("dai")
    await expect(sheet.get_by_role("option")).to_have_count(1)
    await keys.press("Enter")
    await expect(sheet.locator(".chip")).to_contain_text("Dai Sato")
    await keys.press("Tab")
    await keys.press("Space")
    await keys.press("Tab")
    await keys.type("for staying calm when the phones rang all day")
    await shoot(page, f"{label}-form")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(sheet).to_be_hidden()
    await expect(page.locator(".tone-celebration")).to_have_count(2)
    await expect(page.locator("#text")).to_be_focused()
    await shoot(page, f"{label}-badge")


async def take_it_back(page: Page, label: str) -> None:
    undo = page.get_by_role("button", name="Undo").last
    for _ in range(8):
        await page.keyboard.press("Shift+Tab")
        if await undo.evaluate("button => button === document.activeElement"):
            break
    await expect(undo).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".tone-neutral")).to_have_count(2)  # the giver's own card, and the celebration
    await expect(page.locator(".tone-celebration")).to_have_count(1)
    await shoot(page, f"{label}-undone")


async def test_what_others_do_appears_by_itself(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser
) -> None:
    async with (
        laurel(writing, reading, clock) as address,
        page_of(browser, DESK, "dark") as ana,
        page_of(browser, PHONE, "dark") as bob,
    ):
        clock.advance(minutes=1)  # news goes to the account that was used last
        await be(ana, address, "ana")
        await be(bob, address, "bob")
        await bob.keyboard.type("Morning all! Coffee at ten?")
        await bob.keyboard.press("Enter")
        await expect(ana.locator(".bubble")).to_have_text("Morning all! Coffee at ten?")
        await expect(ana.locator("#spoken")).to_contain_text("Coffee at ten")
        await bob.keyboard.type("/kudos @ana for the best coffee in town #positive")
        await bob.keyboard.press("Escape")
        await bob.keyboard.press("Enter")
        await expect(ana.locator(".tone-celebration")).to_contain_text("best coffee")
        for slug in ("announcements", "laurel"):
            await expect(ana.locator(f"a[data-slug={slug}] .unread b")).to_have_text("1")
        await expect(ana).to_have_title("(2) #general · Laurel")
        await shoot(ana, "dark-desk")
        await shoot(bob, "dark-phone")
        await ana.goto(f"{address}/c/laurel")
        await expect(ana.locator(".tone-celebration")).to_contain_text("best coffee")
        await expect(ana.locator("a[data-slug=laurel] .unread")).to_be_hidden()


async def test_it_works_without_script(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser
) -> None:
    async with laurel(writing, reading, clock) as address:
        window = await browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 740})
        page = await window.new_page()
        page.set_default_timeout(PATIENCE)
        await page.goto(address)
        await page.click("button:has-text('Bob Miller')")
        await page.fill("#text", "/kudos")
        await page.click(".send")
        await page.fill("[name='field.receivers']", "Ana López")
        await page.fill("dialog textarea", "for your patience")
        await shoot(page, "no-script-form")
        await page.reload()
        await expect(page.locator("dialog")).to_be_visible()
        await page.fill("[name='field.receivers']", "Ana López")
        await page.fill("dialog textarea", "for your patience")
        await page.click("dialog button.primary")
        await expect(page.locator(".only-you")).to_be_visible()
        await page.click("button:has-text('Undo')")
        await expect(page.locator(".only-you")).to_be_visible()
        await shoot(page, "no-script-undone")
        for number in range(20):
            await page.fill("#text", f"line {number}")
            await page.click(".send")
        await page.goto(f"{address}/c/general")
        await expect(page.locator(".bubble").last).to_be_in_viewport(ratio=1)
        await expect(page.locator(".bubble").first).not_to_be_in_viewport()
        await shoot(page, "no-script-newest")
        await window.close()


@pytest.mark.parametrize(("size", "label"), [(PHONE, "phone"), (DESK, "desk")])
async def test_one_badge_of_many_is_found_by_typing(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser, size: tuple[int, int], label: str
) -> None:
    badges = [f"Badge {chr(65 + number)}" for number in range(20)] + ["Espíritu de equipo"]
    async with laurel(writing, reading, clock, badges) as address, page_of(browser, size) as page:
        await be(page, address, "bob")
        await page.keyboard.type("/badge @ana")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog")
        await sheet.get_by_label("Type to find one").focus()
        await shoot(page, f"{label}-many-badges")
        await page.keyboard.type("espiritu")
        await expect(sheet.locator(".choice:visible")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(sheet.get_by_role("radio", name="Espíritu de equipo")).to_be_checked()
        await expect(sheet.locator(".choice:visible")).to_have_count(1)
        await shoot(page, f"{label}-badge-found")
        await page.keyboard.press("Shift+Tab")
        await expect(sheet.locator(".choice:visible")).to_have_count(23)
        await page.keyboard.type("badge")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(sheet.get_by_role("radio", name="Badge B")).to_be_checked()
        await expect(sheet.locator(".choice:visible")).to_have_count(21)  # and the one that was chosen
        await sheet.locator(".choice", has_text="Badge C").click()
        await expect(sheet.get_by_role("radio", name="Badge C")).to_be_checked()
        await expect(sheet.locator(".choice:visible")).to_have_count(1)


async def test_a_window_notices_that_another_one_became_somebody_else(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser
) -> None:
    async with laurel(writing, reading, clock) as address, page_of(browser, PHONE) as carla:
        await be(carla, address, "carla")
        await carla.keyboard.type("half a sentence")
        bob = await carla.context.new_page()
        bob.set_default_timeout(PATIENCE)
        await bob.goto(f"{address}/who")
        await bob.click("button:has-text('Bob Miller')")
        notice = carla.get_by_role("alert")
        await expect(notice).to_contain_text("somebody else in another window")
        await expect(carla.locator("#text")).to_have_value("half a sentence")
        await shoot(carla, "stale")
        await notice.get_by_role("button", name="Reload").click()
        await expect(carla.locator("body[data-live]")).to_be_visible()
        await expect(carla.locator("#text")).to_have_value("half a sentence")
        await expect(carla.locator(".me .who")).to_contain_text("Bob Miller")


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_words_are_never_lost_while_an_answer_is_awaited(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, browser: Browser
) -> None:
    async with laurel(writing, reading, clock) as address, page_of(browser, DESK) as page:
        await be(page, address, "carla")
        slow, down = asyncio.Event(), "() => { window.fetch = async () => { throw new TypeError('offline'); }; }"

        async def hold(route: Route) -> None:
            await slow.wait()
            await route.continue_()

        await page.route("**/say", hold)
        box = page.locator("#text")
        for words in ("first words", "second words"):
            await page.keyboard.type(words)
            await page.keyboard.press("Enter")
            await expect(box).to_have_value("")
        await page.keyboard.type("third words")
        slow.set()
        shown = page.locator("#messages")
        await expect(shown).to_contain_text("first words")
        await expect(shown).to_contain_text("second words")
        await expect(box).to_have_value("third words")
        await page.evaluate(down)
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("third words")
