"""The steps of two people in Slack: Alice reads English, Bob Spanish. Each is told by its first line."""

from collections.abc import Awaitable, Callable

from bot.i18n.copy import Copy
from tests.emulators.office import Office
from tests.emulators.workspace import ALICE, BOB, LANGUAGES, words

FORM_WORDS = "for staying late with the launch"
LINE_WORDS = "for the calm review"
BADGE_WORDS = "for jumping in on Friday"
OWN_WORDS = "for my own patience"
TYPED = (FORM_WORDS, LINE_WORDS, BADGE_WORDS, OWN_WORDS)
EN, ES = (Copy(LANGUAGES[account]) for account in (ALICE, BOB))

Step = Callable[[Office], Awaitable[None]]


async def form_opens(at: Office) -> None:
    """/kudos alone opens the form"""
    await at.act_as(ALICE)
    await at.page.say("/kudos")
    view = await at.opened(EN.line("kudos.form.title"))
    assert view["callback_id"] == "kudos"
    await at.page.shoot("01-form")


async def errors_show(at: Office) -> None:
    """sent empty, the form names each field at fault"""
    await at.page.submit()
    found = await at.page.errors()
    assert [line.partition(":")[0] for line in found] == ["receivers", "words"], found
    await at.page.shoot("02-errors")


async def words_stay(at: Office) -> None:
    """sent without anybody to thank, the form keeps what was typed"""
    field = at.page.input(EN.line("kudos.form.words")).locator("input")
    await field.fill(FORM_WORDS)
    await at.page.submit()
    await at.page.only_error("receivers")
    assert await field.input_value() == FORM_WORDS
    await at.page.shoot("03-words-kept")


async def form_gives(at: Office) -> None:
    """filled, the form gives: the celebration stands in the channel, and the modal offers Undo"""
    at.page.pick_people("receivers", BOB)
    at.page.pick_options("tags", "mentor")
    await at.page.submit()
    answer = await at.opened(EN.line("kudos.given_title"))
    assert EN.line("kudos.undo") in words(answer)
    await at.celebrates(FORM_WORDS, "#mentor")
    await at.page.shoot("04-form-given")
    await at.page.close()


async def bob_sees(at: Office) -> None:
    """Bob sees the celebration, and is told directly"""
    await at.act_as(BOB)
    await at.page.shoot("05-bob-sees")
    await at.said(FORM_WORDS, where=await at.direct(BOB))


async def undo_by_word(at: Office) -> None:
    """/laurel undo turns the celebration into the neutral line"""
    post, before = await at.celebrates(FORM_WORDS), await at.count()
    await at.act_as(ALICE)
    await at.page.say("/laurel undo")
    await at.tells(ALICE, "Bob Boss", after=before)
    gone = await at.now(post, EN.line("kudos.taken_back"))
    assert FORM_WORDS not in words(gone)
    await at.page.shoot("06-undone-by-word")


async def one_line_gives(at: Office) -> None:
    """/kudos with a mention and a #tag gives in one line, and only the giver gets the answer"""
    before = await at.count()
    await at.page.say("/kudos ", "@bob", f"thanks {LINE_WORDS} #teamwork")
    await at.tells(ALICE, EN.line("kudos.given_title"), EN.line("kudos.undo"), after=before)
    await at.celebrates(f"thanks {LINE_WORDS} #teamwork", after=before)
    await at.page.shoot("07-one-line")


async def others_cannot_undo(at: Office) -> None:
    """Bob, for whom the page shows the button too, cannot undo what Alice gave"""
    before = await at.count()
    await at.act_as(BOB)
    await at.page.press(EN.line("kudos.undo"))
    await at.tells(BOB, ES.line("refusals.not_your_gift"), after=before)
    await at.celebrates(LINE_WORDS)
    await at.page.shoot("08-not-his")


async def undo_by_button(at: Office) -> None:
    """her own Undo button turns the celebration into the neutral line, and the answer into what happened"""
    post = await at.celebrates(LINE_WORDS)
    answer = await at.said(EN.line("kudos.given_title"))
    await at.act_as(ALICE)
    await at.page.press(EN.line("kudos.undo"))
    gone = await at.now(post, EN.line("kudos.taken_back"))
    assert LINE_WORDS not in words(gone)
    assert EN.line("kudos.undo") not in words((await at.now(answer, "Bob Boss"))["blocks"])
    await at.page.shoot("09-undone-by-button")


async def badge_gives(at: Office) -> None:
    """/badge with a mention, a badge's name and words gives it"""
    before = await at.count()
    await at.page.say("/badge ", "@bob", f"Team Player {BADGE_WORDS}")
    await at.tells(ALICE, "Team Player", EN.line("badge.undo"), after=before)
    await at.celebrates(BADGE_WORDS, "Team Player", after=before)
    await at.page.shoot("10-badge")


async def refusal_hands_back(at: Office) -> None:
    """thanking oneself is refused, and the words come back ready to be sent again"""
    before = await at.count()
    await at.page.say("/kudos ", "@alice", f"thanks {OWN_WORDS}")
    back = f'/kudos @"Alice Anderson" thanks {OWN_WORDS}'
    await at.tells(ALICE, EN.line("refusals.self_kudos"), back, after=before)
    assert await at.count() == before + 1
    await at.page.shoot("11-refused")


async def help_tells(at: Office) -> None:
    """/laurel help tells the commands"""
    before = await at.count()
    await at.page.say("/laurel help")
    await at.tells(ALICE, EN.line("help.title"), "kudos", "badge", after=before)
    await at.page.shoot("12-help")


async def points_count(at: Office) -> None:
    """/laurel points tells Bob, in Spanish, what the badge brought"""
    before = await at.count()
    await at.act_as(BOB)
    await at.page.say("/laurel points")
    await at.tells(BOB, ES.line("points.balance", count=10), after=before)
    await at.page.shoot("13-points")


async def mention_is_heard(at: Office) -> None:
    """the bot, mentioned in the channel, answers Bob alone"""
    before = await at.count()
    await at.page.say("@laurel", "badges")
    await at.tells(BOB, "Team Player", after=before)
    await at.page.shoot("14-mention")


async def direct_message(at: Office) -> None:
    """a direct message with "points" is answered there"""
    direct = await at.direct(BOB)
    await at.page.go_direct()
    await at.page.say("points")
    answer = await at.said(ES.line("points.balance", count=10), where=direct)
    assert answer.get("subtype") is None
    await at.page.shoot("15-direct-points")


async def form_from_message(at: Office) -> None:
    """a direct message with "badge" leads to the form by a button, and the form gives"""
    await at.page.say("badge")
    await at.said(ES.line("slack.open_form"), where=await at.direct(BOB))
    await at.page.press(ES.line("slack.open_form"))
    await at.opened(ES.line("badge.form_title"))
    at.page.pick_people("receivers", ALICE)
    await at.page.input(ES.line("badge.reward")).locator("select").select_option(index=3)
    await at.page.input(ES.line("badge.words")).locator("input").fill(BADGE_WORDS)
    await at.page.shoot("16-badge-form")
    await at.page.submit()
    await at.opened(ES.line("badge.undo"), "Alice Anderson")
    await at.page.shoot("17-badge-given")
    await at.page.close()
    assert await at.slack.views() == []


async def home_shows(at: Office) -> None:
    """App Home shows what she has, and its button opens the form"""
    await at.act_as(ALICE)
    await at.page.go_home()
    await at.page.shows(EN.line("home.title"), EN.line("home.gave"))
    await at.page.shoot("18-home")
    await at.page.page.get_by_role("button", name=EN.line("slack.home_kudos"), exact=True).click()
    await at.opened(EN.line("kudos.form.title"))
    await at.page.close()


async def all_answered(at: Office) -> None:
    """every request of the client was answered with success"""
    bad = await at.slack.bad_answers()
    assert bad == [], bad


STEPS: tuple[Step, ...] = (
    form_opens, errors_show, words_stay, form_gives, bob_sees, undo_by_word,
    one_line_gives, others_cannot_undo, undo_by_button, badge_gives, refusal_hands_back,
    help_tells, points_count, mention_is_heard, direct_message, form_from_message, home_shows, all_answered,
)  # fmt: skip
