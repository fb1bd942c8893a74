"""Block Kit within Slack's limits, and people's text never as markup."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings

from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Action,
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
    Part,
    Person,
    Picture,
    Quote,
    Table,
    Text,
    Url,
)
from bot.protocol.forms import (
    ChoiceField,
    DateField,
    Field,
    Form,
    NumberField,
    Option,
    PersonField,
    TextField,
    ToggleField,
)
from bot.protocol.turns import Ask
from channels.slack.render.cards import render_slack_blocks, render_slack_card
from channels.slack.render.forms import render_card_modal, render_form_errors, render_slack_form
from channels.slack.render.mrkdwn import strip_slack_invisible
from tests.cards import strategies
from tests.platforms.block_kit import message_faults, units, view_faults
from tests.tables import each_row

COPY = Copy("en")
GOLDEN = Path(__file__).parent / "golden"
ANA = Mention("Ana", 1, "U01ANA")
NOON = Date(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), "2 Mar 2026, 12:00 (UTC)")
HOSTILE = [
    "<!channel> & <@U01EVIL> <http://x.test|here> <mailto:a@b.test>",
    "<!subteam^S1> <#C1|x> &lt;!here&gt;",
    "*bold* _it_ ~no~ `code` ```x``` :tada: a*b*c",
    "> quoted\n&gt; again\n>>> all",
    "@channel @here @everyone #general",
    "|", "<", ">", "&", "&amp;", "live \u202e\u0000\u0007 evil", "👩‍👩‍👧‍👦" * 900, "ana\n\n*\n",
]  # fmt: skip

MAXIMAL = Card(
    title="Ana & <Bob> thanked you",
    summary="Ana thanked you & Bob: *great* <work>",
    body=(
        Text((ANA, " thanked ", Mention("Bob <b>", 2), " on ", NOON, " ", Emoji("🎉"))),
        Text((Bold("Team player"), ", ", Muted("10 points"), " ", Url("see more", "https://corp.test/a?b=1&c=2"))),
        Text((Muted("Sent from "), Muted("#general"))),
        Text(("a*b* and _c_ by ", ANA, " ", NOON, " ", Url("no", "javascript:alert(1)"))),
        Quote("thanks for the *launch*\n> and `all`"),
        Quote("and for <everything>,\nBob & you"),
        Facts((("Points", ("12",)), ("Given", (Date(date(2026, 3, 2), "2 March 2026"),)))),
        Picture("https://corp.test/badge.png", "Gold badge: Team player"),
        Picture("http://127.0.0.1/badge.png", "A badge of the office"),
        Person(ANA, "Engineering"),
        Table(("Who", "Points"), (((ANA,), ("12",)), (("Bob",), ("1,000",)))),
        Meter("This month", 3, 10),
        Divider(),
    ),
    actions=(
        Button("Undo", "undo.kudos-12.mac", "danger", "Take it back?"),
        Button("Like", "like.kudos-12.mac", "primary"),
        Link("Open", "https://corp.test/k/12"),
        Link("Bad", "javascript:alert(1)"),
    ),
    tone="celebration",
)
FORM = Form(
    "badge",
    "Give a badge to somebody you like",
    (
        PersonField("who", "Who?", many=True, hint="Up to twenty"),
        PersonField("boss", "Whose boss?", required=False),
        ChoiceField("badge", "Which badge?", (Option("1", "Team player", "For jumping in"), Option("2", "Coach"))),
        ChoiceField("tags", "Tags", (Option("a", "#a"), Option("b", "#b")), many=True, required=False),
        TextField("words", "Why?", 500),
        TextField("title", "Title", 60, "one", required=False),
        NumberField("points", "Points", 1, 50),
        DateField("day", "Day"),
        ToggleField("public", "Show it to everyone", "In the channel where you are"),
    ),
    "Give it",
    "Only *you* see this.",
)
KNOWN = {
    "who": (ANA, Mention("web", 3, "ana"), ANA),
    "boss": ("Carla",),
    "badge": ("2",),
    "tags": ("b", "gone"),
    "words": ("for <all> of it",),
    "points": ("7",),
    "day": ("2026-03-02",),
    "public": ("on",),
}


@each_row(
    ("name", "rendered"),
    [
        ("slack_card", render_slack_card(MAXIMAL, COPY)),
        (
            "slack_form",
            render_slack_form(Ask(FORM, KNOWN, {"words": "Too long.", "elsewhere": "Not today."}, token="t" * 22)),
        ),
        ("slack_result", render_card_modal(MAXIMAL, Copy("es"))),
    ],
)
def test_golden(name: str, rendered: Any) -> None:
    assert rendered == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@settings(max_examples=60, deadline=None)
@given(strategies.cards)
@example(Card("t", "s", (Text(("|", Mention("\x1f"))),)))
@example(Card("t", " \x1f"))
def test_every_card_obeys_the_limits(card: Card) -> None:
    assert message_faults(render_slack_card(card, COPY)) == []
    assert view_faults(render_card_modal(card, COPY)) == []


@settings(max_examples=60, deadline=None)
@given(strategies.asks)
def test_every_form_obeys_the_limits(ask: Ask) -> None:
    assert view_faults(render_slack_form(ask)) == []
    assert all(units(words) <= 300 for words in render_form_errors(ask).values())


@settings(max_examples=100, deadline=None)
@given(strategies.texts)
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
@example(HOSTILE[3])
def test_text_is_never_markup(text: str) -> None:
    """Of every mrkdwn text the tokens are those of our own spans, and the words are shown as they are."""
    card = Card(text, text, tuple(_parts(text)), (Button(text, "a.b.c", confirm=text), Link(text, "https://x.test/")))
    rendered = render_slack_card(card, COPY)
    assert _tokens(rendered["text"]) == []
    for words in _mrkdwn(rendered["blocks"]):
        assert set(map(_kind, _tokens(words))) <= {"@U01ANA", "!date^1772452800", "https://x.test/"}
    for words in _mrkdwn(render_slack_blocks(Card("", "", (Text((text,)), Quote(text))), COPY)):
        assert not re.search(r"[*_~`]|:[^\s:]+:|^>?\s*&gt;", words, re.MULTILINE)


@each_row("text", HOSTILE)
def test_words_are_kept_to_the_letter(text: str) -> None:
    shown = strip_slack_invisible(text)
    whole = _words(render_slack_blocks(Card("", "", (Quote(text),)), COPY))
    assert whole == shown or (units(shown) > 3000 and whole.endswith("…"))


def test_nothing_turns_the_direction_of_what_follows() -> None:
    """A name that does so would turn our own words behind it; letters that run from right to left stay."""
    card = Card("a\u202eb", "a\u202eb\u2066", (Text(("a\u202eb", " thanked שלום")), Quote("a\u202db\u2069")))
    said = json.dumps(render_slack_card(card, COPY), ensure_ascii=False)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", said)
    assert "ab thanked שלום" in said


def test_the_extremes() -> None:
    long = "ñ👍<&>" * 4000
    options = tuple(Option(str(n), f"{n} {long}", long) for n in range(450))
    fields: tuple[Field, ...] = (
        TextField("t", long, 10, hint=long),
        ChoiceField("one", long, options),
        ChoiceField("several", long, options[:11], many=True),
        ChoiceField("few", long, options[:10], many=True),
        ChoiceField("none", "Nothing", ()),
        ToggleField("on", long, long),
        PersonField("who", long),
    )
    known = {"t": (long,), "one": ("449",), "several": ("10",), "few": ("0", "9"), "on": ("on",), "who": (long,)}
    rendered = render_slack_form(Ask(Form("d" * 40, long, fields, long, long), known, {"t": long, "": long}))
    assert view_faults(rendered) == []
    inputs = {b["block_id"]: b["element"] for b in rendered["blocks"] if b["type"] == "input"}
    assert inputs["one"]["initial_option"]["value"] == "449"
    assert [len(group["options"]) for group in inputs["one"]["option_groups"]] == [100, 100, 100, 100, 50]
    assert inputs["several"]["type"] == "multi_static_select"
    assert inputs["few"]["type"] == "checkboxes"
    assert inputs["t"]["max_length"] == 3000
    people: tuple[Part, ...] = tuple(Person(Mention(f"P{n}", n, f"U{n:05}"), long) for n in range(80))
    actions: tuple[Action, ...] = tuple(Button(long, f"a.{n}.c", confirm=long) for n in range(60))
    card = Card(long, long, people, actions)
    assert message_faults(render_slack_card(card, COPY)) == []
    assert len(render_slack_blocks(card, COPY)) <= 50


def test_what_does_not_fit_is_counted() -> None:
    rows = tuple(((f"Person number {n}",), (str(n),)) for n in range(400))
    shown = render_slack_blocks(Card("Board", "Board", (Table(("Who", "Points"), rows),)), COPY)
    last = re.search(r"… and (\d+) more$", _words(shown))
    assert last
    assert _words(shown).count("Person number") + int(last[1]) == 400
    many = render_slack_blocks(Card("Many", "Many", tuple(Text((f"line {n}",)) for n in range(97))), COPY)
    assert len(many) == 50
    assert many[-1]["elements"][0]["text"] == "… and 49 more"


def test_our_own_words_come_from_the_copy() -> None:
    whole = Card("", "", tuple(Text(("a",)) for _ in range(60)), (Button("b", "a.b.c", confirm="c"),))
    said = render_slack_blocks(whole, Copy(PSEUDO_LANGUAGE))
    assert said[-2]["elements"][0]["text"] == "⟦… and 12 more⟧"
    assert said[-1]["elements"][0]["confirm"]["deny"]["text"] == "⟦Cancel⟧"


def test_a_neutral_card_is_a_line_without_a_headline() -> None:
    line = Card("Taken back", "s", (Text(("It was taken back.",)),), tone="neutral")
    assert _words(render_slack_blocks(line, COPY)) == "It was taken back."
    assert _words(render_card_modal(line, COPY)["title"]) == "Taken back"
    assert _words(render_slack_blocks(Card("Taken back", "s", tone="neutral"), COPY)) == "Taken back"


def test_a_title_too_long_for_a_modal_is_said_inside_it() -> None:
    long = Card("💌 Your thanks are on their way", "s", (Text(("You thanked Bob.",)),))
    view = render_card_modal(long, COPY)
    assert _words(view["title"]) == "Laurel"
    assert _words(view["blocks"]) == "💌 Your thanks are on their wayYou thanked Bob."


def test_what_stands_beside_a_box_is_not_its_label_again() -> None:
    (box, plain, wordy) = (
        ToggleField("a", "Keep it private", "Only they and you see it."),
        ToggleField("b", "Keep it private"),
        ToggleField("c", "Keep it private", "w" * 76),
    )
    shown = render_slack_form(Ask(Form("d", "Title", (box, plain, wordy), "Send")))["blocks"]
    beside = [_words(block["element"]["options"][0]["text"]) for block in shown]
    assert beside == ["Only they and you see it.", "Keep it private", "Keep it private"]
    assert [_words(block["label"]) for block in shown] == ["Keep it private"] * 3
    assert [_words(block.get("hint")) for block in shown] == ["", "", "w" * 76]


def test_a_summary_is_never_cut_inside_an_entity() -> None:
    said = render_slack_card(Card("t", "&" * 5000), COPY)["text"]
    assert units(said) <= 3000
    assert said.replace("&amp;", "").strip() == "…"


def _parts(text: str) -> Iterator[Part]:
    spans = (text, Bold(text), Muted(text), ANA, Mention(text), Mention(text, 1, text), Emoji(text))
    yield Text((*spans, Url(text, "https://x.test/"), Url(text, text), NOON, Date(date(2026, 3, 2), text)))
    yield from (Text((span,)) for span in spans)
    yield Text((Date(NOON.value, text), Url(text, "https://x.test/")))
    yield Quote(text)
    yield Facts(((text, (text,)),))
    yield Picture(text, text)
    yield Person(Mention(text), text)
    yield Table((text,), (((text,),),))
    yield Meter(text, 1, 2)


def _mrkdwn(found: Any) -> Iterator[str]:
    match found:
        case {"type": "mrkdwn", "text": words}:
            yield words
        case dict():
            for value in found.values():
                yield from _mrkdwn(value)
        case list():
            for value in found:
                yield from _mrkdwn(value)


def _words(found: Any) -> str:
    """All that a reader of the blocks sees, in order; sections are unescaped, without the marks of a quotation."""
    match found:
        case {"type": "mrkdwn", "text": str(words)}:
            words = re.sub("^>", "", words, flags=re.MULTILINE)
            return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        case {"type": "text" | "plain_text", "text": str(words)}:
            return words
        case dict():
            return "".join(map(_words, found.values()))
        case list():
            return "".join(map(_words, found))
    return ""


def _tokens(words: str) -> list[str]:
    return re.findall(r"<([^>]*)>?", words)


def _kind(token: str) -> str:
    return "^".join(token.partition("|")[0].split("^")[:2])
