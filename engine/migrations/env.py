"""How Alembic meets the database: always on the connection that it is handed."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, text

from engine.db.base import Base, Instant
from engine.migrations import get_known_revision

MIGRATION_LOCK_ID = 7_224_601  # any fixed number: two processes that migrate at once wait for each other


def render_plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Render Laurel's column types as the plain types that they are in the database.

    This keeps the migrations independent of Laurel's code.
    """
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return "JSON" if item.none_as_null else "sa.JSON()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_plain_type,
    compare_server_default=True,
)
if connection.dialect.name == "postgresql":
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK_ID})
    connection.execute(text("SET LOCAL lock_timeout = '4s'"))
get_known_revision(connection)  # under the lock: a newer process may have just migrated
with context.begin_transaction():
    context.run_migrations()
