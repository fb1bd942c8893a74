"""What a `/kudos` turn asks of the database, as fixed text for the bare drivers: the floor under SQLAlchemy and Laurel.

They are the statements that the turn of `tests/bench/load.py` really executes, in its order, by their effect;
`tests/contracts/test_floor.py` fails where the turn runs others.
"""

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Any

import aiosqlite
import asyncpg

Command = dict[str, Any]

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
  (SELECT reply FROM inbox WHERE channel='slack' AND tenant='T1' AND conversation='C1' AND message_id=$1),
  (SELECT id FROM places WHERE channel='slack' AND tenant='T1' AND external_id='C1'),
  (SELECT "values" FROM settings WHERE name='organisation')
FROM identities i JOIN people p ON p.id=i.person_id
WHERE i.channel='slack' AND i.tenant='T1' AND i.external_id IN ($2, $3)"""
LOCK = "SELECT id FROM people WHERE id=$1 FOR NO KEY UPDATE"
COUNT = """
SELECT r.receiver_id, count(*) FROM kudos_receivers r JOIN kudos k ON k.kudos_id=r.kudos_id
WHERE k.giver_id=$1 AND k.day=$2 AND k.undone_at IS NULL GROUP BY r.receiver_id"""
KUDOS = 'INSERT INTO kudos (giver_id, words, "public", day, given_at) VALUES ($1,$2,true,$3,$4) RETURNING kudos_id'
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
WHERE closed_at IS NULL AND (announces OR external_id='C1')
UNION ALL
SELECT $1, 'person:' || i.person_id, NULL, i.id, i.channel, $2, 1, 0, 0 FROM identities i
WHERE i.person_id=$3 AND NOT EXISTS (SELECT * FROM identities j WHERE j.person_id=i.person_id
  AND (j.seen_at>i.seen_at OR j.seen_at=i.seen_at AND j.id>i.id))
ON CONFLICT DO NOTHING"""
INBOX = """
INSERT INTO inbox (channel, tenant, conversation, message_id, person_id, reply, answered_at)
VALUES ('slack','T1','C1',$1,$2,$3,$4) ON CONFLICT DO NOTHING RETURNING id"""

TURN = (WHO, LOCK, COUNT, KUDOS, RECEIVER, TAG, POINTS, ANNOUNCE, DELIVER, INBOX)


class Postgres:
    """The statements on asyncpg's own pool."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("+asyncpg", "")
        self.pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        self.pool = await asyncpg.create_pool(self.url, min_size=10, max_size=20)

    async def stop(self) -> None:
        assert self.pool
        await self.pool.close()

    async def insert(self, command: Command) -> None:
        assert self.pool
        async with self.pool.acquire() as db, db.transaction():
            await db.fetchval(INBOX, command["trigger_id"], 1, json.dumps(REPLY), datetime.now(UTC))

    async def statements(self, command: Command) -> None:
        assert self.pool
        now = datetime.now(UTC)
        giver, receiver = command["user_id"], _mentioned(command["text"])
        async with self.pool.acquire() as db, db.transaction():
            ids = {row[0]: row[2] for row in await db.fetch(WHO, command["trigger_id"], giver, receiver)}
            await db.fetch(LOCK, ids[giver])
            await db.fetch(COUNT, ids[giver], now.date())
            kudos = await db.fetchval(KUDOS, ids[giver], command["text"], now.date(), now)
            await db.execute(RECEIVER, kudos, ids[receiver])
            await db.execute(TAG, kudos)
            await db.execute(POINTS, ids[receiver], f"kudos:{kudos}", now)
            announcement = await db.fetchval(ANNOUNCE, kudos, now)
            await db.execute(DELIVER, announcement, now, ids[receiver])
            await db.fetchval(INBOX, command["trigger_id"], ids[giver], json.dumps(REPLY), now)


class Sqlite:
    """The statements on one aiosqlite connection behind a lock: SQLite has one writer."""

    def __init__(self, url: str) -> None:
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

    async def insert(self, command: Command) -> None:
        async with self.lock:
            await self._rows("BEGIN IMMEDIATE")
            await self._rows(INBOX, command["trigger_id"], 1, json.dumps(REPLY), _stored(datetime.now(UTC)))
            await self._rows("COMMIT")

    async def statements(self, command: Command) -> None:
        now = _stored(datetime.now(UTC))
        giver, receiver = command["user_id"], _mentioned(command["text"])
        async with self.lock:
            await self._rows("BEGIN IMMEDIATE")
            ids = {row[0]: row[2] for row in await self._rows(WHO, command["trigger_id"], giver, receiver)}
            await self._rows(LOCK.partition(" FOR ")[0], ids[giver])
            await self._rows(COUNT, ids[giver], now[:10])
            [[kudos]] = await self._rows(KUDOS, ids[giver], command["text"], now[:10], now)
            await self._rows(RECEIVER, kudos, ids[receiver])
            await self._rows(TAG, kudos)
            await self._rows(POINTS, ids[receiver], f"kudos:{kudos}", now)
            [[announcement]] = await self._rows(ANNOUNCE, kudos, now)
            await self._rows(DELIVER, announcement, now, ids[receiver])
            await self._rows(INBOX, command["trigger_id"], ids[giver], json.dumps(REPLY), now)
            await self._rows("COMMIT")

    async def _rows(self, statement: str, *values: object) -> list[Any]:
        assert self.db
        return list(await self.db.execute_fetchall(re.sub(r"\$(\d+)(::\w+)?", r"?\1", statement), values))


def _stored(moment: datetime) -> str:
    """As Laurel stores an instant in SQLite."""
    return str(moment.replace(tzinfo=None))


def _mentioned(text: str) -> str:
    return text[2:].partition("|")[0]
