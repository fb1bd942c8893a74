"""The cells of the people file: one reader a column.

A reader takes what stands in a cell that is not empty, from a CSV or from JSON, and returns the value to store. What is
wrong is always a ValueError, whatever the cell's type: it is the file's fault, not the caller's.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from engine.people.email import is_email, normalize_email
from engine.people.models import MAX_EMAIL_LENGTH

TEXT_COLUMNS = ("first_name", "last_name", "display_name", "job_code", "title", "department", "worker_type")

BOOLEAN_COLUMNS = ("active", "no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news")

PERSON_KINDS = ("employee", "guest", "bot")

BOOLEAN_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

UNSTORABLE_CELL_PATTERN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

ESCAPED_CONTROL_PATTERN = re.compile(r"(?<!\\)(?:\\\\)*\\u00")  # how JSON writes a control character

LOCALE_PATTERN = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")

ISO_DAY_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

BIRTHDAY_PATTERN = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)

LEAP_YEAR = 2000  # 29 February is a birthday too

MAX_CELL_LENGTH = 255  # characters

MAX_ATTRIBUTES_LENGTH = 20_000  # characters as JSON

MAX_ATTRIBUTE_DEPTH = 100  # lists and objects in one attribute


def parse_attributes(name: str, cell: Any) -> dict[str, Any]:
    """An unknown column; a JSON object called `attributes` holds several."""
    several = name == "attributes" and isinstance(cell, dict)
    given = cell if several else {name: cell.strip() if isinstance(cell, str) else cell}
    written = json.dumps(given, ensure_ascii=False, allow_nan=False)
    if ESCAPED_CONTROL_PATTERN.search(written) or UNSTORABLE_CELL_PATTERN.search(written):
        raise ValueError("has a character that cannot be stored")
    if len(written) > MAX_ATTRIBUTES_LENGTH:
        raise ValueError(f"is longer than {MAX_ATTRIBUTES_LENGTH:,} characters")
    if written.count("[") + written.count("{") > MAX_ATTRIBUTE_DEPTH:
        raise ValueError(f"has more than {MAX_ATTRIBUTE_DEPTH} lists and objects")
    return dict(given)


def _text(cell: Any, longest: int = MAX_CELL_LENGTH) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise ValueError("is not text")  # noqa: TRY004
    text = unicodedata.normalize("NFC", " ".join(str(cell).split()))
    if UNSTORABLE_CELL_PATTERN.search(text):
        raise ValueError("has a character that cannot be stored")
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    return text


def _email(cell: Any) -> str:
    email = normalize_email(_text(cell, MAX_EMAIL_LENGTH))
    if not is_email(email):
        raise ValueError(f"{email!r} is no e-mail address")
    return email


def _employee_id(cell: Any) -> str:
    return _text(cell, 64)


def _manager(cell: Any) -> str:
    named = _text(cell, MAX_EMAIL_LENGTH)
    return normalize_email(named) if "@" in named else named


def _several(cell: Any) -> list[str]:
    """A JSON list, or words parted by `;` or `|`; nothing twice."""
    if isinstance(cell, str):
        cell = _json(cell) if cell.lstrip().startswith("[") else re.split("[;|]", cell)
    if not isinstance(cell, list):
        raise ValueError("is no list")  # noqa: TRY004
    return list(dict.fromkeys(filter(None, map(_text, cell))))


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        raise ValueError("is no JSON list") from None


def _day(cell: Any) -> date:
    text = _text(cell)
    if not ISO_DAY_PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is not YYYY-MM-DD")
    return _real_day(text, *map(int, text.split("-")))


def _birthday(cell: Any) -> tuple[int | None, int, int]:
    text = _text(cell)
    found = BIRTHDAY_PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not YYYY-MM-DD or MM-DD")
    year, month, day = found.groups()
    born = _real_day(text, int(year or LEAP_YEAR), int(month), int(day))
    return (born.year if year else None), born.month, born.day


def _real_day(text: str, year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day {text!r}") from None
    if not 1900 <= year <= 2100:
        raise ValueError(f"{text!r} is not between the years 1900 and 2100")
    return found


def _timezone(cell: Any) -> str:
    name = _text(cell)
    if name not in _zones():
        raise ValueError(f"there is no time zone {name!r}; one looks like Europe/Madrid")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _locale(cell: Any) -> str:
    name = _text(cell)
    if not LOCALE_PATTERN.fullmatch(name):
        raise ValueError(f"{name!r} is no locale; one looks like es or es-MX")
    return name


def _yes_no(cell: Any) -> bool:
    answer = BOOLEAN_WORDS.get(str(cell).strip().casefold())
    if answer is None:
        raise ValueError(f"{str(cell)[:20]!r} is neither yes nor no")
    return answer


def _kind(cell: Any) -> str:
    kind = _text(cell).casefold()
    if kind not in PERSON_KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(PERSON_KINDS)}")
    return kind


CELL_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXT_COLUMNS, _text),
    "email": _email,
    "employee_id": _employee_id,
    "groups": _several,
    "programs": _several,
    "manager": _manager,
    "start_date": _day,
    "birthday": _birthday,
    "timezone": _timezone,
    "locale": _locale,
    "kind": _kind,
    **dict.fromkeys(BOOLEAN_COLUMNS, _yes_no),
}
