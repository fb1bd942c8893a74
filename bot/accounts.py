"""Mentions on their way out get the destination's accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import Card, Mention
from engine.people import Identity


async def with_accounts(session: AsyncSession, card: Card, channel: str, tenant: str) -> Card:
    """The card with every mention of a person addressed to their account on `channel`; one query at most.

    Who has no account there, and whoever is no person of the directory, is shown by name and not notified.
    """
    mentioned = {m.person_id for m in _mentions(card) if m.person_id is not None}
    accounts = await _accounts(session, mentioned, channel, tenant) if mentioned else {}
    addressed: Card = _addressed(card, accounts)
    return addressed


async def _accounts(session: AsyncSession, people: set[int], channel: str, tenant: str) -> dict[int, str]:
    """Of several accounts of one person the one used last."""
    rows = await session.execute(
        select(Identity.person_id, Identity.external_id)
        .where(Identity.person_id.in_(sorted(people)), Identity.channel == channel, Identity.tenant == tenant)
        .order_by(Identity.seen_at, Identity.id)
    )
    return {person_id: account for person_id, account in rows}


def _mentions(value: object) -> Iterator[Mention]:
    if isinstance(value, Mention):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _mentions(item)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _mentions(getattr(value, part.name))


def _addressed(value: Any, accounts: Mapping[int, str]) -> Any:
    if isinstance(value, Mention):
        return replace(value, account=None if value.person_id is None else accounts.get(value.person_id))
    if isinstance(value, tuple):
        return tuple(_addressed(item, accounts) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _addressed(getattr(value, f.name), accounts) for f in fields(value)})
    return value
