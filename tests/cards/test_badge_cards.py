"""The cards of badges: who, to whom, what, and what is kept to oneself."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cards import badge
from bot.cards.badge import (
    build_badge_celebration_card,
    build_badge_given_card,
    build_badge_received_card,
    build_badge_withdrawn_card,
)
from bot.cards.badge_list import build_colleague_badges_card, build_own_badges_card
from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.elements import Button, Card, Mention, Picture, Quote, Text, render_spans_as_text
from engine.awards.queries import AwardFacts
from tests.conftest import NOW
from tests.marks import assert_all_marked
from tests.tables import each_row

WORDS = "for *jumping* in <!channel> 🙌"
FACTS = AwardFacts(
    id=12,
    reward_id=3,
    reward="Team Player",
    emoji="🤝",
    icon="https://example.test/team.png",
    points=10,
    message=WORDS,
    giver_id=1,
    giver_name="Ana López",
    receiver_id=2,
    receiver_name="Bob Roe",
    awarded_at=NOW,
    undone=False,
    revoked=False,
)
EARNED = replace(FACTS, giver_id=None, giver_name=None, message="", points=0, icon="badges/team.png", emoji=None)
DATA = {"Team Player", "Ana López", "Bob Roe", WORDS}


@pytest.fixture(params=["en", "es", PSEUDO_LANGUAGE])
def copy(request: pytest.FixtureRequest) -> Copy:
    return Copy(request.param)


def mentions(card: Card) -> list[Mention]:
    return [span for part in card.body if isinstance(part, Text) for span in part.spans if isinstance(span, Mention)]


def every(copy: Copy) -> list[Card]:
    token = "undo.award-12.abc"
    return [
        build_badge_celebration_card([FACTS], copy),
        build_badge_celebration_card([EARNED], copy),
        build_badge_celebration_card([FACTS, replace(FACTS, id=13)], copy),
        build_badge_received_card(FACTS, copy),
        build_badge_received_card(EARNED, copy),
        build_badge_withdrawn_card(copy),
        build_badge_given_card([FACTS], copy, token, quiet=[], minutes=10),
        build_badge_given_card([FACTS, replace(FACTS, id=13)], copy, token, quiet=["Bob Roe"], minutes=0),
        build_own_badges_card([FACTS, EARNED], copy, shown=1),
        build_own_badges_card([], copy, shown=1),
        build_colleague_badges_card(Mention("Bob Roe", 2), [FACTS, EARNED], copy, shown=2),
        build_colleague_badges_card(Mention("Bob Roe", 2), [], copy, shown=2),
    ]


def test_the_celebration_says_who_gave_whom_what_and_why(copy: Copy) -> None:
    card = build_badge_celebration_card([FACTS], copy)
    assert sorted(m.person_id or 0 for m in mentions(card)) == [1, 2]
    assert Quote(WORDS) in card.body
    assert "🤝" in card.title
    assert card.tone == "celebration"
    (picture,) = [part for part in card.body if isinstance(part, Picture)]
    assert "Team Player" in picture.alt
    assert picture.alt != "Team Player", "the alt text says what it is"


def test_the_summary_is_a_whole_sentence() -> None:
    card = build_badge_celebration_card([FACTS], Copy("en"))
    assert card.summary == "Ana López gave Bob Roe the badge Team Player."
    assert [render_spans_as_text(part.spans) for part in card.body if isinstance(part, Text)] == [
        card.summary,
        "+10 points",
    ]


@each_row(
    ("language", "sentence", "points"),
    [
        ("en", "Ana López gave Bob Roe and Carla Díaz the badge Team Player.", "+10 points each"),
        ("es", "Ana López les ha dado a Bob Roe y Carla Díaz la insignia Team Player.", "+10 puntos para cada persona"),
    ],
)
def test_several_receivers_share_one_celebration(language: str, sentence: str, points: str) -> None:
    carla = replace(FACTS, id=13, receiver_id=3, receiver_name="Carla Díaz")
    card = build_badge_celebration_card([FACTS, carla], Copy(language))
    assert card.summary == sentence
    assert [render_spans_as_text(part.spans) for part in card.body if isinstance(part, Text)] == [sentence, points]
    assert [mention.person_id for mention in mentions(card)] == [1, 2, 3]


def test_what_nobody_gave_is_earned(copy: Copy) -> None:
    card = build_badge_celebration_card([EARNED], copy)
    assert [mention.name for mention in mentions(card)] == ["Bob Roe"]
    assert [type(part) for part in card.body] == [Text], "no empty quote, no +0, no picture that is not on the web"
    assert badge.DEFAULT_BADGE_EMOJI in card.title


def test_the_receiver_is_addressed(copy: Copy) -> None:
    card = build_badge_received_card(FACTS, copy)
    assert [mention.name for mention in mentions(card)] == ["Ana López"]
    assert Quote(WORDS) in card.body


def test_what_was_taken_back_names_nobody_and_nothing(copy: Copy) -> None:
    card = build_badge_withdrawn_card(copy)
    said = " ".join(
        (card.title, card.summary, *(render_spans_as_text(part.spans) for part in card.body if isinstance(part, Text)))
    )
    assert not [known for known in DATA if known in said]
    assert not card.actions


def test_the_giver_can_take_it_back(copy: Copy) -> None:
    card = build_badge_given_card([FACTS], copy, "undo.award-12.abc", quiet=[], minutes=10)
    (undo,) = card.actions
    assert isinstance(undo, Button)
    assert undo.token == "undo.award-12.abc"


def test_days_are_the_readers_own() -> None:
    late = replace(FACTS, awarded_at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    (line,) = build_own_badges_card([late], Copy("en", "Europe/Madrid"), shown=5).body
    assert isinstance(line, Text)
    assert render_spans_as_text(line.spans).endswith("Mar 3, 2026")


def test_only_its_owner_sees_the_day_of_what_nobody_gave() -> None:
    (line,) = build_colleague_badges_card(Mention("Bob Roe", 2), [EARNED], Copy("en"), shown=5).body
    assert isinstance(line, Text)
    assert "2026" not in render_spans_as_text(line.spans)


def test_every_card_has_a_title_and_a_summary(copy: Copy) -> None:
    for card in every(copy):
        assert card.title.strip()
        assert card.summary.strip()


def test_no_sentence_stands_outside_the_catalogue() -> None:
    for card in every(Copy(PSEUDO_LANGUAGE)):
        assert_all_marked(card, DATA)
