"""A small world for thanking: the bot in memory, and how to read what it says."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.dispatch.dispatcher import Bot
from bot.protocol.elements import Card, Mention, Quote, Text, render_spans_as_text
from bot.protocol.forms import Answer
from bot.protocol.turns import Ask, Command, Reply, Say, Source, Submission
from engine.admin.settings import SettingsRow
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.kudos.queries import KudosFacts, get_kudos
from engine.outbox.models import Delivery

KEY = b"a key for the tests"
ANA, BOB, CARLA = (Mention(name.title(), account=name) for name in ("ana", "bob", "carla"))


class Waiting:
    """Dialog state in memory."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, Any]] = {}

    async def open(self, state: dict[str, Any]) -> str:
        token = secrets.token_urlsafe(16)
        self.states[token] = state
        return token

    async def read(self, token: str) -> dict[str, Any] | None:
        return self.states.get(token)

    async def close(self, token: str) -> None:
        self.states.pop(token, None)


@dataclass
class World:
    """The bot with four colleagues on the web, of whom Ana speaks."""

    bot: Bot
    sessions: SessionFactory
    message: count = field(default_factory=count)

    def source(self, **details: Any) -> Source:
        usual: dict[str, Any] = {"conversation": "lobby", "message_id": f"m{next(self.message)}", "account": "ana"}
        return Source(**({"channel": "web", "tenant": ""} | usual | details))

    async def say(self, *words: str | Mention, **details: Any) -> Reply:
        return await self.bot.handle(Command(self.source(**details), "kudos", words))

    async def send(self, ask: Ask, answers: Mapping[str, Answer], **details: Any) -> Reply:
        """The form comes back filled in; modals come back from nowhere in particular."""
        source = self.source(**({"conversation": "", "private": True} | details))
        return await self.bot.handle(Submission(source, "kudos", answers, ask.token))

    async def choose(self, **values: Any) -> None:
        async with self.sessions.begin() as session:
            session.add(SettingsRow(name="organisation", values=values))

    async def gifts(self) -> list[KudosFacts]:
        async with self.sessions() as session:
            ids = (await session.scalars(select(Kudos.id).order_by(Kudos.id))).all()
            return [facts for gift in ids if (facts := await get_kudos(session, gift))]

    async def told_in(self) -> set[str]:
        async with self.sessions() as session:
            return set(await session.scalars(select(Delivery.destination).where(Delivery.place_id.is_not(None))))


def card(reply: Reply) -> Card:
    assert isinstance(reply, Say)
    assert reply.private
    return reply.card


def told(reply: Reply) -> str:
    return "\n".join(render_spans_as_text(part.spans) for part in card(reply).body if isinstance(part, Text))


def handed_back(reply: Reply) -> list[str]:
    return [part.words for part in card(reply).body if isinstance(part, Quote)]


def asked(reply: Reply) -> Ask:
    assert isinstance(reply, Ask)
    assert reply.token
    return reply
