"""A finished run is celebrated without noise: few awards one by one, many as one card."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings
from engine.awards.models import Award
from engine.outbox.publishing import publish_announcement
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.models import RUN_KIND, Run

MAX_SINGLE_CARDS = 3  # awards of one run that are celebrated each with a card of its own
MAX_DIRECT_NEWS = 200  # awards of one run whose receivers are told directly, unless the reward says so
CELEBRATION_HOUR = time(9)  # of dated awards, on the clock of the reward's zone
DIRECT_NEWS_ATTRIBUTE = "direct_news"  # a reward that has it tells every receiver directly


def get_celebration_time(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when an award of `now` that belongs to a day is celebrated: not before nine in the morning."""
    local = now.astimezone(zone)
    morning = datetime.combine(local.date(), CELEBRATION_HOUR, zone)
    return max(morning.astimezone(now.tzinfo), now)


async def celebrate_run(
    session: AsyncSession, run: Run, reward: Reward, settings: Settings, *, dated: bool, now: datetime
) -> None:
    """Announce the awards of a run whose last chunk was granted, and finish the run."""
    run.finished_at = now
    if run.quiet or not run.earned:
        return
    zone = ZoneInfo(reward.timezone or settings.timezone)
    due_at = get_celebration_time(now, zone) if dated else now
    gathered = run.earned > MAX_SINGLE_CARDS
    if gathered:
        await publish_announcement(session, RUN_KIND, run.id, now, place_id=None, everywhere=True, due_at=due_at)
    if not gathered or run.earned <= MAX_DIRECT_NEWS or reward.attributes.get(DIRECT_NEWS_ATTRIBUTE):
        await _publish_each(session, run, everywhere=not gathered, due_at=due_at, now=now)


async def _publish_each(session: AsyncSession, run: Run, *, everywhere: bool, due_at: datetime, now: datetime) -> None:
    earned = (
        select(Award.id, Person.id, Person.no_public_kudos, Person.direct_news)
        .join(Person, Person.id == Award.receiver_id)
        .where(Award.id.between(run.first_award_id, run.last_award_id), Award.cause == run.award_cause)
        .order_by(Award.id)
    )
    for award_id, person_id, quiet, direct_news in (await session.execute(earned)).all():
        people = [person_id] if direct_news or quiet else []
        if people or (everywhere and not quiet):
            await publish_announcement(
                session,
                "award",
                award_id,
                now,
                place_id=None,
                everywhere=everywhere and not quiet,
                people=people,
                due_at=due_at,
            )
