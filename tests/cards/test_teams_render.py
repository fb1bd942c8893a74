"""Adaptive Cards against the official schema, and people's text never as markup."""

import ast
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import adaptivecards.containers
import adaptivecards.elements
import jsonschema
from hypothesis import given, settings

from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Facts, Mention, Own, Quote, Table, Text, Url, render_spans_as_text
from bot.protocol.turns import Ask
from channels.teams import limits
from channels.teams.outbound.too_long import shorten_teams_card
from channels.teams.render.cards import escape_markdown, render_teams_card
from channels.teams.render.forms import render_teams_form
from tests.cards import strategies
from tests.platforms.card_texts import of_card
from tests.tables import each_row

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
    rendered = render_teams_card(card, COPY)
    assert_valid(rendered)
    assert len(json.dumps(rendered, ensure_ascii=False).encode()) < 4 * limits.CARD_BYTES
    assert len(rendered.get("actions", ())) <= limits.ACTIONS


@settings(max_examples=25, deadline=None)
@given(strategies.cards)
def test_what_was_too_large_is_said_in_less(card: Card) -> None:
    rendered = render_teams_card(shorten_teams_card(card, COPY), COPY, limits.SHORT_BYTES)
    assert_valid(rendered)
    whole = len(json.dumps(render_teams_card(card, COPY), ensure_ascii=False).encode())
    assert len(json.dumps(rendered, ensure_ascii=False).encode()) <= max(whole, 3 * limits.SHORT_BYTES)
    assert [one["title"] for one in rendered.get("actions", ())] == [a.label for a in card.actions[: limits.ACTIONS]]


@each_row(("language", "more"), [("en", "… and 48 more"), ("es", "… y 48 más")])
def test_what_is_left_out_is_counted(language: str, more: str) -> None:
    copy = Copy(language)
    people = copy.names(Mention(f"Person {n}", n) for n in range(58))
    rows = tuple((("a",), (str(n),)) for n in range(58))
    facts = Facts(tuple((str(n), ("b",)) for n in range(58)))
    for part in (Text((Bold("Ana"), " thanked ", *people)), Table(("A", "B"), rows), facts):
        card = shorten_teams_card(Card("t", "s", (part, Quote("at length " * 90))), copy)
        shown = "\n".join(of_card(render_teams_card(card, copy, limits.SHORT_BYTES)))
        assert more in shown
        assert shown.count("at length") < 31
        assert shown.endswith("…")
    parts = tuple(Text((str(n),)) for n in range(60))
    assert more in render_spans_as_text(shorten_teams_card(Card("t", "s", parts), copy).body[-1].spans)  # type: ignore[union-attr]


def test_who_may_look_is_asked_by_their_own_client_and_sixty_at_most() -> None:
    people = tuple(Mention(str(n), n, f"33333333-{n}") for n in range(70))
    own = Own("view.kudos-1.mac", (Mention("Zoe", 9), Mention("Ana", 1, "29:ana"), *people))
    asked = render_teams_card(Card("t", "s", own=own), COPY)["refresh"]
    assert asked["userIds"][:2] == ["29:ana", "8:orgid:33333333-0"]
    assert len(asked["userIds"]) == 60
    assert "refresh" not in render_teams_card(Card("t", "s", own=Own("view.kudos-1.mac", (Mention("Zoe", 9),))), COPY)


@settings(max_examples=25, deadline=None)
@given(strategies.asks)
def test_every_form_is_valid(ask: Ask) -> None:
    rendered = render_teams_form(ask, "Please fill this in.")
    for element in rendered["body"]:
        element.pop("choices.data", None)  # Teams' people picker is no part of the public schema
    assert_valid(rendered)


@settings(max_examples=25, deadline=None)
@given(strategies.texts)
def test_text_is_never_a_mention_nor_a_function(text: str) -> None:
    card = Card(text, text, (Text((text, Bold(text), Mention("Ana", 1, "29:ana"))), Quote(text)))
    rendered = render_teams_card(card, COPY)
    assert [e["text"] for e in rendered["msteams"]["entities"]] == ["<at>Ana</at>"]
    everything = json.dumps(rendered, ensure_ascii=False)
    assert "{{" not in everything
    assert everything.count("<at>Ana</at>") == 2  # in the block, and in its entity


@each_row(("language", "more"), [("en", "… and {} more"), ("es", "… y {} más")])
def test_what_is_cut_is_counted(language: str, more: str) -> None:
    copy, parts = Copy(language), tuple(Text((f"{n} " + "words " * 200,)) for n in range(40))
    body = render_teams_card(Card("t", "s", parts), copy)["body"]
    assert body[-1]["text"] == more.format(1 + len(parts) - (len(body) - 1))
    table = render_teams_card(Card("t", "s", (Table(("A", "B"), ((("a",), ("b",)),) * 35),)), copy)["body"][1]
    assert table["rows"][-1]["cells"][0]["items"][0]["text"] == more.format(5)


def test_two_people_of_one_name_are_told_apart() -> None:
    spans = (Mention("Ana", 1, "29:a"), " ", Mention("Ana", 2, "29:b"), " ", Mention("Ana", 1, "29:a"))
    rendered = render_teams_card(Card("t", "s", (Text(spans),)), COPY)
    assert [(e["text"], e["mentioned"]["id"]) for e in rendered["msteams"]["entities"]] == [
        ("<at>Ana</at>", "29:a"),
        ("<at>Ana (2)</at>", "29:b"),
    ]


def test_links_with_other_schemes_are_plain_text() -> None:

    rendered = render_teams_card(Card("t", "s", (Text((Url("label", "javascript:alert(1)"),)),)), COPY)
    assert "javascript" not in json.dumps(rendered)


def test_every_keyword_that_we_use_arrives() -> None:
    """The package drops a keyword that it does not know without a word."""
    modules = (adaptivecards.elements, adaptivecards.containers)
    for file in FOLDER.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
            kind = next((getattr(m, name) for m in modules if hasattr(m, name)), None)
            if kind is None or not isinstance(call, ast.Call):
                continue
            unknown = [k.arg for k in call.keywords if k.arg not in dir(kind)]
            assert not unknown, f"{file}: {name}({unknown})"


@each_row(
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
    assert escape_markdown(text) == escaped
