"""The days of a people file, in the forms that people and systems write."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from engine.errors import BadInput
from engine.parsing.problems import quote_text
from engine.people.names import fold_name
from engine.people_file.choices import DateOrder

ISO = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ][\d:.,]{4,18}(?: ?Z| ?[-+]\d{2}:?\d{2})?)?", re.ASCII)

NUMBERS = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?)?", re.ASCII
)

DAY_MONTH = re.compile(r"(\d{1,2})([-/.])(\d{1,2})", re.ASCII)
ISO_YEARLESS = re.compile(r"(?:--)?(\d{2})-(\d{2})", re.ASCII)
WORDS = re.compile(r"\d+|[^\W\d_]+")

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january enero ene", "february febrero", "march marzo", "april abril abr", "may mayo", "june junio",
         "july julio", "august agosto ago", "september septiembre setiembre sept", "october octubre",
         "november noviembre", "december diciembre dic"), 1
    )
    for word in names.split()
    for name in (word, word[:3])
}  # fmt: skip

PARTICLES = frozenset(("de", "del", "of", "st", "nd", "rd", "th"))
LEAP_YEAR = 2000  # 29 February is a birthday too
MONTHS_A_YEAR = 12
FIRST_YEAR, LAST_YEAR = 1900, 2100

Birthday = tuple[int | None, int, int]  # year, month, day


@lru_cache(maxsize=8192)  # a column of dates repeats itself
def read_day(text: str, order: DateOrder | None, latest: int) -> date:
    """Parse a day. A two-digit year means the last such year up to `latest`.

    Raises ValueError with a sentence for a person.
    """
    year, month, day = _parts(text, order)
    if year is None:
        raise ValueError(f"{text!r} has no year; write YYYY-MM-DD")
    return _real_day(text, _full_year(year, latest), month, day)


@lru_cache(maxsize=8192)
def read_birthday(text: str, order: DateOrder | None, latest: int) -> Birthday:
    """Parse a birthday into year, month and day. The year is None if it is missing."""
    year, month, day = _parts(text, order)
    born = _real_day(text, LEAP_YEAR if year is None else _full_year(year, latest), month, day)
    return (None if year is None else born.year), born.month, born.day


def find_order(text: str) -> DateOrder | None:
    """Return the only date order that a numeric day allows.

    Return None if both orders fit, or if the day is written in another form.
    """
    first, second = _numbers(text)
    return "dmy" if second <= MONTHS_A_YEAR < first else "mdy" if first <= MONTHS_A_YEAR < second else None


def has_two_readings(text: str) -> bool:
    """Check whether a day such as 03/04/2019 could be in March as well as in April."""
    first, second = _numbers(text)
    return first != second and max(first, second) <= MONTHS_A_YEAR


def _numbers(text: str) -> tuple[int, int]:
    """Return the first two numbers of a day whose order is unknown, or (0, 0) if the order is known."""
    found = NUMBERS.fullmatch(text) or (None if ISO_YEARLESS.fullmatch(text) else DAY_MONTH.fullmatch(text))
    return (0, 0) if found is None or found[2] == "." else (int(found[1]), int(found[3]))


@dataclass(slots=True)
class DateColumns:
    """What the cells of each column of dates say about its order, gathered over the whole file."""

    orders: dict[str, dict[DateOrder, str]] = field(default_factory=dict)  # with a cell that shows it
    doubtful: dict[str, str] = field(default_factory=dict)  # a cell that has two readings

    def note(self, heading: str, text: str) -> None:
        if order := find_order(text):
            self.orders.setdefault(heading, {}).setdefault(order, text)
        elif heading not in self.doubtful and has_two_readings(text):
            self.doubtful[heading] = text

    def decide(self, headings: Iterable[str], chosen: DateOrder | None) -> dict[str, DateOrder | None]:
        """Decide the date order of each column.

        The chosen order comes first, then the order shown by the column's own cells, then that of the other columns of
        the file. Raises BadInput if a column has both orders, or cells with two readings that remain undecided.
        """
        if chosen:
            return dict.fromkeys(headings, chosen)
        everywhere = {order for orders in self.orders.values() for order in orders}
        return {heading: self._decide(heading, everywhere) for heading in headings}

    def _decide(self, heading: str, everywhere: set[DateOrder]) -> DateOrder | None:
        own = self.orders.get(heading, {})
        if len(own) > 1:
            raise BadInput(
                f"{quote_text(heading)} has {quote_text(own['dmy'])} with the day first and {quote_text(own['mdy'])} "
                f"with the month first: {CHOOSE}; days that do not fit are left out then"
            )
        if heading in self.doubtful and not own and len(everywhere) != 1:
            raise BadInput(
                f"{quote_text(heading)}: {quote_text(self.doubtful[heading])} may have the day or the month first, "
                f"and nothing in the file decides: {CHOOSE}"
            )
        return next(iter(own or everywhere), None)


CHOOSE = "please choose with --date-order dmy or --date-order mdy"


def _parts(text: str, order: DateOrder | None) -> tuple[str | None, int, int]:
    """Split a day into the year as it is written (None without one), month and day."""
    if found := ISO.fullmatch(text):
        return found[1], int(found[3]), int(found[4])
    if found := ISO_YEARLESS.fullmatch(text):
        return None, int(found[1]), int(found[2])
    if found := NUMBERS.fullmatch(text):
        return found[4], *_ordered(text, found, order)
    if found := DAY_MONTH.fullmatch(text):
        return None, *_ordered(text, found, order)
    return _in_words(text)


def _ordered(text: str, found: re.Match[str], order: DateOrder | None) -> tuple[int, int]:
    """Return month and day of a numeric day. Raises ValueError if the order is unclear."""
    first, second = int(found[1]), int(found[3])
    order = "dmy" if found[2] == "." else order or find_order(text)
    if order is None and first != second:
        raise ValueError(f"{text!r} may have the day or the month first; {CHOOSE}")
    return (second, first) if order == "dmy" else (first, second)


def _in_words(text: str) -> tuple[str | None, int, int]:
    """Parse a day with the month as a word into year, month and day.

    Examples: 4 March 2019, Mar 4, 2019, 04-Mar-19, 4 de marzo de 2019, June 17.
    """
    parts = [part for part in WORDS.findall(fold_name(text)) if part not in PARTICLES]
    months = [MONTHS[part] for part in parts if part in MONTHS]
    numbers = [part for part in parts if part.isdecimal() and part.isascii()]
    if len(months) == 1 and len(numbers) in (1, 2) and len(parts) == 1 + len(numbers) and len(numbers[0]) <= 2:
        year = numbers[1] if len(numbers) == 2 else None
        if year is None or len(year) in (2, 4):
            return year, months[0], int(numbers[0])
    raise ValueError(f"{text!r} is no day that can be read; write YYYY-MM-DD")


def _full_year(written: str, latest: int) -> int:
    if len(written) == 4:
        return int(written)
    century = latest // 100 * 100
    return century + int(written) - (100 if century + int(written) > latest else 0)


def _real_day(text: str, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day {text!r}") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{text!r} is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return found
