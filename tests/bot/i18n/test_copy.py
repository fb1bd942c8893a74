"""The copy: placeholders, plurals, lists, languages."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Date, Mention
from engine.periods import MonthDay
from tests.tables import each_row


@each_row(
    ("wishes", "language"),
    [(("es-MX",), "es"), (("pt", "es"), "es"), ((None, ""), "en"), (("EN_gb",), "en"), (("qps",), "qps")],
)
def test_the_first_language_that_we_speak(wishes: tuple[str | None, ...], language: str) -> None:
    assert choose_language(*wishes) == language


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


@each_row(
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
    assert Copy("es", "Europe/Madrid").moment(noon).fallback == "2 mar 2026, 13:00 (Europe/Madrid)"


@each_row(
    ("language", "day", "of_any_year", "earlier"),
    [("en", "Mar 2, 2026", "Mar 2", "Mar 2, 23:59"), ("es", "2 mar 2026", "2 mar", "2 mar, 23:59")],
)
def test_days_have_one_shape(language: str, day: str, of_any_year: str, earlier: str) -> None:
    copy, night = Copy(language), datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    assert copy.day(night.date()).fallback == copy.day_of(night).fallback == day
    assert copy.moment(night).fallback.startswith(f"{day}, 23:59")
    assert copy.day_of_year(MonthDay(3, 2)) == of_any_year
    assert [copy.lately(night, night + timedelta(minutes=n)) for n in (0, 1)] == ["23:59", earlier]


@each_row(
    ("minutes", "english", "spanish"),
    [
        (0, "0 minutes", "0 minutos"),
        (1, "1 minute", "1 minuto"),
        (90, "1 hour and 30 minutes", "1 hora y 30 minutos"),
        (1440, "1 day", "1 día"),
        (2 * 1440 + 61, "2 days, 1 hour, and 1 minute", "2 días, 1 hora y 1 minuto"),
        (1000 * 1440, "1,000 days", "1.000 días"),
    ],
)
def test_a_length_of_time_is_said_in_the_largest_units(minutes: int, english: str, spanish: str) -> None:
    for language, words in (("en", english), ("es", spanish)):
        assert Copy(language).duration(timedelta(minutes=minutes)) == words


def test_the_generated_language_marks_every_sentence() -> None:
    assert Copy("qps").line("notices.apology_title") == "⟦Sorry⟧"
