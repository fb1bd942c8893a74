"""Write the next migration from the difference between the models and an empty, migrated database."""

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command

from engine.db.connection import build_engine
from engine.migrations import build_alembic_config, upgrade_schema
from engine.migrations import tables as migrations_tables

# tables outside the engine, by name only: nothing here points upwards
EXTRA_TABLE_MODULES = ("channels.slack.workspaces.installations", "channels.web.store")


async def write_revision(message: str) -> None:
    """Write `versions/NNNN_message.py`."""
    for name in EXTRA_TABLE_MODULES:
        import_module(name)
    number = len(list((Path(__file__).parent / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = build_engine(f"sqlite+aiosqlite:///{folder}/empty.db")
        await upgrade_schema(engine)
        async with engine.begin() as connection:
            await connection.run_sync(
                lambda c: command.revision(build_alembic_config(c), message, autogenerate=True, rev_id=f"{number:04}")
            )
        await engine.dispose()


if __name__ == "__main__":
    assert migrations_tables.METADATA.tables
    asyncio.run(write_revision(sys.argv[1]))
