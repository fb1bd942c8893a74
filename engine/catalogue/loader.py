"""Loading a catalogue: first the difference between the file and what is stored, then, on purpose, the change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.catalogue.definition import RENAMED_KEYS
from engine.catalogue.reader import RewardsFile, format_reward_subject
from engine.db.statements import build_insert
from engine.errors import BadInput
from engine.parsing.problems import EntryProblem
from engine.people.models import Person
from engine.people.names import fold_name
from engine.rewards.models import Reward, RewardCategory, RewardGroup, RewardTemplate, RewardType
from engine.rewards.types import REWARD_TYPES, RewardActivity, get_reward_activity

FILE_KEYS = {column: key for key, column in RENAMED_KEYS.items()}
REWARD_BATCH_SIZE = 200  # rewards in one statement


@dataclass(frozen=True, slots=True)
class RewardChange:
    """The change that loading makes to one reward.

    `fields` holds (before, after) by the keys of the file. It is empty for a new or an unchanged reward.
    """

    columns: Mapping[str, Any]
    created: bool
    fields: Mapping[str, tuple[Any, Any]]
    stored_at: datetime | None  # when the stored reward was last written, as the difference was made

    @property
    def subject(self) -> str:
        return format_reward_subject(self.columns["id"], self.columns["name"])

    @property
    def activity(self) -> RewardActivity:
        return get_reward_activity(self.columns)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The difference between a file and the catalogue."""

    changes: tuple[RewardChange, ...]
    problems: tuple[EntryProblem, ...]
    warnings: tuple[EntryProblem, ...]

    @property
    def created(self) -> list[RewardChange]:
        return [change for change in self.changes if change.created]

    @property
    def updated(self) -> list[RewardChange]:
        return [change for change in self.changes if change.fields and not change.created]

    @property
    def unchanged(self) -> list[RewardChange]:
        return [change for change in self.changes if not change.fields and not change.created]

    @property
    def is_clean(self) -> bool:
        """Return whether the whole file is loaded as written, without problems or warnings."""
        return not self.problems and not self.warnings


async def plan_load(session: AsyncSession, file: RewardsFile) -> LoadPlan:
    """Return what loading `file` would change, without writing.

    The file defines each reward completely: keys that it leaves out are unset.
    """
    ids = [columns["id"] for columns in file.rewards]
    stored = {reward.id: reward for reward in await session.scalars(select(Reward).where(Reward.id.in_(ids)))}
    changes = tuple(_change(columns, stored.get(columns["id"])) for columns in file.rewards)
    return LoadPlan(changes, file.problems, (*file.warnings, *await _namesakes(session, changes)))


def _change(read: Mapping[str, Any], stored: Reward | None) -> RewardChange:
    columns = {**read, "folded_name": fold_name(read["name"])}
    if stored is None:
        return RewardChange(columns, True, {}, None)
    before = {column: getattr(stored, column) for column in read}
    fields = {
        FILE_KEYS.get(column, column): (before[column], after)
        for column, after in read.items()
        if before[column] != after
    }
    return RewardChange(columns, False, fields, stored.updated_at)


async def _namesakes(session: AsyncSession, changes: Sequence[RewardChange]) -> list[EntryProblem]:
    """Return a warning for each stored reward outside of the file that has the name of one in it.

    People who type such a name are asked which one they mean.
    """
    by_name = {change.columns["folded_name"]: change for change in changes}
    ids = {change.columns["id"] for change in changes}
    query = select(Reward.id, Reward.name, Reward.folded_name).where(Reward.folded_name.in_(by_name))
    return [
        EntryProblem(
            by_name[folded].subject,
            f"has the same name as {format_reward_subject(reward_id, name)}, which is stored already",
        )
        for reward_id, name, folded in await session.execute(query.order_by(Reward.id))
        if reward_id not in ids
    ]


async def apply_load(
    session: AsyncSession, plan: LoadPlan, now: datetime, *, actor_id: int | None, origin: str
) -> None:
    """Store the changes of `plan`. A repeated load changes no reward. `actor_id` None is the command line.

    Missing types, categories and groups are created. A changed message is a new revision, so that old awards keep
    theirs. Each reward that changes leaves an audit row. Raises NotAllowed for a member, BadInput if a reward was
    changed by somebody else after the plan was made.
    """
    if actor_id is not None:
        require_permission(await session.get_one(Person, actor_id), "catalogue")
    changing = [*plan.created, *plan.updated]
    await _make_taxonomy(session, [change.columns for change in changing])
    await _create(session, plan.created, now)
    await _update(session, plan.updated, now)
    for change in changing:
        _record(session, change, now, actor_id, origin)


async def _make_taxonomy(session: AsyncSession, rewards: Iterable[Mapping[str, Any]]) -> None:
    wanted = list(rewards)
    types = {reward["reward_type"] for reward in wanted}
    await _make(
        session, RewardType, [{"reward_type": one, "description": REWARD_TYPES.get(one, "")} for one in sorted(types)]
    )
    for table, column in ((RewardCategory, "reward_category"), (RewardGroup, "reward_group")):
        names = {reward[column] for reward in wanted if reward[column]}
        await _make(session, table, [{column: one} for one in sorted(names)])


async def _make(session: AsyncSession, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), REWARD_BATCH_SIZE):
        await session.execute(
            build_insert(session, table).values(rows[start : start + REWARD_BATCH_SIZE]).on_conflict_do_nothing()
        )


async def _create(session: AsyncSession, changes: Sequence[RewardChange], now: datetime) -> None:
    for start in range(0, len(changes), REWARD_BATCH_SIZE):
        rows = [
            {**change.columns, "created_at": now, "updated_at": now}
            for change in changes[start : start + REWARD_BATCH_SIZE]
        ]
        added = await session.scalars(
            build_insert(session, Reward).values(rows).on_conflict_do_nothing().returning(Reward.id)
        )
        if missed := {row["id"] for row in rows} - set(added):
            raise BadInput(f"reward {min(missed)} was made by somebody else meanwhile; please load the file again")
    await _keep_templates(session, {change.columns["id"]: 1 for change in changes}, changes)


async def _update(session: AsyncSession, changes: Sequence[RewardChange], now: datetime) -> None:
    by_id = {change.columns["id"]: change for change in changes}
    locked = select(Reward).where(Reward.id.in_(by_id)).order_by(Reward.id).with_for_update(key_share=True)
    rewards = (await session.scalars(locked.execution_options(populate_existing=True))).all()
    for reward in rewards:
        change = by_id[reward.id]
        if reward.updated_at != change.stored_at:
            raise BadInput(f"reward {reward.id} was changed by somebody else meanwhile; please load the file again")
        for column, value in change.columns.items():
            setattr(reward, column, value)
        reward.template_revision += "message" in change.fields
        reward.updated_at = now
    await session.flush()
    said_anew = [change for change in changes if "message" in change.fields]
    await _keep_templates(session, {reward.id: reward.template_revision for reward in rewards}, said_anew)


async def _keep_templates(session: AsyncSession, revisions: Mapping[int, int], changes: Iterable[RewardChange]) -> None:
    """Store the message of each changed reward under its revision. A revision without a message leaves no row."""
    rows = [
        {"reward_id": change.columns["id"], "revision": revisions[change.columns["id"]], "template": template}
        for change in changes
        if (template := change.columns["template"])
    ]
    await _make(session, RewardTemplate, rows)


def _record(session: AsyncSession, change: RewardChange, now: datetime, actor_id: int | None, origin: str) -> None:
    if change.created:
        after = {FILE_KEYS.get(column, column): value for column, value in change.columns.items() if value}
        action, before = "reward.create", None
    else:
        action = "reward.update"
        before = {key: _json(old) for key, (old, _) in change.fields.items()}
        after = {key: new for key, (_, new) in change.fields.items()}
    after = {key: _json(value) for key, value in after.items() if key != "folded_name"}
    what = f"reward:{change.columns['id']}"
    record_audit(session, action, what, now, actor_id=actor_id, origin=origin, before=before, after=after)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
