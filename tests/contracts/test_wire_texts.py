"""The eyes of the journeys on the wire: they read pages and Block Kit as people do, and overlook no word of ours."""

import pytest

from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from tests.journeys.wire.seen import Shown, sentence
from tests.journeys.wire.world import whole
from tests.marks import outside
from tests.platforms.block_texts import Json, of_call, of_message, of_view
from tests.platforms.html_page import parsed, sent, visible
from tests.tables import each_row

DATA = {"Ana López", "Team Player", "general"}


def stray(texts: list[str]) -> list[str]:
    return [text for text in texts if any(mark.isalpha() for mark in outside(whole(text), DATA))]


def name(account: str) -> str:
    return {"UANA": "Ana López"}[account]


def plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


GOOD_PAGE = """<html><head><title>general · ⟦Laurel⟧</title><script>let stray</script></head>
<body data-offline="⟦That did not go through⟧"><p>⟦From <bdi>Somebody</bdi> · <time>2 March</time>⟧</p>
<ul><li>Ana López</li><li><bdi>Ana López</bdi><small>Team Player</small> 12 🏅</li></ul>
<img alt="⟦Badge⟧"><svg><title>a path</title></svg><time>2 March 2026</time>
<form><input type="hidden" name="token" value="stray"><input type="text" name="who" placeholder="⟦Find⟧"
 value="Ana López"><textarea name="words">
Team Player</textarea><select name="badge"><option value="">⟦Choose⟧</option>
<option value="7" selected>Team Player</option>
</select><input type="checkbox" name="tag" value="a" checked><input type="checkbox" name="tag" value="b">
<button name="pressed" value="1">⟦Send⟧</button></form></body></html>"""


def test_a_page_is_read_as_it_is_seen() -> None:
    texts = visible(parsed(GOOD_PAGE), "time")
    assert stray(texts) == []
    assert {"⟦Find⟧", "⟦Badge⟧", "⟦Send⟧", "⟦Choose⟧", "⟦That did not go through⟧"} <= set(texts)
    assert Shown(tuple(visible(parsed("<p>Hello <b>Ana</b>,<br> how are you?</p>")))).text == "Hello Ana,\nhow are you?"


def test_a_form_is_sent_as_a_browser_would() -> None:
    (form,) = parsed(GOOD_PAGE).each("form")
    whole_form = [("token", "stray"), ("who", "Ana López"), ("words", "Team Player"), ("badge", "7"), ("tag", "a")]
    assert sent(form) == whole_form


@each_row(
    "html",
    [
        "<p>stray</p>",
        "<p>⟦Hello⟧ and <b>more</b></p>",
        "<p>Ana López<b>stray</b></p>",
        '<p aria-label="stray"></p>',
        '<img alt="stray">',
        '<a title="stray">⟦Here⟧</a>',
        '<input type="search" placeholder="stray">',
        '<input type="text" value="stray">',
        '<body data-nobody="stray"></body>',
        "<textarea>stray</textarea>",
        "<select><option>stray</option></select>",
        "<template><li>stray</li></template>",
        "<p hidden>stray</p>",
        "<title>stray</title>",
    ],
)
def test_no_word_of_a_page_is_overlooked(html: str) -> None:
    assert stray(visible(parsed(html), "time"))


@each_row("html", ["<p>⟦Hello</p>", "<p>Hello⟧</p>"])
def test_half_a_mark_is_a_fault(html: str) -> None:
    with pytest.raises(AssertionError):
        stray(visible(parsed(html)))


@each_row("html", ["<p><b>x</p></b>", "<ul><li>x</ul>", "<div>"])
def test_a_page_that_is_not_closed_as_opened_is_a_fault(html: str) -> None:
    with pytest.raises(AssertionError):
        parsed(html)


GOOD_BLOCKS: list[Json] = [
    {"type": "header", "text": plain("⟦🤝 Hello⟧")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "⟦<@UANA> gave⟧ *Team Player* <!date^1^{date}|2 March>"}},
    {"type": "context", "elements": [plain("⟦Small⟧")]},
    {"type": "divider"},
    {"type": "image", "alt_text": "⟦Badge⟧", "image_url": "https://laurel.test/a.png"},
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "user", "user_id": "UANA"}, {"type": "text", "text": " ⟦thanks⟧"}],
            }
        ],
    },
]


def test_blocks_are_read_as_they_are_seen() -> None:
    texts = list(of_message({"text": "⟦R&amp;D⟧", "blocks": GOOD_BLOCKS}, name))
    assert texts == ["⟦R&D⟧", "⟦🤝 Hello⟧", "⟦Ana López gave⟧ Team Player ", "⟦Small⟧", "⟦Badge⟧", "Ana López ⟦thanks⟧"]
    assert stray(texts) == []
    assert stray(["⟦💌 Your thanks are on…"]) == []


def field(**element: object) -> Json:
    return {"type": "input", "label": plain("⟦Who⟧"), "element": {"type": "static_select"} | element}


OPTION: Json = {"text": plain("stray"), "value": "1"}


@each_row(
    "block",
    [
        {"type": "header", "text": plain("stray")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<@UANA> stray"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://laurel.test|stray>"}},
        {"type": "context", "elements": [plain("⟦Small⟧"), plain("stray")]},
        {"type": "image", "alt_text": "stray"},
        {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "stray"}]}]},
        {"type": "actions", "elements": [{"text": plain("stray")}]},
        {"type": "actions", "elements": [{"text": plain("⟦Undo⟧"), "confirm": {"title": plain("stray")}}]},
        {"type": "input", "label": plain("stray"), "element": {}},
        field() | {"hint": plain("stray")},
        field(placeholder=plain("stray")),
        field(initial_value="stray"),
        field(options=[OPTION]),
        field(options=[{"text": plain("Team Player"), "description": plain("stray"), "value": "1"}]),
        field(option_groups=[{"label": plain("stray"), "options": []}]),
        field(option_groups=[{"label": plain("⟦A⟧"), "options": [OPTION]}]),
    ],
)
def test_no_word_of_a_block_is_overlooked(block: Json) -> None:
    assert stray(list(of_message({"blocks": [block]}, name)))


def test_no_word_of_a_modal_or_an_answer_is_overlooked() -> None:
    view = {"title": plain("Title"), "submit": plain("Submit"), "blocks": []}
    assert stray(list(of_view(view, name))) == ["Title", "Submit"]
    assert stray(list(of_call({"response_action": "update", "view": view}, name))) == ["Title", "Submit"]
    assert stray(
        list(of_call({"unfurls": {"https://x.test": {"blocks": [{"type": "header", "text": plain("Who?")}]}}}, name))
    )
    assert stray(list(of_call({"response_action": "errors", "errors": {"who": "Who?"}}, name))) == ["Who?"]


def test_a_block_that_nobody_can_read_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        list(of_message({"blocks": [{"type": "video"}]}, name))


@each_row("language", ["en", "es", PSEUDO_LANGUAGE])
def test_a_sentence_is_found_again(language: str) -> None:
    copy = Copy(language)
    said = copy.line("kudos.given", receivers="Bob Roe")
    assert sentence(copy, "kudos.given").search(f"before {said} after")
    assert sentence(copy, "kudos.given", receivers="Bob Roe").search(said)
    assert not sentence(copy, "kudos.given", receivers="Ana").search(said)
    assert not sentence(copy, "undo.kudos").search(said)
    assert sentence(copy, "points.balance", count=1).search(copy.line("points.balance", count=1))
