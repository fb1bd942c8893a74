"""What each outcome leaves of a delivery: one table for a row that had trouble before."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from engine.db.connection import DatabaseSession
from engine.delivery.claims import ClaimedDelivery
from engine.delivery.settlement import (
    MAX_DELIVERY_TRIES,
    get_retry_delay,
    get_uncertain_delay,
    mark_failed,
    mark_gone,
    mark_rejected,
    mark_sent,
    mark_uncertain,
    mark_unneeded,
    release_deliveries,
)
from engine.outbox.models import Delivery
from tests import people
from tests.conftest import NOW
from tests.engine.delivery.outgoing import follow, take, thank, the_delivery

Outcome = Callable[[DatabaseSession, ClaimedDelivery], Awaitable[object]]

AT = {"now": NOW}
HAD = {"attempts": 3, "error": "Broken", "due_at": NOW, "lease": None, "leased_until": None, "parked_at": None}
HAD |= {"closed_at": None, "sent_version": 0, "wanted_version": 1, "message_ref": None}
LOST = {"error": "unclear: cut"}


def seconds(number: float) -> Any:
    return NOW + timedelta(seconds=number)


async def release(session: DatabaseSession, claimed: ClaimedDelivery) -> None:
    await release_deliveries(session, [claimed])


def failed(jitter: float) -> Outcome:
    return partial(mark_failed_with, jitter=jitter)


async def mark_failed_with(session: DatabaseSession, claimed: ClaimedDelivery, jitter: float) -> bool:
    return await mark_failed(session, claimed, error="Again", jitter=jitter, **AT)


async def uncertain(session: DatabaseSession, claimed: ClaimedDelivery) -> bool:
    return await mark_uncertain(session, claimed, error="cut", jitter=0.5, **AT)


async def sent(session: DatabaseSession, claimed: ClaimedDelivery) -> bool:
    return await mark_sent(session, claimed, ref={"ts": "1"}, **AT)


async def unneeded(session: DatabaseSession, claimed: ClaimedDelivery) -> bool:
    return await mark_unneeded(session, claimed, **AT)


async def rejected(session: DatabaseSession, claimed: ClaimedDelivery) -> None:
    await mark_rejected(session, claimed, error="no", **AT)


async def gone(session: DatabaseSession, claimed: ClaimedDelivery) -> None:
    await mark_gone(session, claimed, **AT)


LAST = {"attempts": MAX_DELIVERY_TRIES - 1}
CHANGED = {"wanted_version": 2, "attempts": 0}  # by a change while it is being sent
TABLE: list[tuple[str, dict[str, Any], dict[str, Any], Outcome, dict[str, Any]]] = [
    # what it was as it was claimed, what came meanwhile, what came of it, what is left
    ("sent", {}, {}, sent, {"sent_version": 1, "message_ref": {"ts": "1"}, "attempts": 0, "error": None}),
    ("sent, and changed", {}, CHANGED, sent, {"sent_version": 1, "message_ref": {"ts": "1"}, "error": None} | CHANGED),
    ("unneeded", {}, {}, unneeded, {"closed_at": NOW}),
    ("released", {}, {}, release, {}),
    ("failed", {}, {}, failed(0.5), {"attempts": 4, "error": "Again", "due_at": seconds(8)}),
    ("failed after a doubt", LOST, {}, failed(0), {"attempts": 4} | LOST),
    ("failed at last", LAST, {}, failed(0), {"attempts": MAX_DELIVERY_TRIES, "error": "Again", "parked_at": NOW}),
    ("failed, and changed", LAST, CHANGED, failed(0), {"error": "Again"} | CHANGED | {"attempts": 1}),
    ("uncertain", {}, {}, uncertain, LOST | {"due_at": seconds(90)}),
    ("uncertain once more", LOST, {}, uncertain, LOST | {"parked_at": NOW}),
    ("uncertain once more, and changed", LOST, CHANGED, uncertain, LOST | CHANGED),
    ("rejected", {}, {}, rejected, {"closed_at": NOW, "error": "unable: no"}),
    ("gone", {}, {}, gone, {"closed_at": NOW, "error": "gone"}),
]


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_what_an_outcome_leaves(session: DatabaseSession) -> None:
    ana, bob = await people.add(session, "Ana López"), await people.add(session, "Bob Stone", direct_news=False)
    await follow(session, "general")
    await thank(session, ana, bob, "for the launch")
    wrong = {}
    for case, before, meanwhile, outcome, after in TABLE:
        await session.execute(update(Delivery).values(HAD | before))
        (claimed,) = await take(session, channels=("web",))
        if meanwhile:
            await session.execute(update(Delivery).values(meanwhile))
        for lease in ("another's", claimed.lease):
            held = ClaimedDelivery(**{name: getattr(claimed, name) for name in claimed.__slots__} | {"lease": lease})
            await outcome(session, held)
            row = await the_delivery(session)
            wanted = HAD | before | meanwhile | after
            if lease != claimed.lease:
                wanted = HAD | before | meanwhile | {"lease": claimed.lease, "leased_until": claimed.leased_until}
            found = {name: getattr(row, name) for name in HAD}
            if found != wanted:
                wrong[case, lease] = {name: found[name] for name in HAD if found[name] != wanted[name]}
    assert wrong == {}


def test_the_delays() -> None:
    assert [get_retry_delay(tries, 1) for tries in (0, 1, 2, 8, 9, 99)] == [2, 4, 8, 512, 600, 600]
    assert [get_retry_delay(tries, 0) for tries in (0, 99)] == [0, 0]
    assert [get_uncertain_delay(jitter) for jitter in (0, 0.5, 1)] == [60, 90, 120]
