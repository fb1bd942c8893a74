"""The whole application on a database of its own, with a Slack of ours beside it: nothing below the wire is touched."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app import build_app
from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from channels.server.environment import Environment
from channels.server.time_limits import TimeLimits
from engine.admin.settings import ORGANISATION_ROW, SettingsRow
from engine.db.connection import build_read_sessions, build_sessions
from engine.kudos.tags import PREDEFINED_TAGS
from engine.outbox.models import Delivery
from engine.people.models import Person
from engine.people.names import fold_name
from engine.rewards.models import Reward
from tests import rewards
from tests.conftest import Clock
from tests.journeys.dialogs.talking import endings
from tests.marks import CLOSE, OPEN, outside
from tests.platforms import accessible
from tests.platforms.block_texts import of_call
from tests.platforms.card_texts import of_activity
from tests.platforms.slack import BOT, SECRET, TOKEN, FakeSlack
from tests.platforms.teams import APP, TENANT, FakeTeams
from tests.platforms.teams import SECRET as APP_SECRET
from tests.platforms.telegram import FakeTelegram
from tests.platforms.telegram import texts as of_telegram
from tests.ports import Port
from tests.time_limits import FAR
from tests.waiting import PATIENCE

PEOPLE = {
    "ana": "Ana López",
    "bob": "Bob Roe",
    "carla": "Carla Díaz",
    "eve": "Eve Adams",  # the administrator
    "hill": "Sam Hill",
    "stone": "Sam Stone",
}
TEAM = {"hill": "Design", "stone": "Support"}
BADGES = {
    "Team Player": {"emoji": "🤝", "description": "Helps without being asked", "icon": "/icons/team-player.png"},
    "Bright Idea": {"emoji": "💡", "multiple": True, "points": 1},
    "Happy Day": {"emoji": "🎂", "reward_type": "Computed Badge", "rules": [["Birthday", {}]]},
    "Leaders' Choice": {"emoji": "🏆", "assigner": [{"job_code": ["MANAGER"]}]},
}
PLACES = ("general", "announcements", "wins")


@dataclass
class World:
    """Everything of one running Laurel. `data` is what is nobody's sentence: names, and whatever was typed."""

    slack: FakeSlack
    teams: FakeTeams
    telegram: FakeTelegram
    server: TestServer
    http: ClientSession
    database: AsyncEngine
    clock: Clock
    language: str
    data: set[str]
    looked_at: set[str] = field(default_factory=set)  # texts that are known to be in order

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def copy(self) -> Copy:
        return Copy(self.language)

    async def choose(self, **values: object) -> None:
        """Change the organisation's settings."""
        async with build_sessions(self.database).begin() as session:
            row = await session.get_one(SettingsRow, ORGANISATION_ROW)
            row.values = row.values | values

    async def wish(self, who: str, **wishes: bool) -> None:
        """Somebody wishes to be treated so."""
        async with build_sessions(self.database).begin() as session:
            await session.execute(update(Person).where(Person.display_name == PEOPLE[who]).values(**wishes))

    async def switch_off(self, badge: str) -> None:
        """An administrator switches a badge off."""
        async with build_sessions(self.database).begin() as session:
            await session.execute(update(Reward).where(Reward.name == badge).values(is_enabled=False))

    async def ids(self) -> dict[str, int]:
        """Everybody's number, by handle."""
        async with build_read_sessions(self.database).begin() as session:
            found = {name: number for number, name in await session.execute(select(Person.id, Person.display_name))}
        return {handle: found[name] for handle, name in PEOPLE.items()}

    async def settled(self) -> None:
        """Wait until everything that is wanted is shown. Where a pace must be kept, time passes."""
        async with asyncio.timeout(PATIENCE):
            looks = 0
            while await self._wanted():
                looks += 1
                self.clock.advance(seconds=looks % 50 == 0)
                await asyncio.sleep(0.01)

    async def _wanted(self) -> int:
        behind = select(func.count()).select_from(Delivery).where(Delivery.sent_version < Delivery.wanted_version)
        async with build_read_sessions(self.database).begin() as session:
            return await session.scalar(behind.where(Delivery.closed_at.is_(None), Delivery.parked_at.is_(None))) or 0

    def acts(self, line: str = "") -> str:
        """Somebody is about to type this; acting takes them a few seconds. Returns it with the names in it."""
        self.clock.advance(seconds=5)
        shown = line.format(**{handle: f"@{name}" for handle, name in PEOPLE.items()})
        for part in (shown, *re.split(r"\{\w+\}", line)):
            self.data |= endings(part.strip())
        return shown

    def types(self, words: str) -> None:
        """Somebody fills this in: words, or tags that come back in small letters."""
        self.data |= {words, f"#{words.lower()}"}

    def seen(self, texts: list[str]) -> tuple[str, ...]:
        """What somebody sees. In the generated locale every word of ours must stand between its marks."""
        if self.language == PSEUDO_LANGUAGE:
            new = set(texts) - self.looked_at
            stray = [text for text in new if any(mark.isalpha() for mark in outside(whole(text), self.data))]
            assert not stray, f"outside the marks and no data: {stray}"
            self.looked_at |= new
        return tuple(texts)

    def called_by(self, account: str) -> str:
        """The name that Slack shows for an account."""
        return str(self.slack.users[account]["profile"]["real_name"])


Plan = Callable[[FakeSlack, FakeTeams, FakeTelegram], None]
"""What the platforms are made to do before anybody starts."""


def as_usual(_slack: FakeSlack, _teams: FakeTeams, _telegram: FakeTelegram) -> None:
    return


def whole(text: str) -> str:
    """The text; where it was cut to a limit, with the marks closed that were cut off."""
    return text + CLOSE * (text.count(OPEN) - text.count(CLOSE)) if text.endswith("…") else text


@asynccontextmanager
async def running(
    url: str,
    database: AsyncEngine,
    clock: Clock,
    language: str,
    plan: Plan = as_usual,
    times: TimeLimits = FAR,
    redis_url: str = "",
) -> AsyncIterator[World]:
    """Laurel on the empty database at `url`, for people who all read `language`."""
    await _found(database, language)
    slack, teams, telegram = FakeSlack(member_of={"C01GEN", "C02WINS"}), FakeTeams(), FakeTelegram()
    async with slack, teams, telegram, ClientSession() as http:
        _enrol(slack, teams, language)
        plan(slack, teams, telegram)
        port = Port()
        settings = environment(url, port.number, slack, teams, telegram, redis_url)
        application = build_app(settings, clock=clock, times=times)
        server = port.server(application)
        await server.start_server()
        try:
            world = World(slack, teams, telegram, server, http, database, clock, language, _data(language, clock))
            yield world
            await world.settled()
            assert [fault for said in slack.messages.values() for fault in accessible.of_slack(said)] == []
            assert [fault for said in teams.messages.values() for fault in accessible.of_teams(said)] == []
            assert [fault for said in telegram.messages.values() for fault in accessible.of_telegram(said)] == []
            for _method, call in slack.calls:
                world.seen(list(of_call(call, world.called_by)))
            for said in teams.messages.values():
                world.seen(list(of_activity(said)))
            for told in telegram.messages.values():
                world.seen(list(of_telegram(told)))
        finally:
            for platform in (slack, teams, telegram):
                platform.gate.end()
            await server.close()


def environment(
    url: str, port: int, slack: FakeSlack, teams: FakeTeams, telegram: FakeTelegram, redis_url: str = ""
) -> Environment:
    return Environment(
        _env_file=None,
        database_url=url,
        redis_url=redis_url,
        redis_host="",
        host="127.0.0.1",
        port=port,
        public_url="https://laurel.test",
        environment="development",
        web_chat=True,
        admins="eve@corp.test",
        timezone="",
        slack_bot_token=TOKEN,
        slack_signing_secret=SECRET,
        slack_api_url=slack.api_url,
        teams_app_id=APP,
        teams_app_secret=APP_SECRET,
        teams_allowed_tenants=TENANT,
        teams_api_url=teams.url,
        telegram_bot_token=telegram.token,
        telegram_webhook_secret=telegram.secret,
        telegram_api_url=telegram.api_url,
    )


def _enrol(slack: FakeSlack, teams: FakeTeams, language: str) -> None:
    for handle, name in PEOPLE.items():
        profile = {"real_name": name, "email": f"{handle}@corp.test"}
        slack.enrol(f"U{handle.upper()}", None, profile=profile, locale=language)
        teams.enrol(handle, f"{handle}@corp.test", name=name)
    slack.enrol(BOT, None, profile={"real_name": "Laurel"})


async def _found(database: AsyncEngine, language: str) -> None:
    """The directory, the catalogue and the organisation's language."""
    async with build_sessions(database).begin() as session:
        for handle, name in PEOPLE.items():
            session.add(_person(handle, name, language))
        for name, values in BADGES.items():
            await rewards.add(session, name, **values)
        session.add(SettingsRow(name=ORGANISATION_ROW, values={"language": language}))


def _person(handle: str, name: str, language: str) -> Person:
    now = Clock().now
    return Person(
        email=f"{handle}@corp.test",
        display_name=name,
        folded_name=fold_name(name),
        department=TEAM.get(handle),
        locale=language,
        created_at=now,
        updated_at=now,
    )


def _data(language: str, clock: Clock) -> set[str]:
    names = set(PEOPLE.values())
    initials = {"".join(word[0] for word in name.split()) for name in names}
    badges = {*BADGES, *(str(values.get("description", "")) for values in BADGES.values())}
    spoken = {f"/{name}" for verb in ALL_COMMANDS for name in (verb.name, *verb.aliases)}
    places = {*PLACES, *(f"#{name}" for name in PLACES), "Laurel"}
    today = Copy(language).day(clock().date()).fallback
    tags = {f"#{tag}" for tag in PREDEFINED_TAGS}
    mails = {f"{handle}@corp.test" for handle in PEOPLE}
    return names | initials | badges | spoken | places | tags | mails | set(TEAM.values()) | {today}
