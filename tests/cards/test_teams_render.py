"""Adaptive Cards against the official schema, and people's text never as markup."""

import ast
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import adaptivecards.containers
import adaptivecards.elements
import jsonschema
import pytest
from hypothesis import given, settings

from bot.cards import Bold, Card, Mention, Quote, Table, Text
from bot.turns import Ask
from bot.words import Copy
from channels.teams import limits
from channels.teams.render import adaptive_card, escape
from channels.teams.render_form import form_card
from tests.cards import strategies

SCHEMA = json.loads((files("adaptive_cards") / "schemas" / "schema-1.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft6Validator(SCHEMA)
COPY = Copy("en")
FOLDER = Path("channels/teams")


def assert_valid(card: dict[str, Any]) -> None:
    card = {name: value for name, value in card.items() if name != "msteams"}  # Teams' own addition
    errors = [e.message[:200] for e in VALIDATOR.iter_errors(card)]
    assert not errors


@settings(max_examples=25, deadline=None)
@given(strategies.cards)
def test_every_card_is_valid_and_small_enough(card: Card) -> None:
    rendered = adaptive_card(card, COPY)
    assert_valid(rendered)
    assert len(json.dumps(rendered, ensure_ascii=False).encode()) < 4 * limits.CARD_BYTES
    assert len(rendered.get("actions", ())) <= limits.ACTIONS


@settings(max_examples=25, deadline=None)
@given(strategies.asks)
def test_every_form_is_valid(ask: Ask) -> None:
    rendered = form_card(ask, "Please fill this in.")
    for element in rendered["body"]:
        element.pop("choices.data", None)  # Teams' people picker is no part of the public schema
    assert_valid(rendered)


@settings(max_examples=25, deadline=None)
@given(strategies.texts)
def test_text_is_never_a_mention_nor_a_function(text: str) -> None:
    card = Card(text, text, (Text((text, Bold(text), Mention("Ana", 1, "29:ana"))), Quote(text)))
    rendered = adaptive_card(card, COPY)
    assert [e["text"] for e in rendered["msteams"]["entities"]] == ["<at>Ana</at>"]
    everything = json.dumps(rendered, ensure_ascii=False)
    assert "{{" not in everything
    assert everything.count("<at>Ana</at>") == 2  # in the block, and in its entity


@pytest.mark.parametrize(("language", "more"), [("en", "… and {} more"), ("es", "… y {} más")])
def test_what_is_cut_is_counted(language: str, more: str) -> None:
    copy, parts = Copy(language), tuple(Text((f"{n} " + "words " * 200,)) for n in range(40))
    body = adaptive_card(Card("t", "s", parts), copy)["body"]
    assert body[-1]["text"] == more.format(1 + len(parts) - (len(body) - 1))
    table = adaptive_card(Card("t", "s", (Table(("A", "B"), ((("a",), ("b",)),) * 35),)), copy)["body"][1]
    assert table["rows"][-1]["cells"][0]["items"][0]["text"] == more.format(5)


def test_two_people_of_one_name_are_told_apart() -> None:
    spans = (Mention("Ana", 1, "29:a"), " ", Mention("Ana", 2, "29:b"), " ", Mention("Ana", 1, "29:a"))
    rendered = adaptive_card(Card("t", "s", (Text(spans),)), COPY)
    assert [(e["text"], e["mentioned"]["id"]) for e in rendered["msteams"]["entities"]] == [
        ("<at>Ana</at>", "29:a"),
        ("<at>Ana (2)</at>", "29:b"),
    ]


def test_links_with_other_schemes_are_plain_text() -> None:
    from bot.cards import Url

    rendered = adaptive_card(Card("t", "s", (Text((Url("label", "javascript:alert(1)"),)),)), COPY)
    assert "javascript" not in json.dumps(rendered)


def test_every_keyword_that_we_use_arrives() -> None:
    """The package drops a keyword that it does not know without a word."""
    modules = (adaptivecards.elements, adaptivecards.containers)
    for file in FOLDER.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
            kind = next((getattr(m, name) for m in modules if hasattr(m, name)), None)
            if kind is None or not isinstance(call, ast.Call):
                continue
            unknown = [k.arg for k in call.keywords if k.arg not in dir(kind)]
            assert not unknown, f"{file}: {name}({unknown})"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a thank-you + more", "a thank-you + more"),
        ("- item", "\\- item"),
        ("# head\n > quote", "\\# head\n \\> quote"),
        ("1. one, v1.5", "1\\. one, v1.5"),
        ("*b* _i_ [x](y)", "\\*b\\* \\_i\\_ \\[x\\]\\(y\\)"),
    ],
)
def test_only_what_would_be_markdown_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped
