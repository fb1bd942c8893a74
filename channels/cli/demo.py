"""The demo: a directory and a catalogue of our own, into an empty database only."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

import engine
from channels.cli.command import Runtime
from engine.admin import first_admins as admin_first_admins
from engine.catalogue import loader, reader
from engine.directory import importing
from engine.people.models import Person

STARTER = Path(engine.__file__).parent / "starter"

ADMIN = "hana.sato@example.com"  # the demo's person of human resources


async def load_demo(runtime: Runtime) -> bool:
    """Load the demo where nobody is in the directory yet; returns whether it was loaded."""
    now = runtime.clock()
    async with runtime.writing.begin() as session:
        if await session.scalar(select(func.count()).select_from(Person)):
            return False
        await importing.import_people(
            session, STARTER / "demo_people.csv", deactivate_missing=False, actor=None, origin="demo", now=now
        )
        await admin_first_admins.appoint(session, (ADMIN,), now)
        catalogue = reader.read((STARTER / "rewards.json").read_bytes(), ZoneInfo("UTC"))
        plan = await loader.plan(session, catalogue)
        await loader.apply(session, plan, now, actor_id=None, origin="demo")
    return True
