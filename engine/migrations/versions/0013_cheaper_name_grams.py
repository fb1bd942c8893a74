"""The grams of a name in a quarter of the time. They are the same, so their index stays.

Revision ID: 0013
Revises: 0010
"""

from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME_GRAMS = """
CREATE OR REPLACE FUNCTION name_grams(name varchar, first_name varchar, last_name varchar) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE COST 4000 AS $$
DECLARE
    shown text := ' ' || name || ' ';
    names text := shown;
    grams text[];
BEGIN
    IF strpos(shown, ' ' || lower(first_name) || ' ') = 0 THEN names := names || lower(first_name) || ' '; END IF;
    IF strpos(shown, ' ' || lower(last_name) || ' ') = 0 THEN names := names || lower(last_name) || ' '; END IF;
    FOR at IN 1..length(names) LOOP grams[at] := substr(names, at, 3); END LOOP;
    RETURN array_to_tsvector(grams);
END $$
"""
FORMER_NAME_GRAMS = """
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


def upgrade() -> None:
    _replace(NAME_GRAMS)


def downgrade() -> None:
    _replace(FORMER_NAME_GRAMS)


def _replace(function: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(function)
