"""The schema's history, for both databases, run from here without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.errors import BadInput

NEWER_SCHEMA_ERROR = (
    "the database in DATABASE_URL was made by a newer version of Laurel, and nothing in it was changed: "
    "run that version, or name another database"
)


def build_alembic_config(connection: Connection | None = None) -> Config:
    """Build Alembic's configuration, on an open connection if one is given."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def upgrade_schema(engine: AsyncEngine) -> None:
    """Bring the schema up to date. It is safe to run twice, and by two processes at once.

    Raises BadInput if a newer version made the database.
    """
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(build_alembic_config(c), "head"))


async def is_schema_behind(engine: AsyncEngine) -> bool:
    """Check whether the schema is behind the code. Raises BadInput if it is ahead."""
    async with engine.execution_options(laurel_reads=True).connect() as connection:
        return _history().get_current_head() != await connection.run_sync(get_known_revision)


def get_known_revision(connection: Connection) -> str | None:
    """Return the revision of the schema, or None if it has none yet.

    Raises BadInput if the revision is unknown to this code.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision not in {None, *(script.revision for script in _history().walk_revisions())}:
        raise BadInput(NEWER_SCHEMA_ERROR)
    return revision


def _history() -> ScriptDirectory:
    return ScriptDirectory.from_config(build_alembic_config())
