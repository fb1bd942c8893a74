"""The hot queries of a large organisation: the product's own functions, each beside a bare query by key."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.web.people import find_mentioned_people, search_web_people
from engine.admin.settings import load_settings
from engine.awards.queries import get_last_given_award, list_awards_of_gift, list_awards_of_person, list_newest_awards
from engine.db.connection import DatabaseSession
from engine.delivery.claiming import claim_deliveries
from engine.delivery.claims import count_parked, get_oldest_due
from engine.feed import recent
from engine.feed.by_turn import is_already_thanked
from engine.feed.recent import list_recent_items
from engine.kudos.queries import (
    get_last_given_kudos,
    list_kudos,
    list_kudos_given,
    list_kudos_received,
    list_recently_thanked,
)
from engine.outbox.publishing import mark_changed
from engine.people.account import Account
from engine.people.search import find_full_names, search_people
from engine.points.ledger import count_entries, get_balance, list_entries, sum_earned_between
from tests.bench.million_rows import BUSY_GIVER

STAR = 11

NOW = datetime.now(UTC)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Floor:
    """A bare statement on the driver's connection; `values` are those of a run."""

    sql: str
    values: Callable[[int], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """`ask` is run with the session and the number of the run: each run asks about others."""

    name: str
    ask: Callable[[DatabaseSession, int], Awaitable[Any]]
    floor: Floor
    writes: bool = False


def cases(size: int) -> Iterator[Case]:
    """All cases for so many people."""

    def somebody(run: int) -> int:
        return 1 + (run * 7919 + 3) % size

    row = Floor("SELECT * FROM people WHERE id = $1", lambda run: [somebody(run)])
    ten = Floor("SELECT * FROM people WHERE id = ANY($1)", lambda run: [[somebody(run + i) for i in range(10)]])
    gifts = Floor(
        "SELECT * FROM kudos WHERE kudos_id = ANY($1)", lambda run: [[10 * size - 10 * run - i for i in range(10)]]
    )
    cards = Floor(
        "SELECT * FROM deliveries WHERE id = ANY($1)", lambda run: [[15 * size - 16 * run - i for i in range(16)]]
    )
    yield from _of_people(somebody, row, gifts)
    yield from _feed(gifts, size)
    yield from _finding(somebody, ten, row)
    yield from _relay(cards, row, size)


def _of_people(somebody: Callable[[int], int], row: Floor, gifts: Floor) -> Iterator[Case]:
    for whose, who in (
        (" of anybody", somebody),
        (" of a star", lambda _: STAR),
        (" of a giver", lambda _: BUSY_GIVER),
    ):
        yield Case(f"balance{whose}", lambda s, n, who=who: get_balance(s, who(n)), row)
        yield Case(f"movements counted{whose}", lambda s, n, who=who: count_entries(s, who(n)), row)
        yield Case(f"20 movements{whose}", lambda s, n, who=who: list_entries(s, who(n)), gifts)
        yield Case(
            f"earned in a day{whose}",
            lambda s, n, who=who: sum_earned_between(s, who(n), "given", NOW - DAY, NOW),
            row,
        )
        yield Case(f"5 awards{whose}", lambda s, n, who=who: list_awards_of_person(s, who(n), limit=5), gifts)
        yield Case(f"3 thanks given{whose}", lambda s, n, who=who: list_kudos_given(s, who(n), 3), gifts)
        yield Case(f"3 thanks received{whose}", lambda s, n, who=who: list_kudos_received(s, who(n), 3), gifts)
        yield Case(f"last kudos{whose}", lambda s, n, who=who: get_last_given_kudos(s, who(n)), row)
        yield Case(f"last award{whose}", lambda s, n, who=who: get_last_given_award(s, who(n)), row)
        yield Case(
            f"thanked lately{whose}",
            lambda s, n, who=who: list_recently_thanked(s, Account("slack", "T1", f"U{who(n):08}"), limit=5),
            row,
        )


def _feed(gifts: Floor, size: int) -> Iterator[Case]:
    for name, typed, offset in (
        ("nothing typed", "", 0),
        ("its last page", "", recent.MAX_FEED_OFFSET),
        ("a word of all", "launch", 0),
        ("a name of many", "ana", 0),
        ("a name of one", "aaaabcde", 0),
        ("a word of nobody", "zzzz", 0),
    ):
        yield Case(
            f"recent, {name}",
            lambda s, _, typed=typed, offset=offset: list_recent_items(s, typed, limit=10, offset=offset),
            gifts,
        )
    yield Case("newest awards", lambda s, _: list_newest_awards(s, limit=25), gifts)
    yield Case("an award's gift", lambda s, n: list_awards_of_gift(s, 5 * size - n), gifts)
    yield Case("10 kudos", lambda s, n: list_kudos(s, range(10 * size - 10 * n, 10 * size - 10 * n + 10)), gifts)
    yield Case(
        "thanked by a turn", lambda s, n: is_already_thanked(s, f"turn:slack:T1:C1:{n}", giver_id=7), gifts, writes=True
    )


def _finding(somebody: Callable[[int], int], ten: Floor, row: Floor) -> Iterator[Case]:
    one = "abcdefghij"
    for name, typed in (
        ("a word of a tenth", "ana"),
        ("a beginning", "an"),
        ("a letter", "a"),
        ("a part of many", "rid"),
        ("a part of few", "aabcdef"),
        ("two letters of nobody", "zq"),
        ("nobody", "zzzz"),
    ):
        yield Case(f"find {name}", lambda s, _, typed=typed: search_people(s, [typed]), ten)
        yield Case(f"web search {name}", lambda s, _, typed=typed: search_web_people(s, typed, limit=8), ten)
    yield Case(
        "find a full name",
        lambda s, n: search_people(s, ["elena " + "".join(one[int(d)] for d in f"{somebody(n):08}")]),
        row,
    )
    yield Case("find an e-mail", lambda s, n: search_people(s, [f"p{somebody(n)}@corp.test"]), row)
    yield Case(
        "find eight names",
        lambda s, _: search_people(s, ["ana", "bob", "zia", "quentin", "an", "x", "ri", "bo"]),
        ten,
    )
    yield Case("full names", lambda s, _: find_full_names(s, ["ana x", "ana aaaabcde", "bob"]), row)
    yield Case("web search nothing", lambda s, _: search_web_people(s, "", limit=8), ten)
    yield Case("web search an e-mail", lambda s, n: search_web_people(s, f"p{somebody(n)}", limit=8), row)
    yield Case("web mentions", lambda s, _: find_mentioned_people(s, "@ana @p77 @bob aaaabcde thanks"), ten)


def _relay(cards: Floor, row: Floor, size: int) -> Iterator[Case]:
    for name, channels in (
        ("claim of a backlog", ["slack"]),
        ("claim of all channels", ["slack", "teams", "telegram"]),
        ("claim of an idle channel", ["teams"]),
        ("claim of two idle channels", ["teams", "telegram"]),
    ):
        yield Case(
            name,
            lambda s, _, channels=channels: claim_deliveries(
                s, now=NOW, limit=16, lease_seconds=90, token="x", channels=channels
            ),
            cards,
            writes=True,
        )
    yield Case("longest due", lambda s, _: get_oldest_due(s, NOW), row)
    yield Case("parked", lambda s, _: count_parked(s, since=NOW - 7 * DAY), row)
    yield Case("settings", lambda s, _: load_settings(s), row)
    yield Case("a card wanted anew", lambda s, n: mark_changed(s, "kudos", n + 1, NOW), cards, writes=True)
