"""PostgreSQL notifies the relays of what is to be sent.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION notify_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('laurel_deliveries', ''); RETURN NULL; END $$
"""

TRIGGER = """
CREATE TRIGGER notify_deliveries AFTER INSERT OR UPDATE OF wanted_version, identity_id ON deliveries
FOR EACH STATEMENT EXECUTE FUNCTION notify_deliveries()
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        op.execute(TRIGGER)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER notify_deliveries ON deliveries")
        op.execute("DROP FUNCTION notify_deliveries()")
