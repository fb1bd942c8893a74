"""Aliases of accounts, and what caused a gift.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alias", sa.String(length=128), nullable=True))
        batch_op.add_column(sa.Column("details", JSON, nullable=True))
        batch_op.create_index("ix_identities_alias", ["channel", "tenant", "alias"], unique=False)

    with op.batch_alter_table("kudos", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("link", sa.String(), nullable=True))
        batch_op.create_index("ix_kudos_cause", ["cause"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("kudos", schema=None) as batch_op:
        batch_op.drop_index("ix_kudos_cause")
        batch_op.drop_column("link")
        batch_op.drop_column("cause")

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index("ix_identities_alias")
        batch_op.drop_column("details")
        batch_op.drop_column("alias")
