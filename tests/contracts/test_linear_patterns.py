"""No pattern that reads text takes more than linear time, whatever the text is."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from re import _parser as pattern_parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.pattern_sources import UsedPattern, find_patterns
from tests.processor_time import find_slowness

USUAL_PIECES = (" ", "\n", "#", "a", "@", "1", ".", ",", "<at", "</", "a.a@", "@a ", "y ", '"', "-")

LAST_PIECES = ("", "\x00", "! a")

SAMPLES = {
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_WORD": "!",
    "CATEGORY_DIGIT": "1",
    "CATEGORY_NOT_DIGIT": "a",
}

MAX_OWN_PIECES = 9  # of one pattern


@pytest.mark.processor_time
def test_every_pattern_is_linear() -> None:
    slow = []
    for used in find_patterns():
        slow += [f"{used.where} {fault}" for fault in _find_faults(used)]
    assert slow == []


@pytest.mark.processor_time
def test_a_slow_pattern_is_found() -> None:
    quadratic = UsedPattern("spaces", re.compile(r"\s+into"), frozenset({"search"}))
    endless = UsedPattern("marks", re.compile(r"(?:#\S+|[\W_])*"), frozenset({"fullmatch"}))
    assert [bool(list(_find_faults(used))) for used in (quadratic, endless)] == [True, True]


def _find_faults(used: UsedPattern) -> Iterator[str]:
    """The first input that is too slow, for each method."""
    for method in sorted(used.methods):
        for start, piece, last in _hostile_inputs(used.pattern):
            if fault := find_slowness(partial(_call, used.pattern, method, start, piece, last)):
                yield f"{method} on {start!r} + {piece!r}… + {last!r}: {fault}"
                break


def _call(pattern: re.Pattern[str], method: str, start: str, piece: str, last: str, size: int) -> Callable[[], object]:
    text = start + piece * (size // len(piece)) + last
    if method in ("sub", "subn"):
        return lambda: pattern.sub("", text)
    if method == "finditer":
        return lambda: pattern.findall(text)
    return lambda: getattr(pattern, method)(text)


def _hostile_inputs(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """(beginning, what is repeated, end), of the pattern's own alphabet and of what people are known to send."""
    own = list(dict.fromkeys(_pieces(pattern_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))))
    own = own[:MAX_OWN_PIECES]
    repeated = dict.fromkeys([*own, *USUAL_PIECES, *("".join(pair) for pair in product(own, repeat=2))])
    for piece in repeated:
        for last in LAST_PIECES:
            yield "", piece, last
    for start, piece in product(own, (*own, " ", "a", "#")):
        yield start, piece, "\x00"


def _pieces(parsed: Any) -> Iterator[str]:
    """The literal words of a pattern as they stand together, and one sample for each set of characters."""
    word = ""
    for operation, value in parsed:
        if str(operation) == "LITERAL":
            word += chr(value)
            continue
        if word:
            yield word
            word = ""
        yield from _nested(str(operation), value)
    if word:
        yield word


def _nested(operation: str, value: Any) -> Iterator[str]:
    match operation:
        case "IN":
            yield from _samples(value)
        case "CATEGORY":
            yield SAMPLES.get(str(value), "a")
        case "NOT_LITERAL" | "ANY":
            yield "a"
        case "BRANCH":
            for branch in value[1]:
                yield from _pieces(branch)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            yield from _pieces(value[2])
        case "SUBPATTERN":
            yield from _pieces(value[3])
        case "ATOMIC_GROUP":
            yield from _pieces(value)
        case "ASSERT" | "ASSERT_NOT":
            yield from _pieces(value[1])


def _samples(members: Any) -> Iterator[str]:
    kept = [(str(operation), value) for operation, value in members]
    if kept[0][0] == "NEGATE":
        yield "a"
        return
    for operation, value in kept[:3]:
        match operation:
            case "LITERAL":
                yield chr(value)
            case "RANGE":
                yield chr(value[0])
            case "CATEGORY":
                yield SAMPLES.get(str(value), "a")
