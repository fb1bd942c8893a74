"""Who hears of a fact, on which account, and what a change makes of what was sent, parked or closed."""

from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine.db.connection import DatabaseSession
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place, get_or_create_place
from engine.outbox.publishing import find_next_account, find_unreachable, mark_changed, publish_announcement
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite", "postgres"])

EARLY, LATE = NOW - timedelta(days=2), NOW - timedelta(days=1)


def account(
    channel: str, *, preferred: datetime | None = None, seen: datetime = EARLY, linked: datetime = EARLY
) -> Any:
    return {"channel": channel, "preferred_at": preferred, "seen_at": seen, "linked_at": linked}


ORDERS = {  # each: the accounts in the order in which a person is tried on them
    "preferred, though used long ago": [account("a", preferred=EARLY), account("b", seen=LATE, linked=LATE)],
    "used last, though linked first": [account("a", seen=LATE), account("b", linked=LATE)],
    "linked last": [account("a", linked=LATE), account("b")],
    "the newest row": [account("b"), account("a")],
    "three of them": [account("a", preferred=NOW), account("b", seen=LATE), account("c", linked=LATE), account("d")],
    "e-mail where it may be": [account("a", seen=LATE), account("email")],
    "only e-mail": [account("email")],
}


async def tried(session: DatabaseSession, person_id: int, number: int, *, by_mail: bool) -> list[str]:
    """The channels on which the person is told, one after the other fails."""
    told = await publish_announcement(
        session, "notice", number, NOW, place_id=None, everywhere=False, people=[person_id], by_mail=by_mail
    )
    channels = []
    delivery = (await session.scalars(select(Delivery).where(Delivery.announcement_id == told))).one_or_none()
    found = delivery and await session.get(Identity, delivery.identity_id)
    while delivery and found:
        channels.append(found.channel)
        found = await find_next_account(session, delivery.id, by_mail=by_mail)
        delivery.identity_id = found.id if found else delivery.identity_id
        await session.flush()
    return channels


async def test_a_person_hears_on_the_preferred_account_then_where_they_were_last(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana López")
    wrong = {}
    for number, (case, accounts) in enumerate(ORDERS.items()):
        await session.execute(delete(Delivery))
        await session.execute(delete(Identity))
        for one in sorted(accounts, key=itemgetter("channel")):  # so is the order of the rows
            session.add(Identity(person_id=ana.id, tenant="", external_id=case[:30], **one))
            await session.flush()
        wanted = [one["channel"] for one in accounts]
        for by_mail in (True, False):
            expected = [name for name in wanted if by_mail or name != "email"]
            found = await tried(session, ana.id, 2 * number + by_mail, by_mail=by_mail)
            if found != expected:
                wrong[case, by_mail] = found
        unreachable = await find_unreachable(session, [ana.id])
        if unreachable != ({ana.id} if wanted == ["email"] else set()):
            wrong[case, "unreachable"] = sorted(unreachable)
    assert wrong == {}
    assert await find_unreachable(session, []) == set()


async def test_a_fact_goes_to_its_place_and_to_those_that_follow(session: DatabaseSession) -> None:
    ids = {}
    for name, announces, closed in (
        ("here", False, None), ("here gone", False, NOW), ("follows", True, None), ("follows, gone", True, NOW),
        ("does not follow", False, None),
    ):  # fmt: skip
        where = {"channel": "web", "tenant": "", "external_id": name, "name": name}
        ids[name] = await get_or_create_place(session, now=NOW, **where)
        await session.execute(update(Place).where(Place.id == ids[name]).values(announces=announces, closed_at=closed))
    names, wrong = {number: name for name, number in ids.items()}, []
    table = [
        (None, False, set()),
        (None, True, {"follows"}),
        ("here", False, {"here"}),
        ("here gone", True, {"here gone", "follows"}),
        ("follows, gone", True, {"follows, gone", "follows"}),
        ("follows", True, {"follows"}),
    ]
    for number, (here, everywhere, wanted) in enumerate(table):
        place_id = ids[here] if here else None
        told = await publish_announcement(
            session, "kudos", number, NOW, place_id=place_id, everywhere=everywhere, origin={"way": "back"}
        )
        rows = (await session.scalars(select(Delivery).where(Delivery.announcement_id == told))).all()
        found = {names[row.place_id or 0]: row for row in rows}
        origins = {name for name, row in found.items() if row.origin == {"way": "back"}}
        states = {(row.wanted_version, row.sent_version, row.attempts, row.due_at, row.identity_id) for row in rows}
        if (set(found), origins) != (wanted, {here} & wanted) or not states <= {(1, 0, 0, NOW, None)}:
            wrong.append((here, everywhere, sorted(found), sorted(origins), states))
    assert wrong == []


async def test_a_change_is_wanted_of_every_card_but_of_a_closed_one(session: DatabaseSession) -> None:
    place_id = await get_or_create_place(session, channel="web", tenant="", external_id="x", name="", now=NOW)
    later = NOW + timedelta(minutes=5)
    states: dict[str, dict[str, Any]] = {
        "sent": {"sent_version": 1, "message_ref": {"ts": "1"}},
        "failing": {"attempts": 7, "due_at": later, "error": "Broken"},
        "parked": {"attempts": 8, "parked_at": NOW, "error": "Broken"},
        "being sent": {"lease": "t", "leased_until": later},
        "closed": {"closed_at": NOW, "attempts": 3},
    }
    facts = {("kudos", 1): True, ("kudos", 2): False, ("award", 1): False}
    for kind, subject in facts:
        told = await publish_announcement(session, kind, subject, EARLY, place_id=None, everywhere=False)
        for name, state in states.items():
            row = {"announcement_id": told, "destination": name, "place_id": place_id, "channel": "web"}
            session.add(Delivery(**({"due_at": EARLY, "wanted_version": 1, "sent_version": 0} | row | state)))
    await session.flush()
    await mark_changed(session, "kudos", 1, NOW)
    wrong = []
    found = await session.execute(
        select(Announcement.kind, Announcement.subject_id, Delivery)
        .join(Delivery, Delivery.announcement_id == Announcement.id)
        .execution_options(populate_existing=True)
    )
    for kind, subject, row in found:
        before = {"attempts": 0, "due_at": EARLY, "parked_at": None, "wanted_version": 1} | {
            name: value
            for name, value in states[row.destination].items()
            if name in ("attempts", "due_at", "parked_at")
        }
        changes = facts[kind, subject] and row.destination != "closed"
        wanted = {"attempts": 0, "due_at": NOW, "parked_at": None, "wanted_version": 2} if changes else before
        if (now_is := {name: getattr(row, name) for name in wanted}) != wanted:
            wrong.append((kind, subject, row.destination, now_is))
    assert wrong == []
