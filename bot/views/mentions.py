"""Mentions on their way out get the destination's accounts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.protocol.elements import Card, Mention
from engine.db.compiled import CompiledStatement, match_any, spread_values
from engine.db.statements import get_table
from engine.people.models import Identity

ChannelTenant = tuple[str, str]  # a channel and its tenant


async def address_mentions(session: AsyncSession, card: Card, channel: str, tenant: str) -> Card:
    """Return the card with each mention of a person addressed to their account on `channel`; one query at most.

    People without an account there, or outside the directory, are shown by name and not notified.
    """
    (addressed,) = await address_all_mentions(session, [card], [(channel, tenant)])
    return addressed or card


async def address_all_mentions(
    session: AsyncSession, cards: Sequence[Card | None], where: Sequence[ChannelTenant]
) -> Sequence[Card | None]:
    """Address the mentions of several cards, each for its own place in `where`; one query at most in all."""
    mentioned = {m.person_id for card in cards for m in _mentions(card) if m.person_id is not None}
    accounts = await _accounts(session, mentioned, {channel for channel, _ in where}) if mentioned else {}
    return [_addressed(card, accounts.get(at, {})) for card, at in zip(cards, where, strict=True)]


async def _accounts(session: AsyncSession, people: set[int], channels: set[str]) -> dict[ChannelTenant, dict[int, str]]:
    """Return the accounts by place and person. If a person has several, the one used last counts."""
    listed = spread_values("person", sorted(people)), spread_values("channel", sorted(channels))
    rows = await _compile_accounts(*map(len, listed)).fetch(session, listed[0] | listed[1])
    accounts: dict[ChannelTenant, dict[int, str]] = defaultdict(dict)
    for channel, tenant, person_id, account in rows:
        accounts[channel, tenant][person_id] = account
    return accounts


@lru_cache
def _compile_accounts(people: int, channels: int) -> CompiledStatement:
    table = get_table(Identity)
    return CompiledStatement(
        select(table.c.channel, table.c.tenant, table.c.person_id, table.c.external_id)
        .where(match_any(table.c.person_id, "person", people), match_any(table.c.channel, "channel", channels))
        .order_by(table.c.seen_at, table.c.id)
    )


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
