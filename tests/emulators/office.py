"""Laurel beside the emulated workspace and its page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.emulators import workspace
from tests.emulators.laurel import Colleague, laurel
from tests.emulators.packages import HOME
from tests.emulators.window import Window, window
from tests.emulators.workspace import Json, Workspace, until, words

CLIENT_PORT, LAUREL_PORT = 18960, 18961
LOG = HOME / "laurel.log"
STAFF = [Colleague(name, email, workspace.LANGUAGES[who]) for who, (_, name, email) in workspace.STAFF.items()]


@dataclass(frozen=True)
class Office:
    """Where the steps happen: what the emulator holds, and the page."""

    slack: Workspace
    page: Window

    async def act_as(self, account: str) -> None:
        await self.page.be(workspace.STAFF[account][1])

    async def tells(self, account: str, *expected: str, after: int) -> None:
        """The newest message after the first `after` says it, and to this person alone."""
        answer = await self.said(*expected, after=after)
        assert answer.get("subtype") == "ephemeral", "shown to everybody"
        assert answer["ephemeral_to"] == account, "shown to somebody else"

    async def celebrates(self, *expected: str, after: int = 0) -> Json:
        """The newest post after the first `after` says it to everybody, with both people mentioned."""
        post = await self.said(f"<@{workspace.ALICE}>", f"<@{workspace.BOB}>", *expected, after=after)
        assert post.get("subtype") is None, "shown to one person only"
        return post

    async def said(self, *expected: str, where: str = workspace.CHANNEL, after: int = 0) -> Json:
        """The newest message with all the `expected` words, among those after the first `after`; waited for."""

        async def look() -> Json | None:
            messages = (await self.slack.messages(where))[after:]
            return next((m for m in reversed(messages) if all(e in words(m) for e in expected)), None)

        return await until(look, f"a message with {expected}")

    async def now(self, message: Json, *expected: str) -> Json:
        """The same message, once it says all the `expected` words."""

        async def look() -> Json | None:
            same = [m for m in await self.slack.messages(message["channel"]) if m["ts"] == message["ts"]]
            return next((m for m in same if all(e in words(m) for e in expected)), None)

        return await until(look, f"the message of {message['ts']} saying {expected}")

    async def opened(self, *expected: str) -> Json:
        """The uppermost modal, once it says all the `expected` words."""

        async def look() -> Json | None:
            return next((v for v in (await self.slack.views())[-1:] if all(e in words(v) for e in expected)), None)

        return await until(look, f"a modal with {expected}")

    async def direct(self, account: str) -> str:
        """The person's conversation with the bot; waited for."""
        return await until(lambda: self.slack.direct(account), f"a direct conversation with {account}")

    async def count(self) -> int:
        """How many messages the channel has."""
        return len(await self.slack.messages(workspace.CHANNEL))


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    """Everything started, on ports of its own; everything ended."""
    program = await workspace.install()
    events = f"http://127.0.0.1:{LAUREL_PORT}/slack/events"
    slack = {
        "SLACK_BOT_TOKEN": workspace.TOKEN,
        "SLACK_SIGNING_SECRET": workspace.SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{CLIENT_PORT}/api/",
    }
    with TemporaryDirectory(prefix="laurel-emulator-") as name:
        folder = Path(name)
        async with (
            workspace.workspace(program, folder, port=CLIENT_PORT, events_url=events) as there,
            laurel(folder, port=LAUREL_PORT, log=LOG, staff=STAFF, settings=slack),
            window(there.address) as page,
        ):
            yield Office(there, page)
