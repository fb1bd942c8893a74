"""Gifts that wait until a channel says who somebody is: time passing, and what came of badges."""

from typing import Protocol

from sqlalchemy import select

from bot.dispatch.dispatcher import Bot
from bot.dispatch.pending_gifts import Introducer, PendingGifts
from engine.awards.models import Award
from engine.db.connection import SessionFactory
from tests.conftest import Clock

RULES: list[dict[str, object]] = [  # by which a badge is refused
    {"is_enabled": False},
    {"assigner": [{"job_code": ["MANAGER"]}]},
    {"awardee": [{"department": ["Elsewhere"]}]},
]


class Channel(Introducer, Protocol):
    name: str


async def look(bot: Bot, channel: Channel, clock: Clock, seconds: int) -> None:
    """A second at a time."""
    gifts = PendingGifts(bot, {channel.name: channel})
    for _ in range(seconds):
        clock.advance(seconds=1)
        await gifts.look()


async def badges(reading: SessionFactory) -> list[tuple[str | None, int]]:
    """The words and the points of each that was given."""
    async with reading() as session:
        return [(words, points) for words, points in await session.execute(select(Award.words, Award.points))]
