"""The demo data: a directory and a catalogue, for an empty database only."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

import engine
from channels.cli.command import Runtime
from engine.admin.first_admins import appoint_admins
from engine.catalogue.loader import apply_load, plan_load
from engine.catalogue.reader import read_catalogue
from engine.directory.importing import import_people
from engine.people.models import Person
from engine.people_file.choices import Choices

STARTER_FOLDER = Path(engine.__file__).parent / "starter"
DEMO_ADMIN_EMAIL = "hana.sato@example.com"  # works in human resources


async def load_demo(runtime: Runtime) -> bool:
    """Load the demo data if the directory is empty. Return whether it was loaded."""
    now = runtime.clock()
    async with runtime.writing.begin() as session:
        if await session.scalar(select(func.count()).select_from(Person)):
            return False
        await import_people(
            session, STARTER_FOLDER / "demo_people.csv", choices=Choices(), actor=None, origin="demo", now=now
        )
        await appoint_admins(session, (DEMO_ADMIN_EMAIL,), now)
        catalogue = read_catalogue((STARTER_FOLDER / "rewards.json").read_bytes(), ZoneInfo("UTC"))
        plan = await plan_load(session, catalogue)
        await apply_load(session, plan, now, actor_id=None, origin="demo")
    return True
