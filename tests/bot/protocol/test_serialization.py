"""Stored answers and button tokens come back as they were, or not at all."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings

from bot.protocol import button_tokens
from bot.protocol.button_tokens import PressedButton, parse_button_token, sign_button_token
from bot.protocol.elements import Date, Mention, Text
from bot.protocol.forms import Form
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Ask, Command, Quiet, Say, Source
from tests.cards import strategies
from tests.tables import each_row

KEY = b"key"


@settings(max_examples=30, deadline=None)
@given(strategies.cards, strategies.asks)
def test_every_reply_survives_the_database(card: object, ask: Ask) -> None:
    for reply in (Say(card), ask, Quiet()):  # type: ignore[arg-type]
        assert load_value(dump_value(reply)) == reply


def test_dates_and_state_survive() -> None:
    ask = Ask(
        Form("kudos", "Thank", (), "Send"), state={"at": datetime(2026, 3, 2, tzinfo=UTC), "who": (Mention("A", 1),)}
    )
    text = Text((Date(date(2026, 3, 2), "2 March"),))
    assert load_value(dump_value(ask)) == ask
    assert load_value(dump_value(text)) == text


def test_a_turn_survives() -> None:
    source = Source("slack", "T1", "C1", "1", "UANA", way_back={"url": "x"}, unmet=frozenset({"UBOB", "UEVA"}))
    turn = Command(source, "kudos", (Mention("Bob", account="UBOB"), " thanks"))
    assert load_value(dump_value(turn)) == turn


def test_what_is_no_value_of_ours_is_refused() -> None:
    with pytest.raises(TypeError):
        dump_value(object())


def test_a_button_says_what_it_was_made_for() -> None:
    token = sign_button_token("undo", "kudos-12", KEY)
    assert len(token.encode()) <= button_tokens.MAX_BUTTON_TOKEN_BYTES
    assert parse_button_token(token, KEY) == PressedButton("undo", "kudos-12")


@each_row("token", ["", "undo", "undo.kudos-12", "undo.kudos-13.{mac}", "revoke.kudos-12.{mac}", "é.é.é"])
def test_a_forged_button_says_nothing(token: str) -> None:
    mac = sign_button_token("undo", "kudos-12", KEY).rpartition(".")[2]
    assert parse_button_token(token.format(mac=mac), KEY) is None


def test_another_key_opens_nothing() -> None:
    assert parse_button_token(sign_button_token("undo", "kudos-12", KEY), b"other") is None


def test_a_token_that_would_not_fit_is_never_made() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        sign_button_token("undo", "x" * 64, KEY)
