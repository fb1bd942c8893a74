"""SIGTERM in the midst of work: who was answered has given, what is due stays due, and nothing happens twice."""

import asyncio
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from tests import processes
from tests.platforms import slack_requests as requests
from tests.platforms.slack import SECRET, TOKEN, FakeSlack
from tests.platforms.slack_bot import words_of
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.process

TURNS = 20  # each in a channel of its own, so that no pace is kept
ENOUGH = 5  # answered turns until the signal comes: others are under way then


def channel(number: int) -> str:
    return f"C{number:02}LOAD"


@dataclass
class Office:
    """A database and a Slack that outlive each process. `answered` are the turns that got their 200."""

    folder: Path
    slack: FakeSlack
    port: int = field(default_factory=processes.free_port)
    answered: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for number in range(TURNS + 1):
            profile = {"real_name": f"Person N{number}", "email": f"person{number}@corp.test"}
            self.slack.enrol(f"UP{number:02}", None, profile=profile)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """One process, which has to end well at SIGTERM."""
        known = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": self.slack.api_url}
        variables = processes.environment(self.folder, PORT=str(self.port), **known)
        command = (sys.executable, str(processes.APP), "serve")
        process = await asyncio.create_subprocess_exec(
            *command, env=variables, cwd=self.folder, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            await until(self._listens)
            yield process
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _listens(self) -> bool:
        with closing(socket.socket()) as knocking:
            return knocking.connect_ex(("127.0.0.1", self.port)) == 0

    async def send(self, http: ClientSession, number: int, body: str) -> None:
        """Send until it is answered with 200, or nobody listens: what is late on SQLite may be refused meanwhile."""
        url = f"http://127.0.0.1:{self.port}/slack/events"
        while True:
            try:
                async with http.post(url, data=body.encode(), headers=requests.signed(body)) as response:
                    assert response.status in (200, 500), await response.text()
                    if response.status == 200:
                        return self.answered.add(number)
            except (ClientError, OSError):
                return None

    def told(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "laurel.db")) as database:
            return database.execute(query).fetchall()

    def given(self) -> list[str]:
        return sorted(str(words) for (words,) in self.told("SELECT words FROM kudos"))

    def is_settled(self) -> bool:
        return not self.told("SELECT 1 FROM deliveries WHERE sent_version < wanted_version")

    def shown(self) -> Counter[str]:
        """How often each gift is shown in its channel."""
        texts = [(n, words_of(said)) for n in range(TURNS) for said in self.slack.posted(channel(n))]
        return Counter(words(number) for number, text in texts if words(number) in text)


def words(number: int) -> str:
    return f"thanks for number {number:02}"


def bodies() -> Sequence[str]:
    """A thank-you each; sent again it is the same turn."""
    return [
        requests.command("/kudos", f"<@UP{n + 1:02}> {words(n)}", user=f"UP{n:02}", channel=channel(n))
        for n in range(TURNS)
    ]


async def test_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    said = bodies()
    wanted = [words(number) for number in range(TURNS)]
    async with FakeSlack(member_of={channel(n) for n in range(TURNS)}) as slack, ClientSession() as http:
        office = Office(tmp_path, slack)
        async with office.serving() as process:
            sending = [asyncio.create_task(office.send(http, n, body)) for n, body in enumerate(said)]
            await until(lambda: len(office.answered) >= ENOUGH, every=0.001)
            process.send_signal(signal.SIGTERM)
            await asyncio.gather(*sending)
        assert {words(number) for number in office.answered} <= set(office.given())
        assert not office.told("SELECT 1 FROM deliveries WHERE lease IS NOT NULL AND sent_version < wanted_version")
        async with office.serving():
            for number, body in enumerate(said):  # as the platform does where it got no answer, or lost it
                await office.send(http, number, body)
            assert office.answered == set(range(TURNS))
            await until(office.is_settled)
        assert office.given() == wanted
        assert office.shown() == Counter(wanted)
