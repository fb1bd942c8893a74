"""Points on cards: the balance and its entries. A `name` of None means the reader."""

from collections.abc import Sequence

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Part, Span, Table, Text
from engine.points.ledger import EntryFacts

MINUS_SIGN = "−"


def build_balance_card(total: int, last: Sequence[EntryFacts], copy: Copy, *, name: str | None) -> Card:
    """Build the balance of points in one line, with the last few entries."""
    title = copy.line("points.title_of", name=name) if name else copy.line("points.title")
    sentence = _balance(total, last, copy, name)
    lines = [copy.text("points.line", amount=_signed(e, copy), what=_what(e, copy), day=_day(e, copy)) for e in last]
    more = [copy.text("points.more")] if last and not name else []
    return Card(title, sentence, (Text((sentence,)), *lines, *more))


def build_points_history_card(
    total: int, shown: Sequence[EntryFacts], copy: Copy, *, name: str | None, older: int
) -> Card:
    """Build the newest point entries as a table. `older` is the number of entries left out of it."""
    title = copy.line("why.title_of", name=name) if name else copy.line("why.title")
    sentence = _balance(total, shown, copy, name)
    body: list[Part] = [Text((sentence,))]
    if shown:
        body.append(_table(shown, copy))
    if older:
        body.append(copy.text("why.older", count=older))
    return Card(title, sentence, tuple(body))


def _balance(total: int, entries: Sequence[EntryFacts], copy: Copy, name: str | None) -> str:
    if name:
        return copy.line("points.balance_of" if entries else "points.nothing_of", name=name, count=total)
    return copy.line("points.balance" if entries else "points.nothing_yet", count=total)


def _table(shown: Sequence[EntryFacts], copy: Copy) -> Table:
    headers = (copy.line("why.when"), copy.line("why.what"), copy.line("why.points"))
    return Table(headers, tuple(((_day(e, copy),), (_what(e, copy),), (_signed(e, copy),)) for e in shown))


def _day(entry: EntryFacts, copy: Copy) -> Span:
    return copy.day_of(entry.at)


def _signed(entry: EntryFacts, copy: Copy) -> str:
    return f"{MINUS_SIGN if entry.amount < 0 else '+'}{copy.number(abs(entry.amount))}"


def _what(entry: EntryFacts, copy: Copy) -> str:
    key = f"why.{entry.kind}_{entry.reason}"
    return copy.line(key, label=entry.label) if copy.knows(key) and entry.label else copy.line("why.other")
