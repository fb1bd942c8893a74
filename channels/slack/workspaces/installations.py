"""Which workspaces have installed us, each with the token that Slack gave us for it, sealed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, Text, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from channels.slack.workspaces.encryption import SecretBox
from engine.db.base import Base, Instant
from engine.db.statements import build_insert


class SlackInstallation(Base):
    """The newest installation of one workspace. Its tokens are readable only with the deployment's key."""

    __tablename__ = "slack_installations"
    __table_args__ = ({"sqlite_autoincrement": True},)  # an id names one installation, and is never used again

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    enterprise: Mapped[str] = mapped_column(String(64), default="")
    bot_token: Mapped[str] = mapped_column(Text)  # sealed; "" once we were put out
    refresh_token: Mapped[str | None] = mapped_column(Text)  # sealed; None if the token does not expire
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    renewing_until: Mapped[datetime | None] = mapped_column(Instant)  # some process asks for a new token just now
    bot_user: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str] = mapped_column(Text)
    installer: Mapped[str] = mapped_column(String(64))
    installed_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class SlackSpentState(Base):
    """The digest of a used OAuth state. A state is accepted once."""

    __tablename__ = "slack_spent_states"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True, slots=True)
class BotToken:
    """A bot token of one workspace; one that `expires_at` some time has what renews it."""

    value: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation gave us. `id` is 0 before it was kept."""

    team: str
    name: str
    enterprise: str
    bot_user: str
    scopes: str
    installer: str
    token: BotToken
    renewing_until: datetime | None = None
    id: int = 0


async def save_installation(
    session: AsyncSession, new: Installation, vault: SecretBox, now: datetime
) -> datetime | None:
    """Store the workspace's installation in place of a former one.

    Return when the former one was revoked, or None.
    """
    former = delete(SlackInstallation).where(SlackInstallation.team == new.team)
    revoked_at = await session.scalar(former.returning(SlackInstallation.revoked_at))
    values = _sealed(new.token, vault) | {"name": new.name, "enterprise": new.enterprise, "bot_user": new.bot_user}
    values |= {"scopes": new.scopes, "installer": new.installer, "installed_at": now, "revoked_at": None}
    added = build_insert(session, SlackInstallation).values(team=new.team, **values)
    await session.execute(added.on_conflict_do_update(index_elements=["team"], set_=values))
    return revoked_at


async def find_installation(session: AsyncSession, team: str, vault: SecretBox) -> Installation | None:
    """Return the workspace's valid installation or None. Raises CannotDecrypt if our keys do not open it."""
    row = await session.scalar(select(SlackInstallation).where(SlackInstallation.team == team, *_stands()))
    if row is None:
        return None
    refresh = None if row.refresh_token is None else vault.open(row.refresh_token)
    token = BotToken(vault.open(row.bot_token), refresh, row.expires_at)
    who = (row.team, row.name, row.enterprise, row.bot_user, row.scopes, row.installer)
    return Installation(*who, token, row.renewing_until, row.id)


async def list_installed_teams(session: AsyncSession) -> Sequence[str]:
    """List the ids of the workspaces that have the app installed, in alphabetical order."""
    found = await session.scalars(select(SlackInstallation.team).where(*_stands()).order_by(SlackInstallation.team))
    return found.all()


async def claim_token_renewal(session: AsyncSession, seen: Installation, until: datetime, now: datetime) -> bool:
    """Claim the renewal of the token as it was `seen`, exclusively until `until`.

    Return whether the claim succeeded. The row is locked.
    """
    free = or_(SlackInstallation.renewing_until.is_(None), SlackInstallation.renewing_until <= now)
    same = (SlackInstallation.id == seen.id, SlackInstallation.expires_at == seen.token.expires_at)
    claim = update(SlackInstallation).where(*same, free, *_stands()).values(renewing_until=until)
    return await session.scalar(claim.returning(SlackInstallation.id)) is not None


async def get_token_expiry(session: AsyncSession, installation_id: int) -> datetime | None:
    """Return when the stored token expires, or None if it is missing or never expires."""
    stored = select(SlackInstallation.expires_at).where(SlackInstallation.id == installation_id)
    return await session.scalar(stored)


async def save_renewed_token(session: AsyncSession, installation_id: int, token: BotToken, vault: SecretBox) -> None:
    """Store the new token of the installation, unless the app was removed meanwhile."""
    there = update(SlackInstallation).where(SlackInstallation.id == installation_id, *_stands())
    await session.execute(there.values(_sealed(token, vault)))


async def revoke_installation(
    session: AsyncSession, team: str, said_at: datetime, *, bots: Collection[str] | None, now: datetime
) -> tuple[int, str] | None:
    """Delete the tokens after the workspace removed the app.

    Return the installation's id and the workspace's name. Return None without a change if the installation is missing
    or newer than `said_at` (in whole seconds), or if `bots` are given and name only other accounts.
    """
    is_meant = [SlackInstallation.team == team, SlackInstallation.installed_at < said_at + timedelta(seconds=1)]
    if bots is not None:
        is_meant.append(SlackInstallation.bot_user.in_(bots))
    empty: dict[str, Any] = {"bot_token": "", "refresh_token": None, "expires_at": None, "renewing_until": None}
    gone = update(SlackInstallation).where(*is_meant, *_stands()).values(revoked_at=now, **empty)
    found = await session.execute(gone.returning(SlackInstallation.id, SlackInstallation.name))
    return next(((number, name) for number, name in found), None)


async def reencrypt_installations(session: AsyncSession, vault: SecretBox) -> None:
    """Encrypt all stored tokens with the newest key. Raises CannotDecrypt if our keys do not open one."""
    rows = await session.scalars(select(SlackInstallation).where(*_stands()).with_for_update(key_share=True))
    for row in rows:
        row.bot_token = vault.reencrypt(row.bot_token)
        row.refresh_token = row.refresh_token and vault.reencrypt(row.refresh_token)


async def spend_install_state(session: AsyncSession, digest: str, now: datetime, *, kept: timedelta) -> bool:
    """Mark the state with this digest as used.

    Return whether it was unused. States used longer ago than `kept` are deleted.
    """
    await session.execute(delete(SlackSpentState).where(SlackSpentState.at < now - kept))
    new = build_insert(session, SlackSpentState).values(digest=digest, at=now).on_conflict_do_nothing()
    return await session.scalar(new.returning(SlackSpentState.digest)) is not None


def _stands() -> tuple[ColumnElement[bool], ...]:
    return (SlackInstallation.revoked_at.is_(None),)


def _sealed(token: BotToken, vault: SecretBox) -> dict[str, Any]:
    return {
        "bot_token": vault.seal(token.value),
        "refresh_token": None if token.refresh is None else vault.seal(token.refresh),
        "expires_at": token.expires_at,
        "renewing_until": None,
    }
