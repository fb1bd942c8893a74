"""The one that is killed: gives and relays as fast as it can. A nursery forks it, so that a life begins at once.

Run as a module it is the nursery: a line of JSON in is a life begun; "ready PID" and "ended CODE" come out.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.protocol.channel import Destination
from bot.protocol.elements import Card, Mention
from bot.protocol.serialization import dump_value
from bot.protocol.turns import Command, Say, Source, Words
from engine.db.connection import build_engine, build_read_sessions, build_sessions
from tests.conftest import NOW

NAMES = ("ana", "bob", "carla", "dan")
GIVERS = NAMES[:3]
BETWEEN_LIVES = timedelta(minutes=10)  # longer than a lease


@dataclass(frozen=True)
class Life:
    """One round. The last one is not killed: it answers what was left open, sends what is due, and ends."""

    url: str
    folder: str  # where the platform and the users keep their papers
    round: int
    seed: int
    last: bool = False


class Paper:
    """A file of JSON lines outside the process: what is written stays, whoever is killed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, **entry: Any) -> None:
        with self.file.open("a", encoding="utf-8") as paper:
            paper.write(json.dumps(entry) + "\n")

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []


class Platform:
    """A channel that writes down what it was sent. Its answer takes a moment, in which its caller may be killed."""

    pace = pace_overall = (1e6, 1_000_000)

    def __init__(self, name: str, paper: Paper, life: Life) -> None:
        self.name, self.paper, self.life = name, paper, life
        self.random = Random(f"{life.seed} {life.round} {name}")

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        ref = uuid4().hex
        await self._write("post", to, ref, card)
        return {"ref": ref}

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self._write("edit", to, ref["ref"], card)

    async def _write(self, call: str, to: Destination, ref: str, card: Card) -> None:
        shown = json.dumps(dump_value(card))
        self.paper.add(
            call=call,
            round=self.life.round,
            to=told(to.external_id),
            delivery=to.delivery,
            ref=ref,
            card=shown,
            neutral=card.tone == "neutral",
        )
        await asyncio.sleep(self.random.uniform(0, 0.03))


class Users:
    """People who give, take back, and send a turn again where no answer came, as a platform does."""

    def __init__(self, bot: Bot, paper: Paper, life: Life) -> None:
        self.bot, self.paper, self.life = bot, paper, life
        self.random = Random(f"{life.seed} {life.round}")
        self.turns = 0

    async def repeat(self) -> None:
        """Send again what was not answered before the kill, under the same ids."""
        papers = self.paper.read()
        answered = {paper["answered"] for paper in papers if "answered" in paper}
        for paper in papers:
            if "id" in paper and paper["id"] not in answered:
                await self._turn(paper)

    async def give(self, giver: str) -> None:
        while True:
            self.turns += 1
            verb = self.random.choices(("kudos", "badge", "undo"), (70, 15, 15))[0]
            others = [name for name in NAMES if name != giver]
            to = self.random.sample(others, self.random.choice((1, 2)) if verb == "kudos" else 1)
            paper = {"id": f"{self.life.round}-{self.turns}", "who": giver, "verb": verb, "to": to}
            self.paper.add(**paper)
            await self._turn(paper)

    async def _turn(self, paper: dict[str, Any]) -> None:
        source = Source("web", "", "lobby", paper["id"], paper["who"])
        reply = await self.bot.handle(Command(source, paper["verb"], _words(paper)))
        card = reply.card if isinstance(reply, Say) else None
        self.paper.add(answered=paper["id"], tone=card.tone if card else "none")


def _words(paper: dict[str, Any]) -> Words:
    if paper["verb"] == "undo":
        return ()
    to = tuple(Mention(name.title(), account=name) for name in paper["to"])
    badge = " Star" if paper["verb"] == "badge" else ""
    return (*to, f"{badge} for gift<{paper['id']}>")


def told(external_id: str) -> str:
    """The place, or the person whichever of their accounts they hear of it on."""
    return external_id.lower().removeprefix("u")


def clock_of(life: Life) -> Callable[[], datetime]:
    """Each life begins when the leases of the one before have ended."""
    birth = time.monotonic()
    return lambda: NOW + BETWEEN_LIVES * life.round + timedelta(seconds=time.monotonic() - birth)


async def live(life: Life) -> None:
    engine = build_engine(life.url)
    writing, reading, clock = build_sessions(engine), build_read_sessions(engine), clock_of(life)
    platform = Paper(Path(life.folder) / "platform.jsonl")
    channels = {name: Platform(name, platform, life) for name in ("web", "slack")}
    relay, rival = (
        Relay(writing, reading, channels, clock, Random(uuid4().int), MemoryRateLimiter(clock), b"key")
        for _ in range(2)
    )
    bot = Bot(
        writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, b"key", relay.wake
    )
    users = Users(bot, Paper(Path(life.folder) / "turns.jsonl"), life)
    print("ready", os.getpid(), flush=True)
    if life.last:
        await users.repeat()
        await relay.drain()
    else:
        await asyncio.gather(relay.run(), rival.run(), users.repeat(), *(users.give(giver) for giver in GIVERS))
    await engine.dispose()


def nursery() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(Life(**json.loads(line))))
            sys.exit()
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    nursery()
