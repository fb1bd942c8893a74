"""Reading and writing: the sentences of the copy, in the reader's language."""

from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_decimal

from bot.i18n.catalog import DEFAULT_LANGUAGE, PSEUDO_LANGUAGE


@cache
def _locale_of(language: str) -> Locale:
    try:
        return Locale.parse(DEFAULT_LANGUAGE if language == PSEUDO_LANGUAGE else language)
    except UnknownLocaleError:
        return Locale.parse(DEFAULT_LANGUAGE)


@lru_cache(maxsize=1024)
def _number(value: int, language: str) -> str:
    return format_decimal(value, locale=_locale_of(language))


@lru_cache(maxsize=1024)
def _day(value: date, skeleton: str, language: str) -> str:
    """Format a day with a short month name, the way Slack formats its own dates.

    All days in the copy are formatted here.
    """
    return format_skeleton(skeleton, value, locale=_locale_of(language))
