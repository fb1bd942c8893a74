"""The demo: a directory and a catalogue of our own, into an empty database only."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

import engine
from channels.cli import Runtime
from engine import catalogue_loading, directory, first_admins, rewards_file
from engine.people import Person

STARTER = Path(engine.__file__).parent / "starter"
ADMIN = "hana.sato@example.com"  # the demo's person of human resources


async def load_demo(runtime: Runtime) -> bool:
    """Load the demo where nobody is in the directory yet; returns whether it was loaded."""
    now = runtime.clock()
    async with runtime.writing.begin() as session:
        if await session.scalar(select(func.count()).select_from(Person)):
            return False
        await directory.import_people(
            session, STARTER / "demo_people.csv", deactivate_missing=False, actor=None, origin="demo", now=now
        )
        await first_admins.appoint(session, (ADMIN,), now)
        catalogue = rewards_file.read((STARTER / "rewards.json").read_bytes(), ZoneInfo("UTC"))
        plan = await catalogue_loading.plan(session, catalogue)
        await catalogue_loading.apply(session, plan, now, actor_id=None, origin="demo")
    return True
