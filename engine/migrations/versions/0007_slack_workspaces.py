"""Which Slack workspaces have installed us, and the states that led there.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_installations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("enterprise", sa.String(length=64), nullable=False),
        sa.Column("bot_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bot_user", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("installer", sa.String(length=64), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_installations")),
        sa.UniqueConstraint("team", name=op.f("uq_slack_installations_team")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "slack_spent_states",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_slack_spent_states")),
    )
    with op.batch_alter_table("slack_spent_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slack_spent_states_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("slack_spent_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slack_spent_states_at"))
    op.drop_table("slack_spent_states")
    op.drop_table("slack_installations")
