"""What an administrator may tune: one row, read with every turn, each change audited."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import available_timezones

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.db.base import Base, JsonColumn
from engine.db.compiled import CompiledStatement
from engine.db.statements import build_insert
from engine.errors import BadInput
from engine.parsing.problems import quote_text, suggest_known_name
from engine.people.models import Person


class SettingsRow(Base):
    """The settings that differ from the defaults, under one name ("organisation")."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)


ORGANISATION_ROW = "organisation"
STORED_SETTINGS = CompiledStatement(select(SettingsRow.values).where(SettingsRow.name == ORGANISATION_ROW))
REACTION_OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """The organisation's choices. 0 means "no limit" for every limit and allowance."""

    timezone: str = "UTC"
    language: str = "en"
    kudos_points: int = 0  # to each receiver of kudos
    kudos_per_day: int = 0  # receivers that one giver may thank on one of their days
    kudos_per_pair_per_day: int = 0  # gifts from one giver to one receiver on one day
    kudos_maximum_receivers: int = 20  # in one gift
    giver_points: int = 1  # to the giver of a badge
    giver_points_per_day: int = 5  # at most, from badges given
    kudos_reaction: str = REACTION_OFF  # the name of the emoji on a message that thanks its author
    undo_minutes: int = 10
    login_rewards: str = "on"  # whether a person's first turn of their day is the event user.login
    evaluate_minutes: int = 120  # between two evaluations of rewards with rules that have no schedule of their own
    leap_day: str = "02-28"  # when 29 February is celebrated in common years: 02-28 or 03-01

    @classmethod
    def of(cls, values: dict[str, Any] | None) -> Self:
        """Return the defaults with the changed values applied. Skip names that no longer exist."""
        return cls(**{k: v for k, v in (values or {}).items() if k in cls.__dataclass_fields__})


async def load_settings(session: AsyncSession) -> Settings:
    """Return the organisation's settings. One round trip."""
    rows = await STORED_SETTINGS.fetch(session, {})
    return Settings.of(rows[0][0] if rows else None)


async def change_setting(
    session: AsyncSession, name: str, words: str, now: datetime, *, actor: Person | None, origin: str
) -> Settings:
    """Set one setting from the words an administrator typed. `actor` None is the command line.

    Raises BadInput for an unknown name or a value that will not do, NotAllowed for a member.
    """
    if actor is not None:
        require_permission(actor, "settings")
    value = _parsed(name, words)
    await session.execute(
        build_insert(session, SettingsRow).values(name=ORGANISATION_ROW, values={}).on_conflict_do_nothing()
    )
    row = await session.get_one(SettingsRow, ORGANISATION_ROW, with_for_update={"key_share": True})
    before = asdict(Settings.of(row.values))[name]
    row.values = row.values | {name: value}
    record_audit(
        session,
        "setting.change",
        f"setting:{name}",
        now,
        actor_id=actor.id if actor else None,
        origin=origin,
        before={"value": before},
        after={"value": value},
    )
    return Settings.of(row.values)


MAX_SETTING_NUMBER = 1_000_000
EMOJI_PATTERN = re.compile(r"[\w+'-]{1,100}")
SETTING_CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": ("en", "es"),
    "leap_day": ("02-28", "03-01"),
    "login_rewards": ("on", "off"),
}


def _parsed(name: str, words: str) -> int | str:
    defaults = asdict(Settings())
    if name not in defaults:
        hint = suggest_known_name(name, defaults)
        raise BadInput(f"there is no setting {quote_text(name)}{hint}; there are: {', '.join(defaults)}")
    if name == "timezone":
        return _zone(words)
    if name == "kudos_reaction":
        return _emoji(words)
    if isinstance(defaults[name], int):
        return _whole_number(name, words)
    if words not in SETTING_CHOICES[name]:
        raise BadInput(f"{name} is {' or '.join(SETTING_CHOICES[name])}, not {quote_text(words)}")
    return words


def _zone(words: str) -> str:
    zones = available_timezones()
    if words not in zones:
        raise BadInput(
            f"timezone is a name such as Europe/Madrid, not {quote_text(words)}{suggest_known_name(words, zones)}"
        )
    return words


def _emoji(words: str) -> str:
    """Return the emoji's name as Slack writes it between colons ("clap"), or REACTION_OFF. Raises BadInput."""
    name = words.strip().strip(":").lower()
    if not EMOJI_PATTERN.fullmatch(name):
        raise BadInput(f"kudos_reaction is the name of an emoji such as clap, or off, not {quote_text(words)}")
    return name


def _whole_number(name: str, words: str) -> int:
    try:
        value = int(words)
    except ValueError:
        value = -1
    if not 0 <= value <= MAX_SETTING_NUMBER:
        raise BadInput(f"{name} is a whole number from 0 to {MAX_SETTING_NUMBER:,}, not {quote_text(words)}")
    return value


SECRET_ROW = "secret"  # noqa: S105 - the name of the row, not a secret


async def load_secret_key(session: AsyncSession, candidate: str) -> bytes:
    """Return the key that signs buttons: the stored one, else `candidate`, which is then stored for every replica."""
    await session.execute(
        build_insert(session, SettingsRow).values(name=SECRET_ROW, values={"key": candidate}).on_conflict_do_nothing()
    )
    row = await session.get_one(SettingsRow, SECRET_ROW)
    return str(row.values["key"]).encode()


PROPOSED_TIMEZONE_ROW = (
    "proposed_timezone"  # beside the settings: the deployment's last word, which an administrator's outranks
)


async def propose_timezone(session: AsyncSession, zone: str, now: datetime) -> None:
    """Make the deployment's zone the organisation's, unless an administrator has set another one."""
    row = await session.get(SettingsRow, ORGANISATION_ROW)
    held = row.values if row else {}
    set_by_hand = "timezone" in held and held["timezone"] != held.get(PROPOSED_TIMEZONE_ROW)
    if not zone or set_by_hand or held.get("timezone") == zone:
        return
    await change_setting(session, "timezone", zone, now, actor=None, origin="environment")
    changed = await session.get_one(SettingsRow, ORGANISATION_ROW)
    changed.values = changed.values | {PROPOSED_TIMEZONE_ROW: zone}
