"""Cards of deliveries that are about to go out. Those that are wanted at the same moment are drawn in one reading."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.delivery.announcements import CardFacts, DrawCard
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.views.mentions import address_all_mentions
from engine.admin.settings import load_settings
from engine.db.connection import SessionFactory
from engine.delivery.claims import ClaimedDelivery


@dataclass(frozen=True, slots=True)
class BuiltCard:
    """A card (None if there is no card to show) and its language."""

    card: Card | None
    language: str


@dataclass(slots=True)
class CardBuilder:
    """`key` gives what signs the buttons."""

    reading: SessionFactory
    draws: Mapping[str, DrawCard]
    key: Callable[[], bytes]
    _wanted: list[tuple[ClaimedDelivery, asyncio.Future[BuiltCard]]] = field(default_factory=list)
    _under_way: asyncio.Task[None] | None = None

    async def card(self, one: ClaimedDelivery) -> BuiltCard:
        """Build the card of a delivery from the current facts.

        It is in the language of the place or the person, and its mentions carry the channel's accounts. Raises whatever
        building the card raises.
        """
        drawn: asyncio.Future[BuiltCard] = asyncio.get_running_loop().create_future()
        self._wanted.append((one, drawn))
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._draw_wanted(), name="drawing")
        return await drawn

    async def _draw_wanted(self) -> None:
        while self._wanted:
            batch, self._wanted = self._wanted, []
            for (_, waits), drawn in zip(batch, await self._as_far_as_it_goes([one for one, _ in batch]), strict=True):
                if waits.done():  # nobody waits any more
                    continue
                if isinstance(drawn, BuiltCard):
                    waits.set_result(drawn)
                else:
                    waits.set_exception(drawn)

    async def _as_far_as_it_goes(self, batch: Sequence[ClaimedDelivery]) -> Sequence[BuiltCard | BaseException]:
        """Build a batch of cards, one by one if the batch fails.

        Return a card or the exception for each delivery. A failed statement ends its transaction, so one bad card would
        fail the whole batch.
        """
        (found,) = await asyncio.gather(self._together(batch), return_exceptions=True)
        if not isinstance(found, BaseException):
            return found
        return [found] if len(batch) == 1 else [(await self._as_far_as_it_goes([one]))[0] for one in batch]

    async def _together(self, batch: Sequence[ClaimedDelivery]) -> Sequence[BuiltCard]:
        async with self.reading.begin() as session:
            organisation = await load_settings(session)
            copies = [
                Copy(choose_language(one.locale, organisation.language), one.zone or organisation.timezone)
                for one in batch
            ]
            facts, key = await CardFacts.of(session, batch), self.key()
            cards = [await self.draws[one.kind](facts, one, copy, key) for one, copy in zip(batch, copies, strict=True)]
            where = [(one.channel, one.tenant) for one in batch]
            addressed = await address_all_mentions(session, cards, where)
        return [BuiltCard(card, copy.language) for card, copy in zip(addressed, copies, strict=True)]
