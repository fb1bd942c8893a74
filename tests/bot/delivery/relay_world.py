"""What the relay's contract is tested in: three people, places that follow, two scripted channels."""

from datetime import timedelta
from random import Random

from sqlalchemy import func, select

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.admin.settings import Settings
from engine.db.connection import SessionFactory
from engine.kudos.giving import give_kudos
from engine.kudos.reversal import undo_kudos
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place, get_or_create_place
from engine.people.models import Person
from tests import people
from tests.conftest import NOW, Clock
from tests.platforms.scripted import Scripted


class World:
    """Ana, Bob and Carla, places that follow, and a relay that sends to two scripted channels."""

    def __init__(self, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
        self.writing, self.reading, self.clock = writing, reading, clock
        self.web, self.slack = Scripted("web"), Scripted("slack")
        self.relay = self.new_relay(1)
        self.people: dict[str, Person] = {}

    def new_relay(self, seed: int) -> Relay:
        channels = {"web": self.web, "slack": self.slack}
        return Relay(
            self.writing, self.reading, channels, self.clock, Random(seed), MemoryRateLimiter(self.clock), b"key"
        )

    async def populate(self) -> None:
        async with self.writing.begin() as session:
            for name, values in {
                "Ana López": {"locale": "es"},
                "Bob Stone": {"direct_news": False},
                "Carla Ruiz": {"role": "admin", "direct_news": False},
            }.items():
                self.people[name.split()[0].lower()] = await people.add(session, name, **values)

    async def follow(self, *names: str, channel: str = "web", locale: str | None = None) -> list[int]:
        """Places that follow the celebrations; their ids."""
        ids = []
        async with self.writing.begin() as session:
            for name in names:
                tenant = people.TENANT[channel]
                id_ = await get_or_create_place(
                    session, channel=channel, tenant=tenant, external_id=name, name=name, now=NOW
                )
                place = await session.get_one(Place, id_)
                place.announces, place.locale = True, locale
                ids.append(id_)
        return ids

    async def thank(self, receivers: str = "bob", words: str = "for the launch", **values: object) -> int:
        given = {"public": True, "place_id": None, "origin": None} | values
        async with self.writing.begin() as session:
            gift = await give_kudos(
                session,
                giver=self.people["ana"],
                receivers=[self.people[name] for name in receivers.split()],
                words=words,
                tags=[],
                settings=Settings(),
                now=self.clock(),
                **given,
            )
            return gift.id

    async def undo(self, kudos_id: int) -> None:
        async with self.writing.begin() as session:
            await undo_kudos(session, kudos_id, actor=self.people["ana"], settings=Settings(), now=self.clock())

    async def drain_for(self, **delta: float) -> None:
        """Let the time pass in steps of a second, or of a 30th of a longer span, and send what falls due."""
        step = max(timedelta(**delta) / 30, timedelta(seconds=1))
        end = self.clock() + timedelta(**delta)
        while self.clock() < end:
            self.clock.now += step
            await self.relay.drain()

    async def deliveries(self) -> list[Delivery]:
        async with self.reading.begin() as session:
            return list((await session.scalars(select(Delivery).order_by(Delivery.id))).all())

    async def notices(self, kind: str) -> int:
        async with self.reading.begin() as session:
            count = select(func.count()).select_from(Announcement).where(Announcement.kind == kind)
            return (await session.execute(count)).scalar_one()
