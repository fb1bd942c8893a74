"""The turn's statements once more, as fixed text through SQLAlchemy: what of a turn's time is the library's."""

import asyncio
import json
import re
from contextlib import nullcontext
from datetime import UTC, date, datetime

from sqlalchemy import DateTime, Integer, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_engine
from tests.bench.floor_statements import (
    ANNOUNCE,
    COUNT,
    KUDOS,
    LOCK,
    POINTS,
    RECEIVER,
    REPLY,
    TAG,
    Gift,
    Texts,
    stored,
)
from tests.bench.grounds import Ground


class Library:
    """SQLAlchemy's Core and its pool, as Laurel sets them up; no mapper, no session."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.url, self.sqlite = url, url.startswith("sqlite")
        texts = Texts(ground)
        self.who, self.deliver, self.inbox = map(self._text, (texts.who, texts.deliver, texts.inbox))
        self.lock, self.count, self.kudos = map(self._text, (LOCK, COUNT, KUDOS))
        self.receiver, self.tag, self.points, self.announce = map(self._text, (RECEIVER, TAG, POINTS, ANNOUNCE))
        self.one_by_one = asyncio.Lock() if self.sqlite else nullcontext()
        self.engine: AsyncEngine | None = None

    async def start(self) -> None:
        self.engine = build_engine(self.url)

    async def stop(self) -> None:
        assert self.engine
        await self.engine.dispose()

    async def statements(self, gift: Gift) -> None:
        assert self.engine
        now, day = self._moment(datetime.now(UTC))
        async with self.one_by_one, self.engine.begin() as connection:

            async def run(statement: TextClause, *values: object) -> list[tuple[object, ...]]:
                found = await connection.execute(statement, {f"p{at}": value for at, value in enumerate(values, 1)})
                return [tuple(row) for row in found] if found.returns_rows else []

            ids = {row[0]: row[2] for row in await run(self.who, gift.id, gift.giver, gift.receiver)}
            giver, receiver = ids[gift.giver], ids[gift.receiver]
            await run(self.lock, giver)
            await run(self.count, giver, day)
            [(kudos,)] = await run(self.kudos, giver, gift.words, day, now, gift.id)
            await run(self.receiver, kudos, receiver)
            await run(self.tag, kudos)
            await run(self.points, receiver, f"kudos:{kudos}", now)
            [(announcement,)] = await run(self.announce, kudos, now)
            await run(self.deliver, announcement, now, receiver)
            await run(self.inbox, gift.id, giver, json.dumps(REPLY), now)

    def _text(self, statement: str) -> TextClause:
        statement = re.sub(r"::\w+", "", statement)
        if self.sqlite:
            return text(re.sub(r"\$(\d+)", r":p\1", statement.partition(" FOR ")[0]))
        made = text(re.sub(r"\$(\d+)", r":p\1", statement))
        told_twice = {"p1": Integer, "p2": DateTime(timezone=True)}  # PostgreSQL sees two parameters there
        kinds = [bindparam(name, type_=kind) for name, kind in told_twice.items() if statement.count(f"${name[1]}") > 1]
        return made.bindparams(*kinds)

    def _moment(self, now: datetime) -> tuple[datetime | str, date | str]:
        return (stored(now), stored(now)[:10]) if self.sqlite else (now, now.date())
