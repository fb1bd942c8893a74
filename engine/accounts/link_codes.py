"""Codes by which a person proves who they are on another channel: only they can read them.

The code is computed, not stored: it is the installation's signature of a row and its salt, so the table alone reveals
no code. Outsiders cannot see whether an address belongs to a colleague: a code is made for any address, and sent only
if the address has an owner.
"""

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant
from engine.db.statements import build_insert
from engine.outbox.publishing import mark_changed, publish_announcement
from engine.people.account import Account
from engine.people.email import normalize_email
from engine.people.lookup import is_active_employee, match_account, select_owner_of_email
from engine.people.models import EMAIL_CHANNEL, Identity, Person, UnlinkedAccount, select_merge_chain

LINK_CODE_KIND = "link.code"  # of the message with the code; its subject is the row
LINK_CODE_LIFETIME = timedelta(minutes=15)
MAX_CODE_TRIES = 5
MAX_CODES_PER_HOUR = 5  # codes that one account may ask for, and as many for one address
CODE_COUNT_WINDOW = timedelta(hours=1)
CODE_RETENTION = timedelta(days=1)  # then a row is forgotten
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none is taken for another
CODE_LENGTH = 8
NO_PERSON_ID = 0  # no person has this id

EMAIL_LAST_SEEN_AT = datetime.fromisoformat(
    "1970-01-01T00:00:00+00:00"
)  # an address is never used: every other account is later

LINK_CODE_LOCK_ID = 0x1A07E2  # any number, as long as nothing else of the product takes it


class LinkCode(Base):
    """A code that an account asked for. It counts for that account only, and only the newest one does."""

    __tablename__ = "link_codes"
    __table_args__ = (
        Index("ix_link_codes_account", "channel", "tenant", "account", "asked_at"),
        Index("ix_link_codes_address", "address", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(64))  # a keyed hash of the e-mail address that was named
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: the address is nobody's
    salt: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(Instant, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    def open_at(self, now: datetime) -> bool:
        return self.used_at is None and self.tries < MAX_CODE_TRIES and now < self.asked_at + LINK_CODE_LIFETIME


@dataclass(frozen=True, slots=True)
class WrongCode:
    """The typed code was wrong. It may be tried `left` times more."""

    left: int


@dataclass(frozen=True, slots=True)
class NoCode:
    """The account has no open code: it asked for none, or the code is used, too old, or was tried too often."""


async def request_link_code(
    session: AsyncSession, *, account: Account, email: str, key: bytes, salt: str, by_mail: bool, now: datetime
) -> bool:
    """Send a link code to the colleague with that address: to a linked account, else by e-mail if `by_mail`.

    The statements and the result are the same whether or not there is such a colleague. `salt` is random, `key` the
    installation's. Return False if too many codes were requested by the account or for that address.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has only one writer anyway
        # Requests are handled one at a time, so that their counts are exact.
        await session.execute(select(func.pg_advisory_xact_lock(LINK_CODE_LOCK_ID)))
    address = hmac.new(key, f"address:{normalize_email(email)}".encode(), sha256).hexdigest()
    if await _asked_lately(session, account, address, now):
        return False
    await session.execute(delete(LinkCode).where(LinkCode.asked_at < now - CODE_RETENTION))
    owner = await session.scalar(select_owner_of_email(email))
    if by_mail:
        await _keep_address(session, email, now)
    code = LinkCode(
        channel=account.channel,
        tenant=account.tenant,
        account=account.external_id,
        address=address,
        person_id=owner,
        salt=salt,
        tries=0,
        asked_at=now,
    )
    session.add(code)
    await session.flush()
    told = [owner or NO_PERSON_ID]
    await publish_announcement(
        session, LINK_CODE_KIND, code.id, now, place_id=None, everywhere=False, people=told, by_mail=by_mail
    )
    return True


async def redeem_link_code(
    session: AsyncSession, *, account: Account, typed: str, key: bytes, now: datetime
) -> Person | WrongCode | NoCode:
    """Link the account to the person whose code was typed.

    Return that person, WrongCode, or NoCode if no open code waits for the account. The caller commits a wrong try too,
    so that it is counted.
    """
    newest = select(LinkCode).where(_of(account)).order_by(LinkCode.id.desc()).limit(1)
    code = await session.scalar(newest.with_for_update())
    if code is None or not code.open_at(now):
        return NoCode()
    code.tries += 1
    line = select_merge_chain(select(Person.id).where(Person.id == code.person_id))  # they may have been merged since
    person = await session.scalar(select(Person).where(Person.id.in_(select(line.c.id)), is_active_employee()))
    signs = "".join(sign for sign in typed.upper() if sign in CODE_ALPHABET)  # no blanks, no dashes
    if not hmac.compare_digest(signs, format_link_code(code, key)) or person is None:
        return WrongCode(MAX_CODE_TRIES - code.tries)
    code.used_at = now
    if not await _tie(session, account, person, now):
        return NoCode()
    await mark_changed(session, LINK_CODE_KIND, code.id, now)
    return person


def format_link_code(code: LinkCode, key: bytes) -> str:
    """Return the code itself, without the dash that people see."""
    number = int.from_bytes(hmac.new(key, f"link:{code.id}:{code.salt}".encode(), sha256).digest())
    signs = []
    for _ in range(CODE_LENGTH):
        number, at = divmod(number, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[at])
    return "".join(signs)


async def _asked_lately(session: AsyncSession, account: Account, address: str, now: datetime) -> bool:
    by_account = func.count().filter(_of(account))
    for_address = func.count().filter(LinkCode.address == address)
    lately = select(by_account, for_address).where(LinkCode.asked_at > now - CODE_COUNT_WINDOW)
    mine, theirs = (await session.execute(lately)).one()
    return bool(max(mine, theirs) >= MAX_CODES_PER_HOUR)


async def _keep_address(session: AsyncSession, email: str, now: datetime) -> None:
    """Store the colleague's own address as an account that codes can be sent to."""
    address = literal(normalize_email(email))
    row = select(
        Person.id,
        literal(EMAIL_CHANNEL),
        literal(""),
        address,
        literal(now, Instant),
        literal(EMAIL_LAST_SEEN_AT, Instant),
    )
    columns = ("person_id", "channel", "tenant", "external_id", "linked_at", "seen_at")
    kept = build_insert(session, Identity).from_select(columns, row.where(Person.id.in_(select_owner_of_email(email))))
    owner = {"person_id": kept.excluded.person_id, "linked_at": now}  # of several addresses the code goes to this one
    await session.execute(kept.on_conflict_do_update(index_elements=["channel", "tenant", "external_id"], set_=owner))


def _of(account: Account) -> ColumnElement[bool]:
    return and_(
        LinkCode.channel == account.channel,
        LinkCode.tenant == account.tenant,
        LinkCode.account == account.external_id,
    )


async def _tie(session: AsyncSession, account: Account, person: Person, now: datetime) -> bool:
    """Link the account to the person. Return False if the account was linked to somebody meanwhile."""
    row = build_insert(session, Identity).values(person_id=person.id, linked_at=now, seen_at=now, **asdict(account))
    tied = await session.scalar(row.on_conflict_do_nothing().returning(Identity.id))
    await session.execute(delete(UnlinkedAccount).where(match_account(UnlinkedAccount, account)))
    return tied is not None
