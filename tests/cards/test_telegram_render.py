"""Messages within Telegram's limits, and people's text never as markup."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup, MessageEntity

from bot.i18n.catalog import PSEUDO
from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Button, Card, Link, Mention, Person, Picture, Quote, Table, Text, Url, as_text
from bot.protocol.forms import ChoiceField, Form, Option, PersonField
from bot.protocol.turns import Ask
from channels.telegram import limits
from channels.telegram.forms import progress
from channels.telegram.forms.question import question
from channels.telegram.handlers import confirmation
from channels.telegram.render.cards import Message, message
from channels.telegram.render.entities import clip, length
from tests.cards import strategies
from tests.platforms.telegram import buttons, message_faults

COPY = Copy("en")
ANA = Mention("Ana", 1, "1001")


def on_the_wire(said: Message) -> dict[str, Any]:
    """What goes to Telegram, as JSON."""
    markup = {"reply_markup": said.keyboard.to_dict()} if said.keyboard else {}
    wire = {"text": said.text, "entities": [one.to_dict() for one in said.entities]} | markup
    return dict(json.loads(json.dumps(wire)))


def check(said: Message) -> dict[str, Any]:
    wire = on_the_wire(said)
    assert message_faults(wire) == []
    assert wire["text"] == wire["text"].lstrip(), "Telegram cuts spaces off, and every offset would be wrong"
    wire["text"].encode()  # nothing that UTF-8 cannot carry
    return wire


def covered(said: Message, kind: str) -> list[str]:
    """The stretches of the text that an entity of that kind covers."""
    raw = said.text.encode("utf-16-le")
    spans = [(one.offset * 2, (one.offset + one.length) * 2) for one in said.entities if one.type == kind]
    return [raw[start:end].decode("utf-16-le") for start, end in spans]


@given(strategies.cards, st.sampled_from(("en", "es", PSEUDO)))
@settings(max_examples=200, deadline=None)
def test_every_card_has_a_message_within_the_limits(card: Card, language: str) -> None:
    check(message(card, Copy(language)))


@given(strategies.asks, st.data())
@settings(max_examples=150, deadline=None)
def test_every_question_of_every_form_is_within_the_limits(ask: Ask, data: st.DataObject) -> None:
    at = progress.begin(ask, "en")
    for _ in range(12):
        wire = check(question(at, COPY))
        assert all(one["callback_data"].startswith("step:") for one in buttons(wire))
        assert progress.loaded(json.loads(json.dumps(progress.dumped(at)))) == at
        answer = data.draw(st.sampled_from(((), ("5",), ("v0",), ("2026-03-31",), ("x" * 5000,), (ANA,), ("on",))))
        at = data.draw(
            st.sampled_from(
                (progress.answered(at, answer, COPY), progress.back(at), progress.chosen(at, 0, True, COPY))
            )
        )


@given(strategies.texts)
def test_text_never_becomes_markup(words: str) -> None:
    said = message(Card("", "s", (Text((words,)), Quote(words))), COPY)
    assert {one.type for one in said.entities} <= {MessageEntity.BLOCKQUOTE}
    assert said.text == "…" or said.text.startswith(clip(words, limits.LINE).lstrip())


@pytest.mark.parametrize("hostile", strategies.HOSTILE)
def test_hostile_words_stay_words_in_every_place(hostile: str) -> None:
    parts = (
        Text((Bold(hostile), " ", Mention(hostile, 1, "1001"), " ", Url(hostile, "javascript:alert(1)"))),
        Quote(hostile),
        Person(Mention(hostile, 2), hostile),
        Table((hostile,), (((hostile,),),)),
    )
    said = message(Card(hostile, "s", parts, (Button(hostile, "undo.kudos-1.abc"), Link(hostile, "file:///etc"))), COPY)
    check(said)
    assert [one for one in said.entities if one.type == MessageEntity.TEXT_LINK] == []
    assert said.text.count(clip(hostile, 100).strip()) >= 7


def test_a_mention_notifies_by_the_account_and_five_at_most() -> None:
    people = tuple(Mention(f"Person {n}", n, str(1000 + n)) for n in range(1, 26))
    said = message(
        Card("Thanks", "s", (Text(COPY.names(people)), Text((Mention("Nobody", 99), Mention("Odd", 98, "U1"))))), COPY
    )
    wire = check(said)
    ids = [one["user"]["id"] for one in wire["entities"] if one["type"] == "text_mention"]
    assert ids == [1001, 1002, 1003, 1004, 1005]
    assert "Person 25" in said.text


def test_offsets_are_in_utf16_units() -> None:
    said = message(
        Card("👍 Title", "s", (Text(("👩‍👩‍👧 ", Bold("Bob"), " 🎉 ", ANA, Url("here", "https://corp.test/a b"))),)),
        COPY,
    )
    assert covered(said, MessageEntity.BOLD) == ["👍 Title", "Bob"]
    assert covered(said, MessageEntity.TEXT_MENTION) == ["Ana"]
    assert covered(said, MessageEntity.TEXT_LINK) == ["here"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_does_not_fit_is_counted(language: str) -> None:
    rows = tuple((("👍" * 10, f" badge {n}"),) for n in range(1000))
    said = message(Card("Badges", "s", (Table(("Badge",), rows),)), Copy(language))
    check(said)
    assert length(said.text) > 3800
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
    wire = check(message(big, COPY))
    assert len(buttons(wire)) == 100
    assert all(length(one["text"]) <= limits.LABEL for one in buttons(wire))
    assert check(message(Card("", ""), COPY))["text"] == "…"
    too_long = Card("t", "s", (), (Button("Undo", "x" * 65), Button("Undo", "é" * 33), Button("Undo", "x" * 64)))
    assert len(buttons(check(message(too_long, COPY)))) == 1


def test_a_picture_is_a_link_with_its_meaning_and_a_preview() -> None:
    said = message(Card("t", "s", (Picture("https://corp.test/b.png", "Badge: Team Player"),)), COPY)
    assert covered(said, MessageEntity.TEXT_LINK) == ["Badge: Team Player"]
    assert said.preview.url == "https://corp.test/b.png"
    assert message(Card("t", "s"), COPY).preview.is_disabled


def test_a_button_that_wants_to_be_confirmed_takes_two_presses() -> None:
    card = Card(
        "t", "s", (), (Button("Revoke", "undo.award-3.abc", confirm="Really?"), Button("Keep", "undo.award-4.abc"))
    )
    first = message(card, COPY).keyboard
    assert isinstance(first, InlineKeyboardMarkup)
    assert _data(first) == [["?undo.award-3.abc", "undo.award-4.abc"]]
    second = confirmation.changed(first, "?undo.award-3.abc", COPY)
    assert _data(second) == [["undo.award-3.abc", "~undo.award-3.abc", "undo.award-4.abc"]]
    assert _data(confirmation.changed(second, "~undo.award-3.abc", COPY)) == _data(first)


def _data(keyboard: InlineKeyboardMarkup) -> list[list[object]]:
    return [[one.callback_data for one in row] for row in keyboard.inline_keyboard]


def test_a_long_list_of_options_is_paged_and_stays_within_the_limits() -> None:
    options = tuple(Option(f"v{n}", f"Option {n} " + "x" * 200, "y" * 500) for n in range(200))
    ask = Ask(Form("f", "Form", (ChoiceField("pick", "Which?", options), PersonField("who", "Who?")), "Send"))
    assert len(buttons(check(question(progress.begin(ask, "en"), COPY)))) <= limits.PAGE + 5


def test_the_card_says_all_that_its_spans_say() -> None:
    spans = ("You ", Bold("have"), " ", Url("points", "https://corp.test"), " of ", ANA)
    assert as_text(spans) in message(Card("t", "s", (Text(spans),)), COPY).text
