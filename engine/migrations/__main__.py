"""Write the next migration from the difference between the models and an empty, migrated database."""

import asyncio
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command

from engine import migrations
from engine.db import connection as db_connection
from engine.migrations import tables as migrations_tables

# tables outside the engine, by name only: nothing here points upwards
EXTRA = ("channels.slack.workspaces.installations", "channels.web.store")


async def revise(message: str) -> None:
    """Write `versions/NNNN_message.py`."""
    for name in EXTRA:
        import_module(name)
    number = len(list((Path(__file__).parent / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = db_connection.connect(f"sqlite+aiosqlite:///{folder}/empty.db")
        await migrations.upgrade(engine)
        async with engine.begin() as connection:
            await connection.run_sync(
                lambda c: command.revision(
                    migrations.configuration(c), message, autogenerate=True, rev_id=f"{number:04}"
                )
            )
        await engine.dispose()


if __name__ == "__main__":
    assert migrations_tables.METADATA.tables
    asyncio.run(revise(sys.argv[1]))
