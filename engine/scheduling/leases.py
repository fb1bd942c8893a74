"""Passes of every day: each is made once, by one of any number of replicas."""

from datetime import datetime, timedelta

from sqlalchemy import String, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant
from engine.db.statements import build_insert

JOB_LEASE_DURATION = timedelta(minutes=5)  # whoever makes a pass says again and again that they still do


class JobLease(Base):
    __tablename__ = "daily_passes"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant)  # while it is claimed: when the lease ends
    claims: Mapped[int]  # so often it was claimed: tells this claim from any later one


async def claim_lease(session: AsyncSession, name: str, *, now: datetime) -> int | None:
    """Claim the pass if it is due and free. Return the number of the claim, else None. One round trip."""
    row = build_insert(session, JobLease).values(name=name, due_at=now + JOB_LEASE_DURATION, claims=1)
    taken = row.on_conflict_do_update(
        index_elements=["name"],
        set_={"due_at": row.excluded.due_at, "claims": JobLease.claims + 1},
        where=JobLease.due_at <= now,
    )
    number: int | None = await session.scalar(taken.returning(JobLease.claims))
    return number


async def extend_lease(session: AsyncSession, name: str, claim: int, *, until: datetime) -> bool:
    """Reserve the pass until `until`, whether it is under way or done.

    Return False if another process has claimed it since.
    """
    ours = (JobLease.name == name, JobLease.claims == claim)
    held = update(JobLease).where(*ours).values(due_at=until).returning(JobLease.name)
    return await session.scalar(held) is not None
