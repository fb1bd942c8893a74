"""Cells of the people file: one parser for each column.

A parser takes the content of a filled cell, from CSV or JSON, and returns the value to store. An error is always a
ValueError, whatever the cell's type: it is the file's fault, not the caller's.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any
from zoneinfo import available_timezones

from engine.people.email import is_email, normalize_email
from engine.people.models import MAX_EMAIL_LENGTH

NAMES = ("first_name", "last_name", "display_name")
TEXT_COLUMNS = ("job_code", "title", "department", "worker_type")
WISHES = ("no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news")
PERSON_KINDS = ("employee", "guest", "bot")

BOOLEAN_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "si", "sí", "s", "verdadero"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "falso"), False),
}

NOBODY = frozenset(("no manager", "no_manager", "none", "n/a", "-"))  # how systems write that somebody has no manager
LANGUAGES = {"english": "en", "inglés": "en", "ingles": "en", "spanish": "es", "español": "es", "espanol": "es"}
UNSTORABLE_CELL_PATTERN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
ESCAPED_CONTROL_PATTERN = re.compile(r"(?<!\\)(?:\\\\)*\\u00")  # how JSON writes a control character
LOCALE_PATTERN = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
MAX_CELL_LENGTH = 255  # characters
MAX_ATTRIBUTES_LENGTH = 20_000  # characters as JSON
MAX_ATTRIBUTE_DEPTH = 100  # lists and objects in one attribute


def read_attribute(name: str, cell: Any) -> Any:
    """Return the value of a column that is kept as an attribute.

    Raises ValueError if it cannot be stored, is too long, or has too many lists and objects.
    """
    value = cell.strip() if isinstance(cell, str) else cell
    written = json.dumps({name: value}, ensure_ascii=False, allow_nan=False)
    if ESCAPED_CONTROL_PATTERN.search(written) or UNSTORABLE_CELL_PATTERN.search(written):
        raise ValueError("has a character that cannot be stored")
    if len(written) > MAX_ATTRIBUTES_LENGTH:
        raise ValueError(f"is longer than {MAX_ATTRIBUTES_LENGTH:,} characters")
    if written.count("[") + written.count("{") > MAX_ATTRIBUTE_DEPTH:
        raise ValueError(f"has more than {MAX_ATTRIBUTE_DEPTH} lists and objects")
    return value


def read_text(cell: Any, longest: int = MAX_CELL_LENGTH) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise ValueError("is not text")  # noqa: TRY004
    text = " ".join(str(cell).split())
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", text)
        if UNSTORABLE_CELL_PATTERN.search(text):
            raise ValueError("has a character that cannot be stored")
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    return text


def _email(cell: Any) -> str:
    email = normalize_email(read_text(cell, MAX_EMAIL_LENGTH))
    if not is_email(email):
        raise ValueError(f"{email!r} is no e-mail address")
    return email


def _manager(cell: Any) -> str:
    named = read_text(cell, MAX_EMAIL_LENGTH)
    if named.casefold() in NOBODY:
        return ""
    return normalize_email(named) if "@" in named else named


def _several(cell: Any) -> list[str]:
    """Parse a JSON list, or items separated by `;` or `|`. Duplicates are removed."""
    if isinstance(cell, str):
        cell = _json(cell) if cell.lstrip().startswith("[") else re.split("[;|]", cell)
    if not isinstance(cell, list):
        raise ValueError("is no list")  # noqa: TRY004
    return list(dict.fromkeys(filter(None, map(read_text, cell))))


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        raise ValueError("is no JSON list") from None


def _timezone(cell: Any) -> str:
    name = read_text(cell)
    if name not in _zones():
        raise ValueError(f"there is no time zone {name!r}; one looks like Europe/Madrid")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _locale(cell: Any) -> str:
    name = read_text(cell)
    name = LANGUAGES.get(name.casefold(), name)
    if not LOCALE_PATTERN.fullmatch(name):
        raise ValueError(f"{name!r} is no locale; one looks like es or es-MX")
    return name


def read_yes_no(cell: Any) -> bool:
    """Parse yes or no, in the usual forms of English and Spanish. Raises ValueError for anything else."""
    answer = BOOLEAN_WORDS.get(str(cell).strip().casefold())
    if answer is None:
        raise ValueError(f"{str(cell)[:20]!r} is neither yes nor no")
    return answer


def _kind(cell: Any) -> str:
    kind = read_text(cell).casefold()
    if kind not in PERSON_KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(PERSON_KINDS)}")
    return kind


def _name(cell: Any) -> str:
    name = read_text(cell)
    if not any(map(str.isalpha, name)):
        raise ValueError(f"{name!r} has no letter, so it is no name")
    return name


def _remembered(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader for columns that repeat themselves."""
    remembered = lru_cache(maxsize=4096)(reader)
    return lambda cell: (remembered if type(cell) is str and len(cell) <= MAX_CELL_LENGTH else reader)(cell)


CELL_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(NAMES, _name),
    **dict.fromkeys(TEXT_COLUMNS, _remembered(read_text)),
    "email": _email,
    "employee_id": lambda cell: read_text(cell, 64),
    "groups": _remembered(_several),
    "programs": _remembered(_several),
    "manager": _remembered(_manager),
    "start_date": _remembered(read_text),  # the order of days is the whole column's: see rows
    "birthday": _remembered(read_text),
    "timezone": _remembered(_timezone),
    "locale": _remembered(_locale),
    "kind": _kind,
    **dict.fromkeys(WISHES, read_yes_no),
}
