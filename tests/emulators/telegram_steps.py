"""The steps of Ana in her Telegram chat with the bot. Each is told by its first line."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from bot.i18n.copy import Copy
from tests.emulators.laurel import Colleague
from tests.emulators.telegram_chat import Chat, letter

ANA = Colleague("Ana López", "ana@corp.test", "en")
BOB = Colleague("Bob Boss", "bob@corp.test", "es")
STAFF = (ANA, BOB)
LINE_WORDS = "for staying late with the launch"
FORM_WORDS = "for the calm review"
TYPED = (LINE_WORDS, FORM_WORDS)
EN = Copy("en")

Step = Callable[[Chat], Awaitable[None]]


async def stranger(at: Chat) -> None:
    """whom nobody knows yet is told the way in"""
    await at.start()
    await at.sees("link")
    await at.shoot("01-stranger")


async def linked(at: Chat) -> None:
    """the code from the letter makes her who she is"""
    await at.say(f"/link {ANA.email}")
    await at.sees(EN.line("link.sent", count=15))
    found = re.search(r"there: link (\S+)\. ", await letter(at.mail))
    assert found
    await at.say(f"/link {found[1]}")
    await at.sees(EN.line("link.done", name=ANA.name))
    await at.shoot("02-linked")


async def command(at: Chat) -> None:
    """a command in one line gives"""
    await at.say(f"/kudos @Bob thanks {LINE_WORDS} #teamwork")
    await at.sees(EN.line("kudos.given_title"), BOB.name)
    await at.shoot("03-given")


async def undone(at: Chat) -> None:
    """Undo changes that very message"""
    before = await at.page.locator(".message").count()
    await at.press(EN.line("kudos.undo"))
    await at.sees(BOB.name, "taken back")
    await expect(at.page.locator(".message")).to_have_count(before)
    await at.shoot("04-undone")


async def form(at: Chat) -> None:
    """a command that lacks everything is asked for, one question at a time"""
    await at.say("/kudos")
    await at.sees(EN.line("kudos.form.receivers"))
    await at.shoot("05-question")


async def answered(at: Chat) -> None:
    """names are pressed or typed, what is not needed is skipped, and the whole is shown before it is sent"""
    await at.say("Bob")
    await at.sees(BOB.name, EN.line("kudos.form.words"))
    await at.shoot("06-words")
    await at.say(FORM_WORDS)
    await at.sees(EN.line("kudos.form.tags"))
    await at.shoot("07-tags")
    await at.press(EN.line("telegram.skip"))
    await at.sees(EN.line("kudos.form.more_tags"))
    await at.press(EN.line("telegram.skip"))
    await at.sees(EN.line("kudos.form.private"))
    await at.press(EN.line("telegram.no"))
    await at.sees(EN.line("telegram.ready"), FORM_WORDS)
    await at.shoot("08-ready")
    await at.press(EN.line("kudos.form.submit"))
    await at.sees(EN.line("kudos.given_title"), BOB.name)
    await at.shoot("09-form-given")


async def refused(at: Chat) -> None:
    """a refusal says why, and hands the words back"""
    await at.say(f"/kudos @Ana thanks {LINE_WORDS}")
    await at.sees(EN.line("refusals.self_kudos"), LINE_WORDS)
    await at.shoot("10-refused")


async def paged(at: Chat) -> None:
    """a long list comes in pages, and Cancel ends a form"""
    await at.say("/badge @Bob")
    await at.sees(EN.line("badge.reward"))
    await at.shoot("11-badge")
    await at.press(EN.line("telegram.cancel"))
    await at.sees(EN.line("telegram.cancelled"))
    await at.shoot("12-cancelled")


async def told(at: Chat) -> None:
    """help, points and badges are answered"""
    await at.say("/points")
    await at.sees(EN.line("points.title"))
    await at.say("/help")
    await at.sees(EN.line("commands.kudos.does"))
    await at.shoot("13-help")


STEPS: tuple[Step, ...] = (stranger, linked, command, undone, form, answered, refused, paged, told)
