"""The schema's history, for both databases, run from here without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, on an open connection where one is given."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine) -> None:
    """Bring the schema up to date. Safe to run twice, and by two processes at once."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(configuration(c), "head"))


async def pending(engine: AsyncEngine) -> bool:
    """Whether the schema is behind the code."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    async with engine.connect() as connection:
        return head != await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
