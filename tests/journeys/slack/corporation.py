"""A small company on Slack, with the real dialogs: Ana, Bob and Eva, and a guest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from bot.dialogs.commands import ALL_COMMANDS
from channels.slack.types import Sleep
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos, KudosReceiver
from engine.people.models import Person
from tests import people
from tests.conftest import Clock
from tests.platforms.slack_bot import SlackBot, slack_bot


@asynccontextmanager
async def corporation(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        for name in ("Ana López", "Bob Ray", "Eva Sun"):
            await people.add(session, name, direct_news=False)
        await people.add(session, "Gus Guest", kind="guest")
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, sleep=sleep) as bot:
        for account in ("UANA", "UBOB", "UEVA"):
            bot.slack.enrol(account, f"{account[1:].lower()}@corp.test")
        yield bot


async def standing(reading: SessionFactory) -> list[tuple[str, str]]:
    """Who is thanked, and for what, by gifts that were not taken back."""
    async with reading() as session:
        found = await session.execute(
            select(Person.display_name, Kudos.words)
            .join(KudosReceiver, KudosReceiver.receiver_id == Person.id)
            .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
            .where(Kudos.undone_at.is_(None))
            .order_by(Kudos.id, KudosReceiver.position)
        )
        return [(name, words) for name, words in found]


async def all_given(reading: SessionFactory) -> int:
    async with reading() as session:
        return (await session.execute(select(func.count()).select_from(Kudos))).scalar_one()
