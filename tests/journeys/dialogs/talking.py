"""An office that talks to the bot without any wire: turns in, replies out, each looked at for stray words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.elements import Button, Card, Mention, Part, Quote, Table, Text, render_spans_as_text
from bot.protocol.forms import Answer
from bot.protocol.turns import Ask, Command, Press, Reply, Say, Source, Submission, Update
from engine.admin.audit import AuditRow
from engine.admin.settings import SettingsRow
from engine.awards.models import Award
from engine.awards.queries import AwardFacts, list_awards_by_id
from engine.db.connection import SessionFactory
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from tests import people, rewards
from tests.conftest import Clock
from tests.marks import assert_all_marked

KEY = b"a key for the tests"
FOR = " Team Player for jumping in"
ANA, BOB, CARLA = (Mention(name, account=name) for name in ("ana", "bob", "carla"))
NAMES = ("Ana López", "Bob Roe", "Carla Díaz", "Eve Adams")  # Eve is the administrator
BADGES = {
    "Team Player": {"emoji": "🤝", "description": "Helps without being asked"},
    "Team Spirit": {"emoji": "🎈", "points": 5},
    "Bright Idea": {"multiple": True, "points": 1},
    "Birthday": {"reward_type": "Computed Badge"},
    "Old Hand": {"is_enabled": False},
}


@dataclass
class Office:
    """The bot, and colleagues on the web who all read the same language."""

    bot: Bot
    sessions: SessionFactory
    clock: Clock
    language: str
    data: set[str]  # what is nobody's sentence: names, and whatever was typed
    message: Any = field(default_factory=count)

    async def say(self, who: str, *words: str | Mention, verb: str = "", **where: Any) -> Reply:
        """One line; without `verb` the words begin with it."""
        self.typed(words)
        return self.seen(await self.bot.handle(Command(self.source(who, **where), verb, words)))

    async def press(self, who: str, token: str, **where: Any) -> Reply:
        return self.seen(await self.bot.handle(Press(self.source(who, **where), token)))

    async def send(self, who: str, ask: Ask, answers: Mapping[str, Answer]) -> Reply:
        """The form comes back with what was known and what was filled in."""
        for answer in answers.values():
            self.typed(answer)
        turn = Submission(self.source(who), ask.form.dialog, {**ask.known, **answers}, ask.token)
        return self.seen(await self.bot.handle(turn))

    def source(self, who: str, **where: Any) -> Source:
        usual: dict[str, Any] = {"channel": "web", "tenant": "", "conversation": "lobby", "account": who}
        return Source(**({"message_id": f"m{next(self.message)}"} | usual | where))

    def typed(self, words: tuple[str | Mention, ...]) -> None:
        for part in words:
            self.data |= {part.name} if isinstance(part, Mention) else endings(part.strip())

    def seen(self, reply: Reply) -> Reply:
        if self.language == PSEUDO_LANGUAGE:
            assert_all_marked(reply, self.data)
        return reply

    def undo_button(self, subject: str) -> str:
        return sign_button_token("undo", subject, KEY)

    async def choose(self, **values: Any) -> None:
        async with self.sessions.begin() as session:
            session.add(SettingsRow(name="organisation", values=values))

    async def awards(self) -> list[AwardFacts]:
        async with self.sessions() as session:
            ids = (await session.scalars(select(Award.id).order_by(Award.id))).all()
            return await list_awards_by_id(session, ids)

    async def held(self) -> list[tuple[str, str, str]]:
        """(reward, receiver, words) of every award that stands."""
        return [(a.reward, a.receiver_name, a.message) for a in await self.awards() if not (a.undone or a.revoked)]

    async def lobby(self) -> Place:
        async with self.sessions() as session:
            return (await session.scalars(select(Place).where(Place.external_id == "lobby"))).one()

    async def audited(self) -> list[str]:
        async with self.sessions() as session:
            return list(await session.scalars(select(AuditRow.action).order_by(AuditRow.id)))

    async def wanted(self) -> list[tuple[str, int]]:
        """(destination, wanted version) of every delivery of an award."""
        async with self.sessions() as session:
            rows = await session.execute(
                select(Delivery.destination, Delivery.wanted_version)
                .join(Announcement)
                .where(Announcement.kind == "award")
                .order_by(Delivery.id)
            )
            return [(destination, version) for destination, version in rows]


async def opened(writing: SessionFactory, reading: SessionFactory, clock: Clock, language: str) -> Office:
    """An office with four colleagues and five badges."""
    async with writing.begin() as session:
        for name in NAMES:
            await people.add(session, name, locale=language, role="admin" if name == "Eve Adams" else "member")
        for name, values in BADGES.items():
            await rewards.add(session, name, **values)
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, KEY)
    descriptions = {str(values.get("description", "")) for values in BADGES.values()}
    mails = {f"{name.split()[0].lower()}@corp.test" for name in NAMES}
    return Office(bot, writing, clock, language, {*NAMES, *BADGES, *descriptions, *mails})


def endings(line: str) -> set[str]:
    """The line, and each end of it that has at least two words: what may come back as somebody's own words."""
    words = line.split(" ")
    return {line} | {" ".join(words[at:]) for at in range(1, len(words) - 1)}


def card(reply: Reply) -> Card:
    """The card of a private answer, or of an update."""
    assert isinstance(reply, Say | Update)
    assert isinstance(reply, Update) or reply.private
    return reply.card


def asked(reply: Reply) -> Ask:
    assert isinstance(reply, Ask)
    assert reply.token
    return reply


def told(reply: Reply) -> str:
    """Everything that the card says, as plain text."""
    return "\n".join(text for part in card(reply).body for text in _texts(part))


def _texts(part: Part) -> list[str]:
    match part:
        case Text(spans=spans):
            return [render_spans_as_text(spans)]
        case Quote(words=words):
            return [words]
        case Table(rows=rows):
            return [" | ".join(render_spans_as_text(cell) for cell in row) for row in rows]
        case _:
            return []


def button(reply: Reply) -> str:
    """The token of the card's one button."""
    (only,) = card(reply).actions
    assert isinstance(only, Button)
    return only.token


def refused(reply: Reply) -> bool:
    return isinstance(reply, Say) and reply.card.tone == "refusal"


def plain(text: str) -> str:
    """The text without the marks of the generated locale."""
    return text.replace("⟦", "").replace("⟧", "")


def says(office: Office, words: str, text: str) -> bool:
    """Whether the text has these words, in English, or in English with marks between."""
    return words in (text if office.language == "en" else plain(text))
