"""Names are found by their beginning.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    beginning = {"folded_name": "varchar_pattern_ops"}
    op.create_index("ix_people_name_beginning", "people", ["folded_name"], postgresql_ops=beginning)


def downgrade() -> None:
    op.drop_index("ix_people_name_beginning", "people")
