"""The engine awards by itself: jobs, their ticks, runs, and what selectors picked.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("reward_id", sa.Integer(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("anchor", INSTANT, nullable=False),
        sa.Column("planned_at", INSTANT, nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reward_id"], ["rewards.reward_id"], name="fk_jobs_reward_id"),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_index("ix_jobs_next_at", "jobs", ["next_at"])
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reward_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(330), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("people", JSON, nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("last_person_id", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.Column("first_award_id", sa.Integer(), nullable=True),
        sa.Column("last_award_id", sa.Integer(), nullable=True),
        sa.Column("ordered_by", sa.Integer(), nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["ordered_by"], ["people.id"], name="fk_runs_ordered_by"),
        sa.ForeignKeyConstraint(["reward_id"], ["rewards.reward_id"], name="fk_runs_reward_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("reward_id", "cause", name="uq_runs_reward_id_cause"),
    )
    op.create_index("ix_runs_reward_id_started_at", "runs", ["reward_id", "started_at"])
    unfinished = sa.text("finished_at IS NULL")
    op.create_index("ix_runs_unfinished", "runs", ["id"], postgresql_where=unfinished, sqlite_where=unfinished)
    op.create_table(
        "selections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reward_id", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(128), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("winners", JSON, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["reward_id"], ["rewards.reward_id"], name="fk_selections_reward_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_selections_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_selections"),
        sa.UniqueConstraint("reward_id", "occurrence", name="uq_selections_reward_id_occurrence"),
    )
    op.create_table(
        "ticks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(128), nullable=False),
        sa.Column("wall", sa.String(32), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_ticks_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ticks"),
        sa.UniqueConstraint("job", "wall", name="uq_ticks_job_wall"),
    )

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("source", "event_id", name="uq_events_source_event_id"),
    )
    waiting = sa.text("done_at IS NULL")
    op.create_index("ix_events_open", "events", ["id"], postgresql_where=waiting, sqlite_where=waiting)


def downgrade() -> None:
    for table in ("events", "ticks", "selections", "runs", "jobs"):
        op.drop_table(table)
