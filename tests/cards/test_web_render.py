"""Cards and forms as HTML: everything is shown, and no text ever becomes markup."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser

from hypothesis import given, settings

from bot.i18n.copy import Copy
from bot.protocol import elements
from bot.protocol.elements import (
    Bold,
    Button,
    Card,
    Date,
    Divider,
    Emoji,
    Facts,
    Link,
    Mention,
    Meter,
    Muted,
    Picture,
    Quote,
    Table,
    Text,
    Url,
    render_spans_as_text,
)
from bot.protocol.forms import ChoiceField, DateField, Form, NumberField, Option, PersonField, TextField, ToggleField
from bot.protocol.turns import Ask
from channels.web.render import (
    WebReader,
    get_safe_url,
    render_web_card,
    render_web_form,
    render_web_message,
    render_web_part,
    render_web_span,
)
from channels.web.store import ChatMessage
from tests.cards import strategies
from tests.conftest import NOW
from tests.tables import each_row

READER = WebReader(7, Copy("en"), "csrf-token", "general", NOW)
TAGS = {
    "article", "h2", "p", "blockquote", "dl", "div", "dt", "dd", "span", "img", "table", "thead", "tbody", "tr",
    "th", "td", "label", "progress", "hr", "strong", "bdi", "a", "time", "form", "input", "button", "details",
    "summary",
}  # fmt: skip
FORM_TAGS = TAGS | {
    "dialog", "header", "h2", "footer", "ul", "li", "fieldset", "legend", "small", "select", "option",
    "textarea",
}  # fmt: skip
ATTRIBUTES = {
    "class", "dir", "href", "rel", "target", "src", "alt", "loading", "referrerpolicy", "tabindex", "scope",
    "value", "max", "datetime", "method", "action", "type", "name", "aria-label", "aria-hidden", "data-live",
    "data-draft",
}  # fmt: skip
FORM_ATTRIBUTES = ATTRIBUTES | {
    "id", "for", "open", "rows", "checked", "selected", "novalidate", "autofocus", "autocomplete",
    "autocapitalize", "spellcheck", "placeholder", "role", "hidden", "inputmode", "data-form", "data-cancel",
    "data-people", "data-many", "data-maximum", "data-filter", "aria-labelledby", "aria-describedby", "aria-invalid",
    "aria-required", "aria-autocomplete", "aria-controls",
}  # fmt: skip


class Page(HTMLParser):
    """The tags, the attributes and the words of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def all_of(self, name: str) -> list[str]:
        return [value for found, value in self.attributes if found == name]


EVERYTHING = Card(
    "The title",
    "The summary",
    (
        Text(("plain ", Bold("bold "), Muted("muted "), Mention("Ana López", 7), Mention("Bob", 8), Emoji("🎉"))),
        Text((Url("a link", "https://example.com/?a=1&b=2"), Date(date(2026, 3, 2), "2 March 2026"))),
        Quote("kept\n  to the <letter>"),
        Facts((("Label", ("value ", Bold("strong"))),)),
        Picture("https://example.com/icon.svg", "Gold badge"),
        elements.Person(Mention("Carla Núñez", 9), "Sales"),
        Table(("Head",), ((("cell",),), (("other cell",),))),
        Meter("Progress", 3, 10),
        Divider(),
    ),
    (
        Button("Undo", "undo.kudos-1.abcdefghijkl"),
        Button("Revoke", "revoke.award-1.abcdefghijkl", "danger", "Really?"),
        Link("Read on", "http://example.com/"),
    ),
    "celebration",
)


def test_every_part_span_and_action_is_shown() -> None:
    html = render_web_card(EVERYTHING, READER, 12)
    page = Page(html)
    for words in ("The title", "plain bold muted Ana LópezBob🎉", "a link2 March 2026", "kept\n  to the <letter>"):
        assert words in page.text
    for words in ("Labelvalue strong", "CNCarla NúñezSales", "Head", "other cell", "3 / 10", "Really?", "Read on"):
        assert words in page.text.replace("\n", "")
    assert page.tags <= TAGS
    assert '<bdi class="mention self">Ana López</bdi>' in html
    assert '<bdi class="mention">Bob</bdi>' in html
    assert "https://example.com/?a=1&b=2" in page.all_of("href")
    assert "Gold badge" in page.all_of("alt")
    assert page.all_of("datetime") == ["2026-03-02"]
    assert {"undo.kudos-1.abcdefghijkl", "12", "csrf-token"} <= set(page.all_of("value"))
    assert "The summary" in page.all_of("aria-label")


def test_a_card_without_a_body_says_its_summary() -> None:
    assert "Nothing else" in Page(render_web_card(Card("Title", "Nothing else"), READER, 1)).text


def test_a_refusal_offers_the_words_again() -> None:
    page = Page(render_web_part(Quote("/kudos @ana"), READER, again=12))
    assert page.all_of("href") == ["/c/general?again=12"]
    assert page.all_of("data-draft") == ["/kudos @ana"]
    assert "draft" not in render_web_part(Quote("/kudos @ana"), READER)


FIELDS = (
    PersonField("who", "Who?", many=True, hint="One or more"),
    PersonField("boss", "Boss?"),
    TextField("words", "What for?", 500),
    TextField("title", "Title", 20, "one", required=False),
    ChoiceField("few", "Few", (Option("a", "Option A", "more on A"), Option("b", "Option B"))),
    ChoiceField("badge", "Badge", tuple(Option(f"b{i}", f"Badge {i}", "detail") for i in range(9))),
    ChoiceField("tags", "Tags", tuple(Option(f"t{i}", f"Tag {i}") for i in range(15)), many=True),
    ChoiceField("size", "Size", tuple(Option(f"s{i}", f"Size {i}") for i in range(9))),
    NumberField("points", "Points", 1, 9),
    DateField("day", "Day"),
    ToggleField("private", "In private", "Nobody else sees it"),
)
ASK = Ask(
    Form("kudos", "Say thanks", FIELDS, "Send it", "An introduction"),
    {
        "who": (Mention("Ana López", 7, "ana"), Mention("Nobody", None), "typed name"),
        "words": ("\nfirst & <second>\n",),
        "few": ("b",),
        "tags": ("t3", "t4"),
        "size": ("s2",),
        "points": ("99",),
        "day": ("2026-03-02",),
        "private": ("on",),
    },
    {"words": "Too much", "points": "From 1 to 9"},
    token="the-token",
)


def test_every_field_is_shown_with_what_is_known_of_it() -> None:
    html = render_web_form(ASK, READER, message_id=5)
    page = Page(html)
    assert page.tags <= FORM_TAGS
    for field in FIELDS:
        assert field.label in page.text
        assert f"field-{field.id}" in page.all_of("id")
    assert 'name="person.who" value="7" checked' in html
    assert 'name="field.who" value="Nobody, typed name"' in html
    assert ">\n\nfirst &amp; &lt;second&gt;\n</textarea>" in html
    assert 'value="b" checked' in html
    assert 'value="s2" selected' in html
    assert [v for v in page.all_of("value") if v in ("t3", "t4")] == ["t3", "t4"]
    assert {"99", "2026-03-02", "on", "the-token", "kudos", "5"} <= set(page.all_of("value"))
    for words in ("Say thanks", "Send it", "An introduction", "Cancel"):
        assert words in page.text


def test_a_label_hint_and_error_belong_to_each_field() -> None:
    page = Page(render_web_form(ASK, READER))
    ids = page.all_of("id")
    assert len(ids) == len(set(ids))
    assert set(page.all_of("for")) <= set(ids)
    for names in page.all_of("aria-describedby"):
        assert set(names.split()) <= set(ids)
    assert "field-words-error field-words-hint" in page.all_of("aria-describedby")
    assert page.all_of("aria-invalid") == ["true", "true"]
    assert len(page.all_of("autofocus")) == 1


@each_row(
    ("url", "shown"),
    [
        ("https://example.com/a?b=1", True),
        ("http://127.0.0.1:8080/icons/x.svg", True),
        ("/icons/star.svg", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        (" https://example.com", False),
        ("https://example.com/\nx", False),
        ("data:text/html,x", False),
        ("//example.com/x", False),
        ("https:///x", False),
        ("http://[::1", False),
        ("ftp://example.com", False),
        ("", False),
    ],
)
def test_only_web_addresses_are_linked(url: str, shown: bool) -> None:
    assert get_safe_url(url) == (url if shown else None)
    page = Page(render_web_span(Url("the label", url), READER))
    assert page.text == "the label"
    assert page.all_of("href") == ([url] if shown else [])


@settings(deadline=None, max_examples=60)
@given(strategies.cards)
def test_the_text_of_a_card_never_becomes_markup(card: Card) -> None:
    page = Page(render_web_card(card, READER, 3))
    assert page.tags <= TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert all(url.startswith(("http", "/c/general")) for url in page.all_of("href") + page.all_of("src"))
    _in_order(page.text, _words(card))


@settings(deadline=None, max_examples=60)
@given(strategies.asks)
def test_the_text_of_a_form_never_becomes_markup(ask: Ask) -> None:
    page = Page(render_web_form(ask, READER))
    assert page.tags <= FORM_TAGS
    assert {name for name, _ in page.attributes} <= FORM_ATTRIBUTES
    _in_order(page.text, [ask.form.title, ask.form.intro, *(field.label for field in ask.form.fields), ask.form.submit])
    for words in ask.known.get("words", ()):
        if any(isinstance(field, TextField) for field in ask.form.fields):
            assert str(words) in page.text


@settings(deadline=None, max_examples=60)
@given(strategies.texts, strategies.texts)
def test_what_people_type_never_becomes_markup(words: str, name: str) -> None:
    said = ChatMessage(
        1, "general", 4, name, None, (words, Mention(name, 5)), None, 1, 1, datetime(2026, 3, 2, tzinfo=UTC)
    )
    page = Page(render_web_message(said, READER))
    _in_order(page.text, [name, words + name])
    assert page.tags <= {"li", "span", "div", "p", "bdi", "time"}


def _in_order(text: str, wanted: list[str]) -> None:
    at = 0
    for words in wanted:
        found = text.find(words, at)
        assert found >= 0, words
        at = found + len(words)


def _words(card: Card) -> list[str]:
    """Everything that a reader must see, in order."""
    body = [words for part in card.body for words in _of_part(part)]
    if not card.body and card.summary != card.title:
        body = [card.summary]
    return [card.title, *body, *(action.label for action in card.actions)]


def _of_part(part: elements.Part) -> Iterator[str]:
    match part:
        case Text(spans):
            yield render_spans_as_text(spans)
        case Quote(words):
            yield words
        case Facts(rows):
            yield from (words for label, spans in rows for words in (label, render_spans_as_text(spans)))
        case elements.Person(mention, detail):
            yield from (mention.name, detail)
        case Table(headers, rows):
            yield from headers
            yield from (render_spans_as_text(cell) for row in rows for cell in row)
        case Meter(label, value, maximum):
            yield from (label, f"{value} / {maximum}")
