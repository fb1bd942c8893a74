"""Turns that wait until a channel can say who somebody in them is.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=255), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_turns")),
        sa.UniqueConstraint(
            "channel",
            "tenant",
            "conversation",
            "message_id",
            name=op.f("uq_pending_turns_channel_tenant_conversation_message_id"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("pending_turns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_turns_due_at"), ["due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("pending_turns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_turns_due_at"))
    op.drop_table("pending_turns")
