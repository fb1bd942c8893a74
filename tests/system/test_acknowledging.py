"""What a platform heard was taken is given once, also where the process is killed that very moment."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from aiohttp import ClientSession
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_engine, build_sessions
from tests import databases, processes, services
from tests.platforms import slack, slack_requests, teams, teams_requests, telegram, telegram_updates
from tests.platforms.telegram_bot import GROUP, PEOPLE, link, sender
from tests.waiting import PATIENCE, until

Json = dict[str, object]
BOB = f"[Bob Roe]({PEOPLE['bob'][0]})"


@dataclass
class Office:
    """A database and platforms that outlive each process."""

    folder: Path
    url: str
    database: AsyncEngine
    slack: slack.FakeSlack
    teams: teams.FakeTeams
    telegram: telegram.FakeTelegram
    http: ClientSession
    port: int = field(default_factory=processes.free_port)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.url,
            "PORT": str(self.port),
            "SLACK_BOT_TOKEN": slack.TOKEN,
            "SLACK_SIGNING_SECRET": slack.SECRET,
            "SLACK_API_URL": self.slack.api_url,
            "TEAMS_APP_ID": teams.APP,
            "TEAMS_APP_SECRET": teams.SECRET,
            "TEAMS_ALLOWED_TENANTS": teams.TENANT,
            "TEAMS_API_URL": self.teams.url,
            "TELEGRAM_BOT_TOKEN": telegram.TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": telegram.SECRET,
            "TELEGRAM_API_URL": self.telegram.api_url,
        }

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Process]:
        """One process, which is killed in the end."""
        command = (sys.executable, str(processes.APP), "serve")
        variables = processes.environment(self.folder, **self.variables)
        process = await asyncio.create_subprocess_exec(
            *command, env=variables, cwd=self.folder, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            await until(self._listens)
            yield process
        finally:
            process.kill()
            await process.wait()

    def _listens(self) -> bool:
        with closing(socket()) as knocking:
            return knocking.connect_ex(("127.0.0.1", self.port)) == 0

    async def on_slack(self, body: str) -> int:
        return await self._send("slack/events", slack_requests.signed(body), data=body.encode())

    async def on_teams(self, words: str) -> int:
        said = teams_requests.message(words, self.teams.service_url, who="ana", names={"Bob": teams.alias("bob")})
        token = teams_requests.bearer(self.teams.service_url)
        return await self._send("api/messages", {"Authorization": token}, json=said)

    async def on_telegram(self, update: Json) -> int:
        return await self._send("telegram/webhook", telegram_updates.HEADERS, json=update)

    async def _send(self, path: str, headers: dict[str, str], **body: object) -> int:
        url = f"http://127.0.0.1:{self.port}/{path}"
        async with self.http.post(url, headers=headers, **body) as response:  # type: ignore[arg-type]
            return response.status

    async def read(self, query: str) -> list[str]:
        async with self.database.connect() as connection:
            return [str(found) for found in (await connection.scalars(text(query))).all()]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Office]:
    async with databases.fresh_postgres("acknowledging") as url, ClientSession() as http:
        database = build_engine(url)
        platforms = slack.FakeSlack(), teams.FakeTeams(), telegram.FakeTelegram({1001, 1002}, {GROUP})
        async with platforms[0], platforms[1], platforms[2]:
            office = Office(folder, url, database, *platforms, http)
            migrated = processes.run(folder, "migrate", **office.variables)
            assert migrated.returncode == 0, migrated.stderr
            await link(build_sessions(database))
            for who in ("ana", "bob"):
                office.slack.enrol(f"U{who.upper()}", f"{who}@corp.test")
                office.teams.enrol(who, f"{who}@corp.test")
            yield office
        await database.dispose()


async def test_what_was_acknowledged_is_given_once_after_a_kill(tmp_path: Path) -> None:
    services.need("postgres")
    command = slack_requests.command("/kudos", "<@UBOB> thanks by command", user="UANA")
    mention = slack_requests.event(
        slack_requests.mention(f"<@{slack.BOT}> kudos <@UBOB> thanks by mention", user="UANA")
    )
    in_group = telegram_updates.message(f"/kudos {BOB} thanks in a group", sender("ana"), GROUP)
    alone = telegram_updates.message(f"kudos {BOB} thanks in private", sender("ana"))
    sends: dict[str, Callable[[Office], Awaitable[int]]] = {
        "thanks by command": lambda office: office.on_slack(command),
        "thanks by mention": lambda office: office.on_slack(mention),
        "thanks on Teams": lambda office: office.on_teams("<at>Laurel</at> kudos <at>Bob</at> thanks on Teams"),
        "thanks in a group": lambda office: office.on_telegram(in_group),
        "thanks in private": lambda office: office.on_telegram(alone),
    }
    async with opened(tmp_path) as office:
        async with office.database.connect() as somebody_else:
            async with office.serving():
                await somebody_else.execute(text("LOCK TABLE kudos IN EXCLUSIVE MODE"))
                async with asyncio.timeout(PATIENCE):
                    heard = await asyncio.gather(*(send(office) for send in sends.values()))
            assert dict(zip(sends, heard, strict=True)) == dict.fromkeys(sends, 200) | {"thanks in private": 503}
            assert await office.read("SELECT words FROM kudos") == []
            await somebody_else.rollback()
        async with build_sessions(office.database).begin() as session:
            await session.execute(text("UPDATE pending_turns SET due_at = created_at"))  # the lease of the dead is over
        async with office.serving():
            assert await office.on_telegram(alone) == 200, "Telegram sends again what was not taken"
            async with asyncio.timeout(PATIENCE):
                while await office.read("SELECT id FROM pending_turns"):  # noqa: ASYNC110 - another process deletes them
                    await asyncio.sleep(0.05)
            assert sorted(await office.read("SELECT words FROM kudos")) == sorted(sends)
            assert len(await office.read("SELECT id FROM announcements WHERE kind = 'pending'")) == 4
