"""Who becomes a colleague without any file: the full members of the workspaces that the bot is in."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, exists, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.first_admins import promote_first_admins
from engine.admin.settings import SettingsRow
from engine.db.statements import build_insert
from engine.people.account import Account
from engine.people.email import is_email, normalize_email
from engine.people.email_linking import link_by_email
from engine.people.lookup import match_account
from engine.people.models import Identity, Merge, Person, UnlinkedAccount
from engine.people.names import fold_name, strip_invisible
from engine.people.search import MAX_PERSON_QUERY_LENGTH

AdmissionSource = Literal["", "workspace", "directory"]

ADMISSION_SOURCE_ROW = "people"  # the row of the settings that keeps the deployment's wish


@dataclass(frozen=True, slots=True)
class WorkspaceMember:
    """A full member of a workspace, no guest and no bot; the platform has verified the address."""

    account: Account
    email: str
    name: str
    locale: str | None = None  # "es-MX"
    timezone: str | None = None  # an IANA name
    also: str = ""  # a second address, verified like the first: the one that they sign in with


async def set_admission_source(session: AsyncSession, wanted: AdmissionSource) -> None:
    """Keep the deployment's wish (PEOPLE), in the place of the former one, for every channel and process."""
    row = build_insert(session, SettingsRow).values(name=ADMISSION_SOURCE_ROW, values={"from": wanted})
    await session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"values": row.excluded["values"]}))


async def is_admitting_members(session: AsyncSession) -> bool:
    """Check whether members of a workspace become people.

    The deployment's setting decides. Without one, they do as long as every person came from a workspace.
    """
    kept = await session.scalar(select(SettingsRow.values).where(SettingsRow.name == ADMISSION_SOURCE_ROW))
    wanted = (kept or {}).get("from", "")
    if wanted:
        return bool(wanted == "workspace")
    return not await session.scalar(select(exists().where(Person.admitted_by.is_(None))))


async def link_or_admit_member(session: AsyncSession, member: WorkspaceMember, *, now: datetime) -> Person | None:
    """Link the account to the colleague with its e-mail address, and admit that person if needed.

    People are admitted only where a workspace says who exists. A person admitted by a workspace gets the name and the
    address that it shows now. Return the person, or None if there is no such colleague.
    """
    email = await _address(session, member)
    is_address = is_email(email)
    if is_address and await is_admitting_members(session):
        await _admit(session, replace(member, email=email), now)
    return await link_by_email(
        session,
        member.account,
        email=email if is_address else "",
        locale=member.locale,
        timezone=member.timezone,
        now=now,
    )


async def deactivate_member(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Record that the account's person left the workspace or is a guest now, and deactivate them.

    Only a person admitted by a workspace becomes inactive, once they have no account left there or on the channel that
    admitted them.
    """
    if await is_admitting_members(session):
        staying = (match_account(Identity, account), Identity.left_at.is_(None))
        await session.execute(update(Identity).where(*staying).values(left_at=now))
        speaking = Identity.channel.in_((account.channel, Person.admitted_by)), Identity.left_at.is_(None)
        whose = union(_behind(account), _let_go(account))
        gone = Person.id.in_(whose), ~exists().where(Identity.person_id == Person.id, *speaking)
        await session.execute(
            update(Person).where(*gone, *_brought(), Person.active).values(active=False, updated_at=now)
        )


async def hand_over_to_directory(session: AsyncSession, named: Select[Any]) -> None:
    """A file of the directory names these people: from now on it decides about them, and no workspace does."""
    await session.execute(update(Person).where(Person.id.in_(named), *_brought()).values(admitted_by=None))


async def _address(session: AsyncSession, member: WorkspaceMember) -> str:
    """Choose the one of the member's two addresses that a person has.

    The second address counts only for an account that is not linked yet.
    """
    first, second = map(normalize_email, (member.email, member.also))
    if second in ("", first) or await session.scalar(_behind(member.account)) is not None:
        return first
    known = set(await session.scalars(select(Person.email).where(Person.email.in_((first, second)))))
    return second if known == {second} else first


async def _admit(session: AsyncSession, member: WorkspaceMember, now: datetime) -> None:
    email = normalize_email(member.email)
    left = (match_account(Identity, member.account), Identity.left_at.is_not(None))
    await session.execute(update(Identity).where(*left).values(left_at=None))
    shown = build_shown_values(member)
    if await _follow(session, member, shown, now):
        return
    new = build_insert(session, Person).values(
        email=email, admitted_by=member.account.channel, created_at=now, updated_at=now, **shown
    )
    if await session.scalar(new.on_conflict_do_nothing(index_elements=["email"]).returning(Person.id)):
        await promote_first_admins(session, now)


def build_shown_values(member: WorkspaceMember) -> dict[str, Any]:
    """Build the column values that a workspace gives to a person it admitted: the shown name, and active."""
    name = strip_invisible(member.name)[:MAX_PERSON_QUERY_LENGTH] or normalize_email(member.email).partition("@")[0]
    return {"display_name": name, "folded_name": fold_name(name), "active": True}


async def _follow(session: AsyncSession, member: WorkspaceMember, shown: dict[str, Any], now: datetime) -> bool:
    """Update the admitted person, known by the account or the address, to what the workspace shows.

    Return False if no person is known. An imported or merged person stays as they are.
    """
    email = normalize_email(member.email)
    holder = await session.scalar(select(Person).where(Person.email == email))
    known = await session.scalar(select(Person).where(Person.id.in_(_behind(member.account)), *_brought()))
    if known is None:
        known = await session.scalar(select(Person).where(Person.email == email, *_brought()))
    if known is None:
        return holder is not None
    values = shown if holder else shown | {"email": email}
    if any(getattr(known, name) != value for name, value in values.items()):
        await _change(session, member.account, known, values, now)
    return True


async def _change(
    session: AsyncSession, account: Account, known: Person, values: dict[str, Any], now: datetime
) -> None:
    """Write new values to a known person.

    An inactive person, who left one workspace and is in another, moves to the account's channel. Of several accounts of
    an active person, only one decides the name.
    """
    if not known.active:
        values = values | {"admitted_by": account.channel}
    elif not await _speaks(session, account, known):
        return
    await session.execute(update(Person).where(Person.id == known.id).values(updated_at=now, **values))


async def _speaks(session: AsyncSession, account: Account, known: Person) -> bool:
    """Check whether the account decides its person's name.

    Of several accounts this is the first one on the channel that admitted them.
    """
    here = (Identity.person_id == known.id, Identity.channel == known.admitted_by, Identity.left_at.is_(None))
    first = await session.scalar(select(Identity).where(*here).order_by(Identity.id).limit(1))
    if first is None:
        return known.admitted_by == account.channel
    return first.account == account


def _behind(account: Account) -> Select[int]:
    return select(Identity.person_id).where(match_account(Identity, account))


def _let_go(account: Account) -> Select[int]:
    """Select the person who had the account until they unlinked it."""
    return select(UnlinkedAccount.person_id).where(match_account(UnlinkedAccount, account))


def _brought() -> tuple[ColumnElement[bool], ...]:
    """Build the conditions for people admitted by a workspace and not merged into another person."""
    merged = select(Merge.merged_id).where(Merge.undone_at.is_(None))
    return Person.admitted_by.is_not(None), Person.id.not_in(merged)
