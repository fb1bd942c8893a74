"""What keeps the hot queries flat in a large organisation.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME_GRAMS = """
CREATE OR REPLACE FUNCTION name_grams(name varchar, first_name varchar, last_name varchar) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL UNSAFE COST 4000 AS $$
SELECT array_to_tsvector(ARRAY(SELECT substr(names, at, 3) FROM generate_series(1, length(names)) AS at))
FROM (SELECT ' ' || name || ' '
    || CASE WHEN strpos(' ' || name || ' ', ' ' || lower(first_name) || ' ') > 0
        THEN '' ELSE lower(first_name) || ' ' END
    || CASE WHEN strpos(' ' || name || ' ', ' ' || lower(last_name) || ' ') > 0
        THEN '' ELSE lower(last_name) || ' ' END
    AS names) AS apart
$$
"""
WAITING = "sent_version < wanted_version AND closed_at IS NULL AND parked_at IS NULL"
STANDING = "undone_at IS NULL AND revoked_at IS NULL"


def upgrade() -> None:
    _index_names()
    op.create_index(
        "ix_kudos_newest",
        "kudos",
        ["given_at", "kudos_id"],
        postgresql_where=sa.text("public AND undone_at IS NULL"),
        sqlite_where=sa.text("public = 1 AND undone_at IS NULL"),
    )
    op.create_index("ix_kudos_giver_at", "kudos", ["giver_id", "given_at"])
    op.drop_index("ix_kudos_receivers_receiver_id", "kudos_receivers")
    op.create_index("ix_kudos_receivers_receiver_id", "kudos_receivers", ["receiver_id", "kudos_id"])
    op.create_index(
        "ix_awards_newest",
        "awards",
        ["awarded_at", "award_id"],
        postgresql_where=sa.text(STANDING),
        sqlite_where=sa.text(STANDING),
    )
    op.create_index(
        "ix_deliveries_channel_due",
        "deliveries",
        ["channel", "due_at", "id"],
        postgresql_where=sa.text(WAITING),
        sqlite_where=sa.text(WAITING),
    )
    op.drop_index("ix_points_entries_person_at", "points_entries")
    op.create_index("ix_points_entries_person_at", "points_entries", ["person_id", "at", "amount"])


def _index_names() -> None:
    op.create_index("ix_people_email_beginning", "people", ["email"], postgresql_ops={"email": "varchar_pattern_ops"})
    if op.get_bind().dialect.name == "postgresql":
        op.execute(NAME_GRAMS)
        names = [sa.text("name_grams(folded_name, first_name, last_name)")]
        op.create_index("ix_people_name_grams", "people", names, postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_points_entries_person_at", "points_entries")
    op.create_index("ix_points_entries_person_at", "points_entries", ["person_id", "at"])
    op.drop_index("ix_deliveries_channel_due", "deliveries")
    op.drop_index("ix_awards_newest", "awards")
    op.drop_index("ix_kudos_receivers_receiver_id", "kudos_receivers")
    op.create_index("ix_kudos_receivers_receiver_id", "kudos_receivers", ["receiver_id"])
    op.drop_index("ix_kudos_giver_at", "kudos")
    op.drop_index("ix_kudos_newest", "kudos")
    op.drop_index("ix_people_email_beginning", "people")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_people_name_grams", "people")
        op.execute("DROP FUNCTION name_grams(varchar, varchar, varchar)")
