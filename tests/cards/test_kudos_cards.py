"""Kudos on cards, in each language."""

from dataclasses import replace

from bot.cards.kudos import (
    build_kudos_celebration_card,
    build_kudos_given_card,
    build_kudos_received_card,
    build_kudos_withdrawn_card,
)
from bot.i18n.catalog import LANGUAGES, PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.elements import Card, Mention, Muted, Quote, Text, Url, render_spans_as_text
from engine.kudos.queries import KudosFacts
from tests.conftest import NOW
from tests.tables import each_row

EN = Copy("en")
FACTS = KudosFacts(
    id=7,
    giver_id=1,
    giver_name="Ana López",
    receivers=((2, "Bob Roe"), (3, "Carla Díaz")),
    words="*thanks* <!channel> 🎉",
    tags=("launch", "mentor", "helpful"),
    points=5,
    public=True,
    given_at=NOW,
    undone=False,
)
UNDO = sign_button_token("undo", "kudos-7", b"key")


def told(card: Card) -> str:
    return "\n".join(render_spans_as_text(part.spans) for part in card.body if isinstance(part, Text))


def mentions(card: Card) -> list[Mention]:
    return [span for part in card.body if isinstance(part, Text) for span in part.spans if isinstance(span, Mention)]


def given(facts: KudosFacts = FACTS, copy: Copy = EN, **details: object) -> Card:
    usual = {"minutes": 10, "left": None, "self_dropped": False}
    return build_kudos_given_card(facts, copy, UNDO, **(usual | details))


def test_the_celebration_says_who_thanked_whom_with_their_words_tags_and_points() -> None:
    card = build_kudos_celebration_card(FACTS, EN)
    assert mentions(card) == [Mention("Ana López", 1), Mention("Bob Roe", 2), Mention("Carla Díaz", 3)]
    assert Quote(FACTS.words) in card.body
    assert Text((Muted("#launch #mentor #helpful"),)) in card.body
    assert "+5 points each" in told(card)
    assert card.title == "🎓 A big thank-you"  # of the first tag that has one
    assert card.summary == "Ana López thanked Bob Roe and Carla Díaz: “*thanks* <!channel> 🎉”"
    assert card.tone == "celebration"


def test_thanks_for_a_message_lead_to_it() -> None:
    facts = replace(FACTS, link="https://corp.slack.test/archives/C1/p1")
    link = Text((Url("See the message", facts.link),))
    assert link in build_kudos_celebration_card(facts, EN).body
    assert link in build_kudos_received_card(facts, EN).body
    assert not any(
        isinstance(s, Url) for p in build_kudos_celebration_card(FACTS, EN).body if isinstance(p, Text) for s in p.spans
    )


def test_a_celebration_without_tags_and_points_applauds() -> None:
    card = build_kudos_celebration_card(replace(FACTS, tags=(), points=0), EN)
    assert card.title.startswith("👏")
    assert len(card.body) == 2


def test_a_tag_that_stands_in_the_words_is_not_said_twice() -> None:
    card = build_kudos_celebration_card(replace(FACTS, words="see `#helpful` for the #Launch!"), EN)
    assert Text((Muted("#mentor #helpful"),)) in card.body
    card = build_kudos_celebration_card(replace(FACTS, words="a #launch, #mentor and #helpful"), EN)
    assert not any(isinstance(span, Muted) for part in card.body if isinstance(part, Text) for span in part.spans)


def test_who_wishes_no_public_thanks_is_not_named_in_public() -> None:
    card = build_kudos_celebration_card(replace(FACTS, quiet=frozenset({2})), EN)
    assert mentions(card) == [Mention("Ana López", 1), Mention("Carla Díaz", 3)]
    assert "Bob" not in card.summary
    assert "+5 points" in told(card)
    assert "each" not in told(card)


def test_nobody_is_celebrated_in_a_private_gift() -> None:
    assert replace(FACTS, public=False).celebrated == ()


def test_the_news_does_not_name_the_others() -> None:
    card = build_kudos_received_card(FACTS, EN)
    assert mentions(card) == [Mention("Ana López", 1)]
    assert "Bob" not in told(card) + card.summary
    assert "private" not in told(card)
    assert "This is private" in told(build_kudos_received_card(replace(FACTS, public=False), EN))


def test_taken_back_keeps_neither_words_nor_names() -> None:
    card = build_kudos_withdrawn_card(FACTS, EN)
    assert card.tone == "neutral"
    assert not any(word in card.title + card.summary + told(card) for word in ("thanks*", "Ana", "Bob"))


def test_the_giver_hears_who_got_it_and_how_to_undo() -> None:
    card = given()
    assert told(card).splitlines() == [
        "You thanked Bob Roe and Carla Díaz.",
        "+5 points each",
        "You have 10 minutes to undo this.",
    ]
    assert card.actions[0].token == UNDO


@each_row(
    ("facts", "details", "line"),
    [
        (FACTS, {"self_dropped": True}, "I left you out: thanks go to others."),
        (FACTS, {"left": 3}, "You can thank 3 more people today."),
        (FACTS, {"left": 1}, "You can thank 1 more person today."),
        (FACTS, {"left": 0}, "That was the last one for today."),
        (FACTS, {"minutes": 0}, "You can undo this at any time."),
        (replace(FACTS, quiet=frozenset({2})), {}, "Bob Roe prefers no public thanks, so I tell them directly."),
        (
            replace(FACTS, quiet=frozenset({2, 3})),
            {},
            "Bob Roe and Carla Díaz prefer no public thanks, so I tell them directly and nobody else.",
        ),
        (
            replace(FACTS, public=False, quiet=frozenset({2})),
            {},
            "Only they and you can see it; I tell each of them directly.",
        ),
        (replace(FACTS, public=False), {"out_of_reach": {2}}, "Only they and you can see it."),
        (
            replace(FACTS, public=False),
            {"out_of_reach": {2}},
            "I know no chat account of Bob Roe yet, so I cannot tell them. Maybe tell them yourself?",
        ),
    ],
)
def test_the_giver_hears_what_is_special(facts: KudosFacts, details: dict[str, object], line: str) -> None:
    assert line in told(given(facts, **details)).splitlines()


def test_the_giver_finds_a_link_at_the_end() -> None:
    there = "https://laurel.corp.test/see/abcdefghijkl.kudos-7"
    assert given(link=there).body[-1] == Text((Url("Link to this celebration", there),))
    assert "Link" not in told(given())


@each_row("language", [*LANGUAGES, PSEUDO_LANGUAGE])
def test_each_card_is_there_in_each_language(language: str) -> None:
    copy = Copy(language)
    shown = [
        build_kudos_celebration_card(FACTS, copy),
        build_kudos_received_card(FACTS, copy),
        build_kudos_withdrawn_card(FACTS, copy),
    ]
    shown.append(given(replace(FACTS, quiet=frozenset({2})), copy, left=1, self_dropped=True))
    for card in shown:
        assert card.title
        assert card.summary
        if language == PSEUDO_LANGUAGE:
            assert all(render_spans_as_text(p.spans).startswith(("⟦", "#")) for p in card.body if isinstance(p, Text))
