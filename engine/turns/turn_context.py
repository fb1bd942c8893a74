"""What one turn needs to know before anything is done, read in one round trip."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import String, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import ORGANISATION_ROW, Settings, SettingsRow
from engine.db.compiled import CompiledStatement, match_any, spread_values
from engine.db.statements import get_table
from engine.outbox.places import Place
from engine.people.account import Account
from engine.people.lookup import match_account
from engine.people.models import Identity, Person
from engine.turns.inbox import AnsweredTurn

SEEN_INTERVAL = timedelta(hours=1)  # an account in use is noted so often: a write for each turn would be one too many


@dataclass(frozen=True, slots=True)
class TurnContext:
    """The people behind the accounts of a turn, its earlier answers, and where it came from."""

    people: Mapping[str, Person]  # by account
    seen: Mapping[str, datetime]  # when each account was last noted to be in use
    first_answers: Mapping[str, dict[str, Any]]  # by account: to this very turn, of the one whose turn it was
    place_id: int | None
    settings: Settings


IDENTITY_TABLE, PERSON_TABLE = get_table(Identity), get_table(Person)
PERSON_FIELDS = tuple(column.key for column in PERSON_TABLE.c)


@lru_cache
def _compile_turn_context(size: int) -> CompiledStatement:
    """Compile the query for what is known of a turn and of `size` accounts in it."""
    channel, tenant, conversation = (bindparam(name, type_=String) for name in ("channel", "tenant", "conversation"))
    answered = select(AnsweredTurn.reply).where(
        AnsweredTurn.channel == channel,
        AnsweredTurn.tenant == tenant,
        AnsweredTurn.conversation == conversation,
        AnsweredTurn.message_id == bindparam("message_id"),
        AnsweredTurn.person_id == PERSON_TABLE.c.id,
    )
    place = select(Place.id).where(Place.channel == channel, Place.tenant == tenant, Place.external_id == conversation)
    settings = select(SettingsRow.values).where(SettingsRow.name == ORGANISATION_ROW)
    return CompiledStatement(
        select(
            IDENTITY_TABLE.c.external_id,
            IDENTITY_TABLE.c.seen_at,
            answered.correlate(PERSON_TABLE).scalar_subquery(),
            place.scalar_subquery(),
            settings.scalar_subquery(),
            *PERSON_TABLE.c,
        )
        .join(PERSON_TABLE, PERSON_TABLE.c.id == IDENTITY_TABLE.c.person_id)
        .where(
            IDENTITY_TABLE.c.channel == channel,
            IDENTITY_TABLE.c.tenant == tenant,
            match_any(IDENTITY_TABLE.c.external_id, "account", size),
        )
    )


async def load_turn_context(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    accounts: Collection[str],
    conversation: str,
    message_id: str,
) -> TurnContext:
    """Load the context of a turn, in one query for any number of accounts.

    If no account is known, the rest is empty too. The people belong to no session: changes to them are lost.
    """
    asked = {"channel": channel, "tenant": tenant, "conversation": conversation, "message_id": message_id}
    listed = spread_values("account", list(accounts))
    rows = await _compile_turn_context(len(listed)).fetch(session, asked | listed)
    if not rows:
        return TurnContext({}, {}, {}, None, Settings())
    place_id, values = rows[0][3:5]
    people = {account: Person(**dict(zip(PERSON_FIELDS, fields, strict=True))) for account, _, _, _, _, *fields in rows}
    seen = {account: seen_at for account, seen_at, *_ in rows}
    first_answers = {account: answer for account, _, answer, *_ in rows if answer is not None}
    return TurnContext(people, seen, first_answers, place_id, Settings.of(values))


async def record_account_use(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Record that the account is in use now. Direct messages go to the account used last."""
    used = (match_account(Identity, account), Identity.seen_at < now)
    await session.execute(update(Identity).where(*used).values(seen_at=now))
