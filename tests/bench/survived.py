"""What must hold after any number of kills: nothing lost, nothing doubled but the one permitted case."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine.awards.models import Award
from engine.db.connection import DatabaseSession
from engine.kudos.models import Kudos, KudosReceiver
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from engine.points.ledger import PointsEntry
from engine.turns.inbox import AnsweredTurn
from tests.bench.killed import Paper, told

EACH, STAR = 5, 10  # points of a thank-you and of the badge
PLACES = ("lobby", "news")  # both follow the celebrations; the gifts are made in the first
GIFT = re.compile(r"gift<([\d-]+)>")


@dataclass(frozen=True)
class Gift:
    """A gift as the database has it."""

    kind: str
    id: int
    receivers: frozenset[str]  # first names, in lower case
    undone: bool
    points: int


async def check(session: DatabaseSession, folder: Path, *, last_round: int) -> dict[str, int]:
    """Compare what users and platform saw with what is stored. AssertionError where a promise broke; else the sums."""
    papers = Paper(folder / "turns.jsonl").read()
    turns = {paper["id"]: paper for paper in papers if "id" in paper}
    answers = {paper["answered"]: paper["tone"] for paper in papers if "answered" in paper}
    calls = Paper(folder / "platform.jsonl").read()

    assert Counter(await session.scalars(select(AnsweredTurn.message_id))) == Counter(turns.keys())
    gifts = await _gifts(session)
    assert {(tag, gift.kind, gift.receivers) for tag, gift in gifts.items()} == {
        (tag, "kudos" if turn["verb"] == "kudos" else "award", frozenset(turn["to"]))
        for tag, turn in turns.items()
        if turn["verb"] != "undo"
    }
    undone = [gift for gift in gifts.values() if gift.undone]
    taken_back = [tag for tag, turn in turns.items() if turn["verb"] == "undo" and answers[tag] != "refusal"]
    assert len(undone) == len(taken_back)
    await _check_points(session, gifts)
    unsettled = await _check_deliveries(session, gifts, calls, last_round)
    posts = sum(call["call"] == "post" for call in calls)
    sums = {"turns": len(turns), "gifts": len(gifts), "undone": len(undone)}
    return sums | {"posts": posts, "edits": len(calls) - posts, "unsettled": unsettled}


async def _gifts(session: DatabaseSession) -> dict[str, Gift]:
    """By the name that the words carry. A gift that was made twice fails here."""
    names = {row.id: row.first_name.lower() for row in await session.scalars(select(Person))}
    received = defaultdict(set)
    for row in await session.scalars(select(KudosReceiver)):
        received[row.kudos_id].add(names[row.receiver_id])
    found: list[tuple[str, Gift]] = []
    for row in await session.scalars(select(Kudos)):
        receivers = frozenset(received[row.id])
        found.append((_tag(row.words), Gift("kudos", row.id, receivers, row.undone_at is not None, EACH)))
    for row in await session.scalars(select(Award)):
        receivers = frozenset({names[row.receiver_id]})
        found.append((_tag(row.words or ""), Gift("award", row.id, receivers, row.undone_at is not None, STAR)))
    assert len(dict(found)) == len(found)
    return dict(found)


async def _check_points(session: DatabaseSession, gifts: Mapping[str, Gift]) -> None:
    """Every balance is the sum of what stands."""
    expected: Counter[str] = Counter()
    for gift in gifts.values():
        expected.update(dict.fromkeys(gift.receivers, 0 if gift.undone else gift.points))
    balances = select(Person.first_name, func.sum(PointsEntry.amount)).join(
        PointsEntry, PointsEntry.person_id == Person.id
    )
    stored = {name.lower(): int(balance) for name, balance in await session.execute(balances.group_by(Person.id))}
    assert stored == dict(expected)


async def _check_deliveries(
    session: DatabaseSession, gifts: Mapping[str, Gift], calls: list[dict[str, Any]], last_round: int
) -> int:
    """Each card is where it is wanted, once, as the facts are now. Returns how many posts were never settled."""
    stored = await _deliveries(session)
    assert set(stored) == {(tag, where) for tag, gift in gifts.items() for where in (*PLACES, *gift.receivers)}
    posts: dict[str, list[dict[str, Any]]] = defaultdict(list)  # by delivery: what was taken back names no gift
    shown = {}
    for call in calls:
        shown[call["ref"]] = call
        if call["call"] == "post":
            posts[call["delivery"]].append(call)
    for (tag, where), row in stored.items():
        sent = posts[str(row.id)]
        assert all(call["to"] == where and (call["neutral"] or _tag(call["card"]) == tag) for call in sent)
        _check_one(gifts[tag], row, sent, shown)
    unsettled = [posted for sent in posts.values() for posted in sent if posted["ref"] not in _refs(stored)]
    assert all(posted["round"] < last_round for posted in unsettled)
    return len(unsettled)


def _check_one(gift: Gift, row: Delivery, posts: list[dict[str, Any]], shown: Mapping[str, dict[str, Any]]) -> None:
    assert row.lease is None
    assert row.parked_at is None
    rounds = [posted["round"] for posted in posts]
    assert len(set(rounds)) == len(rounds)  # more than one post of a delivery: its sender was killed each time before
    if row.message_ref is None:
        assert gift.undone, f"not sent: delivery {row.id}, {row.error}, due {row.due_at}"
        assert row.closed_at is not None
        assert not posts, f"delivery {row.id} was taken back, and people still see it"
        return
    assert row.sent_version == row.wanted_version
    assert posts[-1]["ref"] == row.message_ref["ref"]
    assert shown[row.message_ref["ref"]]["neutral"] == gift.undone


async def _deliveries(session: DatabaseSession) -> dict[tuple[str, str], Delivery]:
    """By the gift's name and the destination. Two of the same fail here."""
    subjects = {}
    for row in await session.scalars(select(Kudos)):
        subjects["kudos", row.id] = _tag(row.words)
    for row in await session.scalars(select(Award)):
        subjects["award", row.id] = _tag(row.words or "")
    rows = (
        await session.execute(
            select(Delivery, Announcement, func.coalesce(Place.external_id, Identity.external_id))
            .join(Announcement, Announcement.id == Delivery.announcement_id)
            .outerjoin(Place, Place.id == Delivery.place_id)
            .outerjoin(Identity, Identity.id == Delivery.identity_id)
        )
    ).all()
    found = {(subjects[about.kind, about.subject_id], told(where)): delivery for delivery, about, where in rows}
    assert len(found) == len(rows)
    return found


def _refs(stored: Mapping[tuple[str, str], Delivery]) -> set[str]:
    return {row.message_ref["ref"] for row in stored.values() if row.message_ref}


def _tag(words: str) -> str:
    found = GIFT.search(words)
    assert found, "a gift without its name"
    return found[1]
