"""The emulated Slack workspace: installed once into var/, started on a port of its own, read through its own API."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession

from tests.emulators.packages import HOME, fetch
from tests.emulators.processes import running

Json = dict[str, Any]
T = TypeVar("T")

PACKAGE, VERSION = "local-slack-linux-x64", "0.1.8"
TEAM, CHANNEL, ALICE, BOB, BOT = "T01CORP", "C01GEN", "U01ALICE", "U02BOB", "U0BOT"
TOKEN, SECRET = "xoxb-test-token", "test-signing-secret"
STAFF = {ALICE: ("alice", "Alice Anderson", "alice@corp.test"), BOB: ("bob", "Bob Boss", "bob@corp.test")}
LANGUAGES = {ALICE: "en", BOB: "es"}
PATIENCE = 10.0  # seconds that something may take to appear


async def install() -> Path:
    """The emulator's program, fetched where it is not there yet."""
    return await fetch(PACKAGE, VERSION) / "bin" / "local-slack"


def config(events_url: str) -> Json:
    """The workspace: two people, the bot and one channel with all three."""
    users = [{"id": i, "name": n, "real_name": r, "email": e} for i, (n, r, e) in STAFF.items()]
    return {
        "workspace": {"name": "Corp", "domain": "corp", "teamId": TEAM},
        "app": {
            "appId": "A01APP",
            "botUserId": BOT,
            "botName": "laurel",
            "botToken": TOKEN,
            "appToken": "xapp-test-token",
            "signingSecret": SECRET,
            "mode": "events",
            "requestUrl": events_url,
        },
        "users": users,
        "channels": [{"id": CHANNEL, "name": "general", "members": [*STAFF, BOT]}],
    }


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the emulator holds. Reading only."""

    address: str
    http: ClientSession

    async def messages(self, channel: str) -> list[Json]:
        """The messages of a channel, the oldest first; those for one person only are among them."""
        return list((await self._read(f"messages/{channel}"))["messages"])

    async def views(self) -> list[Json]:
        """The open modals, the uppermost last."""
        async with self.http.ws_connect(f"{self.address}/ui") as socket:
            return list((await socket.receive_json())["state"]["modalStack"])

    async def direct(self, account: str) -> str | None:
        """The conversation of the person with the bot, where there is one."""
        channels = (await self._read("state"))["channels"]
        return next((c["id"] for c in channels if c["is_im"] and {account, BOT} <= set(c["members"])), None)

    async def bad_answers(self) -> list[str]:
        """What the bot answered that was no success."""
        entries = (await self._read("log"))["log"]
        return [line for line in (str(entry.get("summary", "")) for entry in entries) if is_bad_answer(line)]

    async def _read(self, what: str) -> Json:
        async with self.http.get(f"{self.address}/_control/{what}") as answer:
            return dict(await answer.json())


@asynccontextmanager
async def workspace(program: Path, folder: Path, *, port: int, events_url: str) -> AsyncIterator[Workspace]:
    """The running emulator. Its files live in `folder`. It listens on every interface: it is ended when we leave."""
    file = HOME / "slack.json"
    file.write_text(json.dumps(config(events_url)), encoding="utf-8")
    arguments = (str(program), "--config", str(file), "--port", str(port), "--base-host", "127.0.0.1")
    log = HOME / "slack-client.log"
    async with running(arguments, port=port, log=log, environment={"TMPDIR": str(folder)}), ClientSession() as http:
        yield Workspace(f"http://127.0.0.1:{port}", http)


def is_bad_answer(line: str) -> bool:
    """Whether a line of the emulator's log tells of an answer that was no success, or of none."""
    return (line.startswith("HTTP ") and not line.startswith("HTTP 2")) or line.startswith("POST failed")


def words(value: object) -> str:
    """Every string in a message or a view, in order."""
    return " ".join(_strings(value))


async def until(ask: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `ask` answers, once it answers anything. AssertionError saying `what` was missing."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := await ask()):  # noqa: ASYNC110 - the emulator has no event for it
                await asyncio.sleep(0.1)
            return found
    except TimeoutError:
        raise AssertionError(f"missing: {what}") from None


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _strings(inner)
        case list():
            for inner in value:
                yield from _strings(inner)
