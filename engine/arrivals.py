"""What one turn needs to know before anything is done, read in one round trip."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.inbox import AnsweredTurn
from engine.people import Identity, Person
from engine.places import Place
from engine.settings import ORGANISATION, Settings, SettingsRow


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who is behind the accounts of a turn, whether it was answered before, and where it came from."""

    people: Mapping[str, Person]  # by account
    first_answer: dict[str, Any] | None
    place_id: int | None
    settings: Settings


async def read(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    accounts: Collection[str],
    conversation: str,
    message_id: str,
) -> Arrival:
    """One query, whatever the number of accounts. With no known account the rest is empty too."""
    answered = select(AnsweredTurn.reply).where(
        AnsweredTurn.channel == channel,
        AnsweredTurn.tenant == tenant,
        AnsweredTurn.conversation == conversation,
        AnsweredTurn.message_id == message_id,
    )
    place = select(Place.id).where(Place.channel == channel, Place.tenant == tenant, Place.external_id == conversation)
    settings = select(SettingsRow.values).where(SettingsRow.name == ORGANISATION)
    rows = (
        await session.execute(
            select(
                Identity.external_id,
                Person,
                answered.scalar_subquery(),
                place.scalar_subquery(),
                settings.scalar_subquery(),
            )
            .join(Person, Person.id == Identity.person_id)
            .where(
                Identity.channel == channel,
                Identity.tenant == tenant,
                Identity.external_id.in_(accounts),
            )
        )
    ).all()
    if not rows:
        return Arrival({}, None, None, Settings())
    _, _, first_answer, place_id, values = rows[0]
    return Arrival({row[0]: row[1] for row in rows}, first_answer, place_id, Settings.of(values))
