"""What a `/kudos` turn asks of the database, as fixed text for the bare drivers: the floor under SQLAlchemy and Laurel.

They are the statements that the turn of `tests/bench/on_*.py` really executes, in its order, by their effect;
`tests/contracts/test_floor.py` fails where the turn runs others.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiosqlite
import asyncpg

from tests.bench.grounds import Ground

REPLY = {
    "$": "Say",
    "card": {
        "$": "Card",
        "title": "Your thanks are on their way",
        "summary": "You thanked Person 3.",
        "body": [{"$": "Text", "spans": ["+", "5", " points"]}] * 4,
        "actions": [{"$": "Button", "label": "Undo", "token": "undo.kudos-3.zXVC40NQXeJu"}],
    },
}

WHO = """
SELECT i.external_id, i.seen_at, p.*,
  (SELECT reply FROM inbox WHERE %(there)s AND conversation=%(place)s AND message_id=$1
     AND person_id=p.id),
  (SELECT id FROM places WHERE %(there)s AND external_id=%(place)s),
  (SELECT "values" FROM settings WHERE name='organisation')
FROM identities i JOIN people p ON p.id=i.person_id
WHERE %(there)s AND i.external_id IN ($2, $3)"""
LOCK = "SELECT id FROM people WHERE id=$1 FOR NO KEY UPDATE"
COUNT = """
SELECT r.receiver_id, count(*) FROM kudos_receivers r JOIN kudos k ON k.kudos_id=r.kudos_id
WHERE k.giver_id=$1 AND k.day=$2 AND k.undone_at IS NULL GROUP BY r.receiver_id"""
KUDOS = """
INSERT INTO kudos (giver_id, words, "public", day, given_at, cause) VALUES ($1,$2,true,$3,$4,$5) RETURNING kudos_id"""
RECEIVER = "INSERT INTO kudos_receivers (kudos_id, receiver_id, position, points) VALUES ($1,$2,0,5)"
TAG = "INSERT INTO kudos_tags (kudos_id, tag, position) VALUES ($1,'teamwork',0)"
POINTS = """
INSERT INTO points_entries (person_id, amount, source, reason, at) VALUES ($1,5,$2,'received',$3)
ON CONFLICT DO NOTHING"""
ANNOUNCE = """
INSERT INTO announcements (kind, subject_id, details, created_at) VALUES ('kudos',$1,'{}',$2) RETURNING id"""
DELIVER = """
INSERT INTO deliveries (announcement_id, destination, place_id, identity_id, channel, due_at, wanted_version,
  sent_version, attempts)
SELECT $1::integer, 'place:' || id, id, NULL, channel, $2::timestamptz, 1, 0, 0 FROM places
WHERE closed_at IS NULL AND (announces OR external_id=%(place)s)
UNION ALL
SELECT $1, 'person:' || i.person_id, NULL, i.id, i.channel, $2, 1, 0, 0 FROM identities i
WHERE i.person_id=$3 AND NOT EXISTS (SELECT * FROM identities j WHERE j.person_id=i.person_id
  AND (j.seen_at>i.seen_at OR j.seen_at=i.seen_at AND j.id>i.id))
ON CONFLICT DO NOTHING"""
INBOX = """
INSERT INTO inbox (channel, tenant, conversation, message_id, person_id, reply, answered_at)
VALUES (%(channel)s,%(tenant)s,%(place)s,$1,$2,$3,$4) ON CONFLICT DO NOTHING RETURNING id"""


@dataclass(frozen=True, slots=True)
class Gift:
    """What the floors read from a request: the turn's id, two accounts, and the words."""

    id: str
    giver: str
    receiver: str
    words: str


class Texts:
    """The statements of a turn on that ground."""

    def __init__(self, ground: Ground) -> None:
        names = {name: f"'{getattr(ground, name)}'" for name in ("channel", "tenant", "place")}
        names["there"] = "channel={channel} AND tenant={tenant}".format(**names)
        self.who, self.deliver, self.inbox = (text % names for text in (WHO, DELIVER, INBOX))

    def turn(self) -> tuple[str, ...]:
        """All of them, in their order."""
        return (self.who, LOCK, COUNT, KUDOS, RECEIVER, TAG, POINTS, ANNOUNCE, self.deliver, self.inbox)


class Postgres:
    """The statements on asyncpg's own pool."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.texts = Texts(ground)
        self.url = url.replace("+asyncpg", "")
        self.pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        self.pool = await asyncpg.create_pool(self.url, min_size=10, max_size=20)

    async def stop(self) -> None:
        assert self.pool
        await self.pool.close()

    async def insert(self, gift: Gift) -> None:
        assert self.pool
        async with self.pool.acquire() as db, db.transaction():
            await db.fetchval(self.texts.inbox, gift.id, 1, json.dumps(REPLY), datetime.now(UTC))

    async def statements(self, gift: Gift) -> None:
        assert self.pool
        now = datetime.now(UTC)
        giver, receiver = gift.giver, gift.receiver
        async with self.pool.acquire() as db, db.transaction():
            ids = {row[0]: row[2] for row in await db.fetch(self.texts.who, gift.id, giver, receiver)}
            await db.fetch(LOCK, ids[giver])
            await db.fetch(COUNT, ids[giver], now.date())
            kudos = await db.fetchval(KUDOS, ids[giver], gift.words, now.date(), now, gift.id)
            await db.execute(RECEIVER, kudos, ids[receiver])
            await db.execute(TAG, kudos)
            await db.execute(POINTS, ids[receiver], f"kudos:{kudos}", now)
            announcement = await db.fetchval(ANNOUNCE, kudos, now)
            await db.execute(self.texts.deliver, announcement, now, ids[receiver])
            await db.fetchval(self.texts.inbox, gift.id, ids[giver], json.dumps(REPLY), now)


class Sqlite:
    """The statements on one aiosqlite connection behind a lock: SQLite has one writer."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.texts = Texts(ground)
        self.path = url.partition("///")[2]
        self.lock = asyncio.Lock()
        self.db: aiosqlite.Connection | None = None

    async def start(self) -> None:
        self.db = await aiosqlite.connect(self.path, isolation_level=None)
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
            await self.db.execute(f"PRAGMA {pragma}")

    async def stop(self) -> None:
        assert self.db
        await self.db.close()

    async def insert(self, gift: Gift) -> None:
        async with self.lock:
            await self._rows("BEGIN IMMEDIATE")
            await self._rows(self.texts.inbox, gift.id, 1, json.dumps(REPLY), stored(datetime.now(UTC)))
            await self._rows("COMMIT")

    async def statements(self, gift: Gift) -> None:
        now = stored(datetime.now(UTC))
        giver, receiver = gift.giver, gift.receiver
        async with self.lock:
            await self._rows("BEGIN IMMEDIATE")
            ids = {row[0]: row[2] for row in await self._rows(self.texts.who, gift.id, giver, receiver)}
            await self._rows(LOCK.partition(" FOR ")[0], ids[giver])
            await self._rows(COUNT, ids[giver], now[:10])
            named = ids[giver], gift.words, now[:10], now, gift.id
            [[kudos]] = await self._rows(KUDOS, *named)
            await self._rows(RECEIVER, kudos, ids[receiver])
            await self._rows(TAG, kudos)
            await self._rows(POINTS, ids[receiver], f"kudos:{kudos}", now)
            [[announcement]] = await self._rows(ANNOUNCE, kudos, now)
            await self._rows(self.texts.deliver, announcement, now, ids[receiver])
            await self._rows(self.texts.inbox, gift.id, ids[giver], json.dumps(REPLY), now)
            await self._rows("COMMIT")

    async def _rows(self, statement: str, *values: object) -> list[Any]:
        assert self.db
        return list(await self.db.execute_fetchall(re.sub(r"\$(\d+)(::\w+)?", r"?\1", statement), values))


def stored(moment: datetime) -> str:
    """As Laurel stores an instant in SQLite."""
    return str(moment.replace(tzinfo=None))
