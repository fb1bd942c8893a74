"""The copy: placeholders, plurals, lists, languages."""

from datetime import UTC, date, datetime

import pytest

from bot.cards import Bold, Date, Mention
from bot.words import Copy, language_for


@pytest.mark.parametrize(
    ("wishes", "language"),
    [(("es-MX",), "es"), (("pt", "es"), "es"), ((None, ""), "en"), (("EN_gb",), "en"), (("qps",), "qps")],
)
def test_the_first_language_that_we_speak(wishes: tuple[str | None, ...], language: str) -> None:
    assert language_for(*wishes) == language


def test_a_placeholder_stays_a_span() -> None:
    ana = Mention("Ana", 1)
    spans = Copy("en").spans("notices.did_you_mean", typed=Bold("kudo"), nearest=ana)
    assert ana in spans
    assert Bold("kudo") in spans


def test_a_missing_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError):
        Copy("en").line("notices.did_you_mean", typed="x")


def test_numbers_are_written_in_the_language() -> None:
    assert "5,000" in Copy("en").line("form.too_long", maximum=5000)
    assert "50.000" in Copy("es").line("form.too_long", maximum=50000)


@pytest.mark.parametrize(
    ("names", "english", "spanish"),
    [((), "", ""), (("A",), "A", "A"), (("A", "B"), "A and B", "A y B"), (("A", "B", "C"), "A, B, and C", "A, B y C")],
)
def test_lists_of_people(names: tuple[str, ...], english: str, spanish: str) -> None:
    mentions = [Mention(name) for name in names]
    for language, expected in (("en", english), ("es", spanish)):
        spans = Copy(language).names(mentions)
        assert "".join(s.name if isinstance(s, Mention) else str(s) for s in spans) == expected
        assert [s for s in spans if isinstance(s, Mention)] == mentions


def test_moments_name_their_zone() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert Copy("en", "Europe/Madrid").moment(noon) == Date(noon, "Mar 2, 2026, 13:00 (Europe/Madrid)")
    assert Copy("es").day(date(2026, 3, 2)).fallback == "2 de marzo de 2026"


def test_the_generated_language_marks_every_sentence() -> None:
    assert Copy("qps").line("notices.apology_title") == "⟦Sorry⟧"
