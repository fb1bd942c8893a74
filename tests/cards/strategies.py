"""Any card and any form, for Hypothesis: hostile text included."""

from hypothesis import strategies as st

from bot.protocol.elements import (
    Bold,
    Button,
    Card,
    Divider,
    Emoji,
    Facts,
    Link,
    Mention,
    Meter,
    Muted,
    Own,
    Person,
    Picture,
    Quote,
    Table,
    Text,
    Url,
)
from bot.protocol.forms import ChoiceField, DateField, Form, NumberField, Option, PersonField, TextField, ToggleField
from bot.protocol.turns import Ask

HOSTILE = (
    "<!channel>",
    "<@U1>",
    "<at>All</at>",
    "{{DATE(2026-01-01T00:00:00Z,SHORT)}}",
    "[x](javascript:alert(1))",
    "_*[]()~`>#+-=|{}.!",
    "<b>&amp;</b>",
    "<script>alert(1)</script>",
    "\u202eevil",
    "1. one",
    "- item",
    "https://evil.example/?a=b",
    "👩‍👩‍👧",
    "مرحبا",
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=40),
    st.builds(lambda a, b: a + b, st.sampled_from(HOSTILE), st.sampled_from(HOSTILE)),
    st.sampled_from(HOSTILE).map(lambda t: t * 60),
)
urls = st.sampled_from(("https://example.com/a?b=1", "http://127.0.0.1:8080/icons/x.svg"))
accounts = st.one_of(st.none(), st.sampled_from(("U1ANA", "U2BOB", "29:abc")))
spans = st.one_of(
    texts,
    st.builds(Bold, texts),
    st.builds(Muted, texts),
    st.builds(Mention, texts, st.none(), accounts),
    st.builds(Url, texts, urls),
    st.builds(Emoji, st.sampled_from(("🎉", "👏"))),
)
span_rows = st.lists(spans, min_size=1, max_size=4).map(tuple)
tables = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Table,
        st.lists(texts, min_size=width, max_size=width).map(tuple),
        st.lists(st.lists(span_rows, min_size=width, max_size=width).map(tuple), max_size=60).map(tuple),
    )
)
parts = st.one_of(
    st.builds(Text, span_rows),
    st.builds(Quote, texts),
    st.builds(Facts, st.lists(st.tuples(texts, span_rows), min_size=1, max_size=25).map(tuple)),
    st.builds(Picture, urls, texts),
    st.builds(Person, st.builds(Mention, texts, st.none(), accounts), texts),
    tables,
    st.builds(Meter, texts, st.integers(0, 50), st.integers(1, 50)),
    st.builds(Divider),
)
actions = st.one_of(
    st.builds(
        Button,
        texts,
        st.just("undo.kudos-1.abcdefghijkl"),
        st.sampled_from(("plain", "primary", "danger")),
        st.one_of(st.just(""), texts),
    ),
    st.builds(Link, texts, urls),
)
cards = st.builds(
    Card,
    texts,
    texts,
    st.lists(parts, max_size=8).map(tuple),
    st.lists(actions, max_size=8).map(tuple),
    st.sampled_from(("plain", "celebration", "refusal", "neutral")),
    st.one_of(st.none(), st.builds(Own, texts, st.lists(st.builds(Mention, texts, st.none(), accounts)).map(tuple))),
)

options = st.lists(texts, min_size=1, max_size=120).map(
    lambda labels: tuple(Option(f"v{i}", label, label) for i, label in enumerate(labels))
)
fields = st.one_of(
    st.builds(PersonField, st.just("who"), texts, st.booleans(), st.booleans(), texts),
    st.builds(TextField, st.just("words"), texts, st.integers(1, 3000), st.just("several"), st.booleans(), texts),
    st.builds(ChoiceField, st.just("pick"), texts, options, st.booleans(), st.booleans(), texts),
    st.builds(NumberField, st.just("number"), texts, st.just(0), st.just(9), st.booleans(), texts),
    st.builds(DateField, st.just("day"), texts, st.booleans(), texts),
    st.builds(ToggleField, st.just("private"), texts, texts),
)
forms = st.builds(
    Form,
    st.just("kudos"),
    texts,
    st.lists(fields, min_size=1, max_size=6, unique_by=lambda f: f.id).map(tuple),
    texts,
    st.one_of(st.just(""), texts),
)
asks = st.builds(
    Ask,
    forms,
    st.fixed_dictionaries({}, optional={"words": texts.map(lambda t: (t,)), "pick": st.just(("v0",))}),
    st.fixed_dictionaries({}, optional={"words": texts, "who": texts, "pick": texts}),
    st.just({}),
    st.just("token"),
)
