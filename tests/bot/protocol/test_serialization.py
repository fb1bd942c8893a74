"""Stored answers and button tokens come back as they were, or not at all."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings

from bot.protocol import button_tokens, serialization
from bot.protocol.elements import Date, Mention, Text
from bot.protocol.forms import Form
from bot.protocol.turns import Ask, Command, Quiet, Say, Source
from tests.cards import strategies

KEY = b"key"


@settings(max_examples=30, deadline=None)
@given(strategies.cards, strategies.asks)
def test_every_reply_survives_the_database(card: object, ask: Ask) -> None:
    for reply in (Say(card), ask, Quiet()):  # type: ignore[arg-type]
        assert serialization.load(serialization.dump(reply)) == reply


def test_dates_and_state_survive() -> None:
    ask = Ask(
        Form("kudos", "Thank", (), "Send"), state={"at": datetime(2026, 3, 2, tzinfo=UTC), "who": (Mention("A", 1),)}
    )
    text = Text((Date(date(2026, 3, 2), "2 March"),))
    assert serialization.load(serialization.dump(ask)) == ask
    assert serialization.load(serialization.dump(text)) == text


def test_a_turn_survives() -> None:
    source = Source("slack", "T1", "C1", "1", "UANA", way_back={"url": "x"}, unmet=frozenset({"UBOB", "UEVA"}))
    turn = Command(source, "kudos", (Mention("Bob", account="UBOB"), " thanks"))
    assert serialization.load(serialization.dump(turn)) == turn


def test_what_is_no_value_of_ours_is_refused() -> None:
    with pytest.raises(TypeError):
        serialization.dump(object())


def test_a_button_says_what_it_was_made_for() -> None:
    token = button_tokens.sign("undo", "kudos-12", KEY)
    assert len(token.encode()) <= button_tokens.MAXIMUM
    assert button_tokens.read(token, KEY) == button_tokens.Pressed("undo", "kudos-12")


@pytest.mark.parametrize(
    "token", ["", "undo", "undo.kudos-12", "undo.kudos-13.{mac}", "revoke.kudos-12.{mac}", "é.é.é"]
)
def test_a_forged_button_says_nothing(token: str) -> None:
    mac = button_tokens.sign("undo", "kudos-12", KEY).rpartition(".")[2]
    assert button_tokens.read(token.format(mac=mac), KEY) is None


def test_another_key_opens_nothing() -> None:
    assert button_tokens.read(button_tokens.sign("undo", "kudos-12", KEY), b"other") is None


def test_a_token_that_would_not_fit_is_never_made() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        button_tokens.sign("undo", "x" * 64, KEY)
