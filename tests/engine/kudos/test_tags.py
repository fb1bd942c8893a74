"""Tags: one spelling for what people write in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.catalog import LANGUAGES, load_sentences
from engine.errors import Refused
from engine.kudos import tags as kudos_tags
from engine.kudos.tags import normalize_tag, parse_tags
from tests.tables import each_row


@each_row(
    ("raw", "name"),
    [
        ("teamwork", "teamwork"),
        ("#teamwork", "teamwork"),
        ("  #Team_Player!  ", "team_player"),
        ("#launch-day...", "launch-day"),
        ("#sí!", "sí"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("#2026", None),
        ("#1", None),
        ("#1st", "1st"),
        ("#२०", None),
        ("#-a-", "a"),
        ("(#_private_)", "private"),
        ("#हिन्दी", "हिन्दी"),
        ("#שלום", "שלום"),
        ("#over-", "over"),
        ("x" * 64, "x" * 64),
        ("x" * 65, None),
        ("two words", None),
        ("a/b", None),
        ("#", None),
        ("##", None),
        ("--", None),
        ("🎉", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_a_tag_has_one_spelling(raw: str, name: str | None) -> None:
    assert normalize_tag(raw) == name


@given(st.text(max_size=100))
def test_any_text_is_a_tag_that_stays_one_or_none(raw: str) -> None:
    name = normalize_tag(raw)
    assert name is None or (1 <= len(name) <= kudos_tags.MAX_TAG_LENGTH and normalize_tag(name) == name)


def test_the_composed_and_the_decomposed_letter_are_one_tag() -> None:
    assert parse_tags(["caf\u00e9", "cafe\u0301", "#CAFÉ"]) == ("café",)


def test_a_gift_carries_ten_tags_and_not_eleven() -> None:
    ten = [f"tag{n}" for n in range(10)]
    assert parse_tags([*ten, "#TAG0"]) == tuple(ten)
    with pytest.raises(Refused) as no:
        parse_tags([*ten, "one-more"])
    assert (no.value.reason, no.value.details) == ("too_many_tags", {"count": 10})


def test_what_is_no_tag_is_refused_by_name() -> None:
    with pytest.raises(Refused) as no:
        parse_tags(["fine", "not/fine"])
    assert (no.value.reason, no.value.details["tag"]) == ("tag_unreadable", "not/fine")


@each_row("language", LANGUAGES)
def test_the_fifteen_have_a_name_in_each_language(language: str) -> None:
    assert len(kudos_tags.PREDEFINED_TAGS) == 15
    named = {key.removeprefix("tags.") for key in load_sentences(language) if key.startswith("tags.")}
    assert named == set(kudos_tags.PREDEFINED_TAGS)


def test_the_fifteen_are_spelled_as_people_will_be_read() -> None:
    assert all(normalize_tag(name) == name for name in kudos_tags.PREDEFINED_TAGS)
