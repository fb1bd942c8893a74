"""Messages within Telegram's limits, and people's text never as markup."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup, MessageEntity

from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Bold,
    Button,
    Card,
    Link,
    Mention,
    Person,
    Picture,
    Quote,
    Table,
    Text,
    Url,
    render_spans_as_text,
)
from bot.protocol.forms import ChoiceField, Form, Option, PersonField
from bot.protocol.turns import Ask
from channels.telegram import limits
from channels.telegram.forms.progress import (
    answer_question,
    begin_form,
    choose_option,
    dump_form_progress,
    load_form_progress,
    return_to_previous,
)
from channels.telegram.forms.question import render_telegram_form
from channels.telegram.handlers.confirmation import toggle_confirmation
from channels.telegram.render.cards import TelegramMessage, render_telegram_card
from channels.telegram.render.entities import clip_telegram_text, measure_telegram_text
from tests.cards import strategies
from tests.platforms.telegram import buttons, message_faults
from tests.tables import each_row

COPY = Copy("en")
ANA = Mention("Ana", 1, "1001")


def on_the_wire(said: TelegramMessage) -> dict[str, Any]:
    """What goes to Telegram, as JSON."""
    markup = {"reply_markup": said.keyboard.to_dict()} if said.keyboard else {}
    wire = {"text": said.text, "entities": [one.to_dict() for one in said.entities]} | markup
    return dict(json.loads(json.dumps(wire)))


def check(said: TelegramMessage) -> dict[str, Any]:
    wire = on_the_wire(said)
    assert message_faults(wire) == []
    assert wire["text"] == wire["text"].lstrip(), "Telegram cuts spaces off, and every offset would be wrong"
    wire["text"].encode()  # nothing that UTF-8 cannot carry
    return wire


def covered(said: TelegramMessage, kind: str) -> list[str]:
    """The stretches of the text that an entity of that kind covers."""
    raw = said.text.encode("utf-16-le")
    spans = [(one.offset * 2, (one.offset + one.length) * 2) for one in said.entities if one.type == kind]
    return [raw[start:end].decode("utf-16-le") for start, end in spans]


@given(strategies.cards, st.sampled_from(("en", "es", PSEUDO_LANGUAGE)))
@settings(max_examples=200, deadline=None)
def test_every_card_has_a_message_within_the_limits(card: Card, language: str) -> None:
    check(render_telegram_card(card, Copy(language)))


@given(strategies.asks, st.data())
@settings(max_examples=150, deadline=None)
def test_every_question_of_every_form_is_within_the_limits(ask: Ask, data: st.DataObject) -> None:
    at = begin_form(ask, "en")
    for _ in range(12):
        wire = check(render_telegram_form(at, COPY))
        assert all(one["callback_data"].startswith("step:") for one in buttons(wire))
        assert load_form_progress(json.loads(json.dumps(dump_form_progress(at)))) == at
        answer = data.draw(st.sampled_from(((), ("5",), ("v0",), ("2026-03-31",), ("x" * 5000,), (ANA,), ("on",))))
        at = data.draw(
            st.sampled_from(
                (answer_question(at, answer, COPY), return_to_previous(at), choose_option(at, 0, True, COPY))
            )
        )


@given(strategies.texts)
def test_text_never_becomes_markup(words: str) -> None:
    said = render_telegram_card(Card("", "s", (Text((words,)), Quote(words))), COPY)
    assert {one.type for one in said.entities} <= {MessageEntity.BLOCKQUOTE}
    assert said.text == "…" or said.text.startswith(clip_telegram_text(words, limits.PARAGRAPH).lstrip())


@each_row("hostile", strategies.HOSTILE)
def test_hostile_words_stay_words_in_every_place(hostile: str) -> None:
    parts = (
        Text((Bold(hostile), " ", Mention(hostile, 1, "1001"), " ", Url(hostile, "javascript:alert(1)"))),
        Quote(hostile),
        Person(Mention(hostile, 2), hostile),
        Table((hostile,), (((hostile,),),)),
    )
    said = render_telegram_card(
        Card(hostile, "s", parts, (Button(hostile, "undo.kudos-1.abc"), Link(hostile, "file:///etc"))), COPY
    )
    check(said)
    assert [one for one in said.entities if one.type == MessageEntity.TEXT_LINK] == []
    assert said.text.count(clip_telegram_text(hostile, 100).strip()) >= 7


def test_a_mention_notifies_by_the_account_and_five_at_most() -> None:
    people = tuple(Mention(f"Person {n}", n, str(1000 + n)) for n in range(1, 26))
    said = render_telegram_card(
        Card("Thanks", "s", (Text(COPY.names(people)), Text((Mention("Nobody", 99), Mention("Odd", 98, "U1"))))), COPY
    )
    wire = check(said)
    ids = [one["user"]["id"] for one in wire["entities"] if one["type"] == "text_mention"]
    assert ids == [1001, 1002, 1003, 1004, 1005]
    assert "Person 25" in said.text


def test_offsets_are_in_utf16_units() -> None:
    said = render_telegram_card(
        Card("👍 Title", "s", (Text(("👩‍👩‍👧 ", Bold("Bob"), " 🎉 ", ANA, Url("here", "https://corp.test/a b"))),)),
        COPY,
    )
    assert covered(said, MessageEntity.BOLD) == ["👍 Title", "Bob"]
    assert covered(said, MessageEntity.TEXT_MENTION) == ["Ana"]
    assert covered(said, MessageEntity.TEXT_LINK) == ["here"]


@each_row("language", ["en", "es"])
def test_what_does_not_fit_is_counted(language: str) -> None:
    rows = tuple((("👍" * 10, f" badge {n}"),) for n in range(1000))
    said = render_telegram_card(Card("Badges", "s", (Table(("Badge",), rows),)), Copy(language))
    check(said)
    assert measure_telegram_text(said.text) > 3800
    last = said.text.split("\n")[-1]
    shown = said.text.count("badge ")
    assert last == Copy(language).line("telegram.more", count=1000 - shown)


def test_extremes() -> None:
    big = Card(
        "x" * 9000,
        "s",
        (Text(("👍" * 5000,)), Quote("a\n" * 5000), Picture("https://corp.test/a.png", "y" * 9000)),
        tuple(Button(f"{n} " + "z" * 300, f"undo.kudos-{n}.abc") for n in range(300)),
    )
    wire = check(render_telegram_card(big, COPY))
    assert len(buttons(wire)) == 100
    assert all(measure_telegram_text(one["text"]) <= limits.BUTTON_TEXT for one in buttons(wire))
    assert check(render_telegram_card(Card("", ""), COPY))["text"] == "…"
    too_long = Card("t", "s", (), (Button("Undo", "x" * 65), Button("Undo", "é" * 33), Button("Undo", "x" * 64)))
    assert len(buttons(check(render_telegram_card(too_long, COPY)))) == 1


def test_a_picture_is_a_link_with_its_meaning_and_a_preview() -> None:
    said = render_telegram_card(Card("t", "s", (Picture("https://corp.test/b.png", "Badge: Team Player"),)), COPY)
    assert covered(said, MessageEntity.TEXT_LINK) == ["Badge: Team Player"]
    assert said.preview.url == "https://corp.test/b.png"
    assert render_telegram_card(Card("t", "s"), COPY).preview.is_disabled


def test_a_button_that_wants_to_be_confirmed_takes_two_presses() -> None:
    card = Card(
        "t", "s", (), (Button("Revoke", "undo.award-3.abc", confirm="Really?"), Button("Keep", "undo.award-4.abc"))
    )
    first = render_telegram_card(card, COPY).keyboard
    assert isinstance(first, InlineKeyboardMarkup)
    assert _data(first) == [["?undo.award-3.abc", "undo.award-4.abc"]]
    second = toggle_confirmation(first, "?undo.award-3.abc", COPY)
    assert _data(second) == [["undo.award-3.abc", "~undo.award-3.abc", "undo.award-4.abc"]]
    assert _data(toggle_confirmation(second, "~undo.award-3.abc", COPY)) == _data(first)


def _data(keyboard: InlineKeyboardMarkup) -> list[list[object]]:
    return [[one.callback_data for one in row] for row in keyboard.inline_keyboard]


def test_a_long_list_of_options_is_paged_and_stays_within_the_limits() -> None:
    options = tuple(Option(f"v{n}", f"Option {n} " + "x" * 200, "y" * 500) for n in range(200))
    ask = Ask(Form("f", "Form", (ChoiceField("pick", "Which?", options), PersonField("who", "Who?")), "Send"))
    assert len(buttons(check(render_telegram_form(begin_form(ask, "en"), COPY)))) <= limits.PAGE_CHOICES + 5


def test_the_card_says_all_that_its_spans_say() -> None:
    spans = ("You ", Bold("have"), " ", Url("points", "https://corp.test"), " of ", ANA)
    assert render_spans_as_text(spans) in render_telegram_card(Card("t", "s", (Text(spans),)), COPY).text
