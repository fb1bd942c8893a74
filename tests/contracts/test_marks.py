"""The check that finds text outside the catalogue finds it everywhere."""

from datetime import date

import pytest

from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Bold,
    Button,
    Card,
    Date,
    Facts,
    Link,
    Mention,
    Meter,
    Person,
    Picture,
    Quote,
    Table,
    Text,
)
from bot.protocol.forms import Answers, ChoiceField, Form, Option, PersonField, TextField
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update
from tests.marks import assert_all_marked
from tests.tables import each_row

COPY = Copy(PSEUDO_LANGUAGE)
DATA = {"Ana", "Ana López", "Team Player", "thanks a lot"}
MARKED = "⟦Hello⟧"
GOOD = (
    Text((COPY.line("commands.kudos.does"), ": ", Bold("Team Player"), " 12 🏅")),
    Text(("⟦From ", Mention("Somebody else"), " ⟦nested⟧ words⟧ · ", Date(date(2026, 3, 2), "2 March 2026"))),
    Quote("thanks a lot"),
    Facts((("⟦Who⟧", (Mention("Ana López"),)),)),
    Picture("https://example.test/a.png", "⟦Badge: Team Player⟧"),
    Person(Mention("Ana López"), "⟦new here⟧"),
    Table(("⟦When⟧",), ((("+10",),), (("Team Player",),))),
    Meter("⟦Today⟧", 1, 2),
)
BAD = (
    Text(("From ", Mention("Ana López"))),
    Text((Bold("stray"),)),
    Text(("⟦Hello⟧ and more",)),
    Quote("words of nobody"),
    Quote("Anabel thanks a lots"),
    Facts((("Who", (Mention("Ana López"),)),)),
    Facts((("⟦Who⟧", ("nobody",)),)),
    Picture("https://example.test/a.png", "Image"),
    Person(Mention("Ana López"), "new here"),
    Table(("When",), ()),
    Table(("⟦When⟧",), ((("stray",),),)),
    Meter("Today", 1, 2),
)


def card(*body: object, title: str = MARKED, summary: str = MARKED, actions: tuple[object, ...] = ()) -> Card:
    return Card(title, summary, body, actions)  # type: ignore[arg-type]


@each_row("part", GOOD)
def test_sentences_of_the_catalogue_and_data_pass(part: object) -> None:
    assert_all_marked(card(part), DATA)


@each_row("part", BAD)
def test_any_other_text_fails(part: object) -> None:
    with pytest.raises(AssertionError):
        assert_all_marked(card(part), DATA)


@each_row(
    "bad",
    [
        card(title="Hello"),
        card(summary="Hello"),
        card(actions=(Button("Undo", "t"),)),
        card(actions=(Button("⟦Undo⟧", "t", confirm="Sure?"),)),
        card(actions=(Link("Here", "https://example.test"),)),
        card(title="⟦Hello"),
        card(title="Hello⟧"),
    ],
)
def test_titles_summaries_buttons_and_broken_marks_fail(bad: Card) -> None:
    for shown in (bad, Say(bad), Update(bad)):
        with pytest.raises(AssertionError):
            assert_all_marked(shown, DATA)


def form(
    label: str = MARKED, title: str = MARKED, submit: str = MARKED, intro: str = "", hint: str = "", option: str = "⟦a⟧"
) -> Form:
    choice = ChoiceField("choice", MARKED, (Option("word", option, "Team Player"),))
    return Form(
        "dialog", title, (PersonField("who", label, hint=hint), choice, TextField("text", MARKED)), submit, intro
    )


KNOWN: Answers = {"who": (Mention("Ana López"),), "choice": ("word",), "text": ("thanks a lot",)}


def test_a_form_of_marked_labels_passes_with_what_is_known() -> None:
    assert_all_marked(form(), DATA)
    assert_all_marked(Ask(form(), KNOWN, {"who": "⟦Please fill this in⟧"}), DATA)
    assert_all_marked(Quiet(), DATA)


@each_row(
    "shown",
    [
        form(label="Who"),
        form(title="Give"),
        form(submit="Send"),
        form(intro="Hello"),
        form(hint="Somebody"),
        form(option="First"),
        Ask(form(), {"text": ("stray",)}),
        Ask(form(), {"who": (Mention("Nobody"),)}),
        Ask(form(), errors={"who": "Wrong"}),
    ],
)
def test_any_stray_word_of_a_form_fails(shown: Form | Reply) -> None:
    with pytest.raises(AssertionError):
        assert_all_marked(shown, DATA)
