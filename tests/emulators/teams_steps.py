"""The steps of Ana in Teams, an administrator who reads English. Each is told by its first line."""

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from bot.i18n.copy import Copy
from tests.emulators.playground import ANA, BOB, CHANNEL, GROUP, GUEST, PERSONAL, Playground

GROUP_WORDS = "for staying late with the launch"
BADGE_WORDS = "for jumping in on Friday"
FORM_WORDS = "for the calm review"
TYPED = (GROUP_WORDS, BADGE_WORDS, FORM_WORDS)
EN = Copy("en")

Step = Callable[[Playground], Awaitable[None]]


async def welcome(at: Playground) -> None:
    """installed, the bot says who it is"""
    await at.sees(EN.line("help.welcome"), EN.line("help.how.direct"))
    await at.shoot("01-welcome")


async def message(at: Playground) -> None:
    """a message is answered where it was written"""
    await at.say("points")
    await at.sees(EN.line("points.nothing_yet"))
    await at.say("help")
    await at.sees(EN.line("commands.kudos.does"))
    await at.shoot("02-help")


async def mention(at: Playground) -> None:
    """in a group, a mention of the bot and of a colleague is a gift, and it is celebrated there"""
    await at.go(GROUP)
    await at.sees(EN.line("help.how.mention"))
    await at.say("@Laurel", " kudos ", f"@{BOB.name}", f" thanks {GROUP_WORDS} #teamwork")
    await at.sees(f"thanks {GROUP_WORDS} #teamwork", ANA.name, BOB.name)
    await at.shoot("03-celebration")


async def execute(at: Playground) -> None:
    """the giver alone is answered, in their chat, and Undo changes that card and the celebration in place"""
    await at.go(PERSONAL)
    answer = await at.sees(EN.line("kudos.given_title"))
    await at.shoot("04-given")
    await at.press(answer, EN.line("kudos.undo"))
    await at.sees(EN.line("kudos.taken_back_title"), BOB.name)
    await expect(at.card(EN.line("kudos.given_title"))).to_have_count(0)
    await at.shoot("05-undone")
    await at.go(GROUP)
    await at.sees(EN.line("kudos.taken_back"))
    await expect(at.card(GROUP_WORDS)).to_have_count(0)
    await at.shoot("06-celebration-undone")


async def channel(at: Playground) -> None:
    """an administrator makes a channel the place for celebrations"""
    await at.go(CHANNEL)
    await at.sees(EN.line("help.how.mention"))
    await at.post("@Laurel", " announce here")
    await at.sees(EN.line("announce.now_on"))
    await at.shoot("07-announce-here")


async def announced(at: Playground) -> None:
    """a badge given in the group is celebrated there and in the channel"""
    await at.go(GROUP)
    await at.say("@Laurel", " badge ", f"@{BOB.name}", f" Team Player {BADGE_WORDS}")
    await at.sees("Team Player", BADGE_WORDS)
    await at.shoot("08-badge")
    await at.go(CHANNEL)
    await at.sees("Team Player", BADGE_WORDS)
    await at.shoot("09-channel")


async def form(at: Playground) -> None:
    """a command that lacks something leads to its form by a button"""
    await at.go(PERSONAL)
    await at.say("kudos")
    card = await at.sees(EN.line("kudos.form.title"), EN.line("teams.open_form"))
    await expect(card.get_by_role("button", name=EN.line("teams.open_form"))).to_be_visible()
    await at.shoot("10-way-to-form")


async def extension(at: Playground) -> None:
    """the message extension opens the form; sent empty it says what is needed"""
    await at.extension("Action Command")
    await at.dialog.get_by_role("textbox").first.fill("kudos")
    await at.dialog.get_by_role("button", name="Create").click()
    await expect(at.dialog).to_contain_text(EN.line("kudos.form.receivers"))
    await at.shoot("11-extension")
    await at.press(at.dialog, EN.line("kudos.form.submit"))
    await expect(at.dialog).to_contain_text(EN.line("form.required"))
    await at.shoot("12-extension-required")


async def field_error(at: Playground) -> None:
    """what cannot be is said beside its field, and what was typed stays"""
    await at.pick(GUEST.name)
    await at.dialog.locator("textarea").fill(FORM_WORDS)
    await at.press(at.dialog, EN.line("kudos.form.submit"))
    await expect(at.dialog).to_contain_text(EN.line("refusals.unknown_person", who=GUEST.name))
    await expect(at.dialog.locator("textarea")).to_have_value(FORM_WORDS)
    await expect(at.dialog.get_by_role("checkbox")).not_to_be_checked()
    await at.shoot("13-extension-error")


async def extension_gives(at: Playground) -> None:
    """mended, the form gives, to be seen by everybody, and offers Undo"""
    await at.dialog.locator("[class*=removeButton]").click()
    await at.pick(BOB.name)
    await at.press(at.dialog, EN.line("kudos.form.submit"))
    await expect(at.dialog).to_contain_text(EN.line("kudos.given_title"))
    await expect(at.dialog.get_by_role("button", name=EN.line("kudos.undo"))).to_be_visible()
    await at.shoot("14-extension-given")
    await at.close()


async def search(at: Playground) -> None:
    """the message extension finds a celebration by its words"""
    await at.extension("Search Command")
    await at.page.get_by_placeholder("Enter a search term").fill("review")
    await expect(at.page.get_by_text(FORM_WORDS).last).to_be_visible()
    await at.shoot("15-search")


async def all_answered(at: Playground) -> None:
    """every request, either way, was answered with success"""
    found = await at.answers()
    bad = {(name, status) for name, status in found if status not in range(200, 300)}
    assert found
    assert bad <= {("getConversationMember", 404)}, bad  # it knows people by another id than the one of Entra


STEPS: tuple[Step, ...] = (
    welcome, message, mention, execute, channel, announced,
    form, extension, field_error, extension_gives, search, all_answered,
)  # fmt: skip
