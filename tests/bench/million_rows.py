"""The rows of a large organisation, made by PostgreSQL itself: for each person five awards and ten kudos in two years.

One person in ten thousand is a star who has as much as a thousand others, person 7 gives much more than others, and
one delivery in three hundred waits, all of them on Slack.
"""

import asyncpg

from engine.db.connection import build_engine
from engine.migrations import upgrade_schema
from tests import databases, services

MADE = "all rows are there"  # the comment of a database that is complete

BUSY_GIVER = 7

FIRST_NAMES = ("Ana", "Bob", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ivan", "Julia")

# Of `people`, `kudos` and `awards`, how many there are; `n` is the number of a row.
STAR = "1 + ({n}::bigint * 31) % GREATEST({people} / 1000, 1)"
THEN = "now() - ({all} - {n}) * (interval '730 days' / {all})"
ROWS = (
    """INSERT INTO people (id, email, employee_id, first_name, last_name, display_name, folded_name, department, groups,
        programs, manager_id, start_date, birth_month, birth_day, timezone, kind, active, attributes, no_birthday_post,
        no_public_kudos, not_on_boards, direct_news, role, created_at, updated_at)
    SELECT n, 'p' || n || '@corp.test', 'E' || n, f, l, f || ' ' || l, lower(f || ' ' || l), 'D' || n % 40, '[]', '[]',
        NULLIF(n / 9, 0), date '2010-01-01' + n % 5000, 1 + n % 12, 1 + n % 28, 'Europe/Madrid', 'employee',
        n % 50 <> 0, '{{}}', false, n % 100 = 1, false, true, CASE n WHEN 1 THEN 'admin' ELSE 'member' END, now(), now()
    FROM (SELECT n, ({first_names}::text[])[1 + n % 10] || CASE n % 7 WHEN 0 THEN ' ' || chr(65 + n % 26) ELSE '' END
        AS f, initcap(translate(to_char(n, 'FM00000000'), '0123456789', 'abcdefghij')) AS l
        FROM generate_series(1, {people}) n) named""",
    """INSERT INTO identities (person_id, channel, tenant, external_id, linked_at, seen_at)
    SELECT n, 'slack', 'T1', 'U' || to_char(n, 'FM00000000'), now(), now() FROM generate_series(1, {people}) n""",
    """INSERT INTO places (id, channel, tenant, external_id, name, details, announces, created_at)
    VALUES (1, 'slack', 'T1', 'C1', 'general', '{{}}', true, now())""",
    """INSERT INTO reward_types VALUES ('User Badge', '')""",
    """INSERT INTO rewards (reward_id, reward, folded_name, description, points, reward_type, multiple,
        cooldown_minutes, template_revision, is_enabled, programs, assigner, awardee, conditions, availability_rule,
        rules, events, workflow, challenges, awarded_callbacks, completion_callbacks, step_callbacks, auto_enroll,
        auto_evaluation, attributes, extra, created_at, updated_at)
    SELECT n, 'Badge ' || n, 'badge ' || n, '', 5, 'User Badge', true, 0, 1, true, '[]', '[]', '[]', '{{}}', '{{}}',
        '[]', '[]', '[]', '[]', '[]', '[]', '[]', false, false, '{{}}', '{{}}', now(), now()
    FROM generate_series(1, 50) n""",
    """INSERT INTO kudos (kudos_id, giver_id, words, public, day, given_at, undone_at, cause)
    SELECT n, CASE n % 1000 WHEN 3 THEN {busy_giver} ELSE 1 + (n * 7919::bigint) % {people} END,
        'thanks for the launch number ' || n || ' #teamwork', n % 10 <> 0, (at AT TIME ZONE 'UTC')::date, at,
        CASE n % 100 WHEN 0 THEN at END, 'turn:slack:T1:C1:' || n
    FROM (SELECT n, {kudos_then} AS at FROM generate_series(1, {kudos}) n) dated""",
    """INSERT INTO kudos_receivers (kudos_id, receiver_id, position, points)
    SELECT n, CASE n % 10 WHEN 0 THEN {star} ELSE 1 + (n * 104729::bigint + 17) % {people} END, 0, 5
    FROM generate_series(1, {kudos}) n""",
    """INSERT INTO kudos_tags (kudos_id, tag, position)
    SELECT n, (ARRAY['teamwork', 'delivery', 'helping', 'quality', 'learning'])[1 + n % 5], 0
    FROM generate_series(1, {kudos}) n""",
    """INSERT INTO awards (award_id, reward_id, receiver_id, giver_id, giver_key, occurrence, reward, points, words,
        args, template_revision, cause, awarded_at, freed)
    SELECT n, 1 + n % 50, CASE n % 10 WHEN 0 THEN {star} ELSE 1 + (n * 15485863::bigint + 5) % {people} END, giver,
        giver, 'turn:' || n, 'Badge ' || (1 + n % 50), 5, 'for badge ' || n, '{{}}', 1, 'turn:slack:T1:C1:a' || n,
        {awards_then}, false
    FROM (SELECT n, CASE n % 500 WHEN 3 THEN {busy_giver} ELSE 1 + (n * 32452843::bigint) % {people} END AS giver
        FROM generate_series(1, {awards}) n) given""",
    """INSERT INTO points_entries (person_id, amount, source, reason, at)
    SELECT person_id, amount, source, reason, at FROM (
        SELECT receiver_id AS person_id, 5 AS amount, 'kudos:' || kudos_id AS source, 'received' AS reason,
            given_at AS at
        FROM kudos JOIN kudos_receivers USING (kudos_id)
        UNION ALL SELECT receiver_id, 5, 'award:' || award_id, 'received', awarded_at FROM awards
        UNION ALL SELECT giver_id, 1, 'award:' || award_id, 'given', awarded_at FROM awards) moved ORDER BY at""",
    """INSERT INTO announcements (id, kind, subject_id, details, created_at)
    SELECT kudos_id, 'kudos', kudos_id, '{{}}'::jsonb, given_at FROM kudos
    UNION ALL SELECT {kudos} + award_id, 'award', award_id, '{{}}', awarded_at FROM awards""",
    """INSERT INTO deliveries (id, announcement_id, destination, place_id, channel, wanted_version, sent_version,
        message_ref, attempts, due_at)
    SELECT id, id, 'place:1', 1, 'slack', 1, CASE WHEN id > ({kudos} + {awards}) / 300 * 299 THEN 0 ELSE 1 END,
        '{{"ts": "1"}}', 0, created_at FROM announcements""",
)  # fmt: skip


async def make(size: int) -> str:
    """The URL of the kept database for so many people, migrated; its rows are made where they are not yet there."""
    name = name_of(size)
    url = databases.postgres_url(name)
    if await _comment(name) != MADE:
        await databases.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        await _migrate(url)
        await _fill(url, size)
        await databases.administer(f"COMMENT ON DATABASE \"{name}\" IS '{MADE}'")
    await _migrate(url)
    return url


async def drop(size: int) -> None:
    """Give the disk back."""
    await databases.administer(f'DROP DATABASE IF EXISTS "{name_of(size)}" WITH (FORCE)')


def name_of(size: int) -> str:
    return f"laurel_bench_million_{size}"


async def _comment(name: str) -> str | None:
    connection = await asyncpg.connect(services.POSTGRES, user=services.postgres_user())
    asked = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1"
    comment: str | None = await connection.fetchval(asked, name)
    await connection.close()
    return comment


async def _migrate(url: str) -> None:
    engine = build_engine(url)
    await upgrade_schema(engine)
    await engine.dispose()


async def _fill(url: str, size: int) -> None:
    """Constraints and indexes are taken down before, and built again after the rows; nothing is kept in the WAL."""
    counts = {"people": size, "kudos": 10 * size, "awards": 5 * size}
    words = {
        "star": STAR.format(n="n", **counts),
        "kudos_then": THEN.format(n="n", all=counts["kudos"]),
        "awards_then": THEN.format(n="n", all=counts["awards"]),
        "first_names": f"ARRAY{list(FIRST_NAMES)}",
        "busy_giver": BUSY_GIVER,
    }
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'")
    anew = await _take_down(connection)
    for row in ROWS:
        await connection.execute(row.format(**counts, **words))
        print(".", end="", flush=True)
    for statement in anew:
        await connection.execute(statement)
    for table in ("people", "kudos", "awards", "announcements", "deliveries"):
        key = {"kudos": "kudos_id", "awards": "award_id"}.get(table, "id")
        await connection.execute(f"SELECT setval('{table}_{key}_seq', max({key})) FROM {table}")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    print(f" {size} people")


async def _take_down(connection: asyncpg.Connection) -> list[str]:
    """Drop what slows the filling. Return the statements that build it again, foreign keys last and unproven."""
    constraints = await connection.fetch(
        """SELECT conrelid::regclass::text AS at, quote_ident(conname) AS name, contype = 'f' AS foreign,
            pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f') AND conrelid <> 0
            AND conrelid <> 'alembic_version'::regclass ORDER BY contype = 'f' DESC"""
    )
    indexes = await connection.fetch(
        """SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
        JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""
    )
    for one in constraints:
        await connection.execute(f"ALTER TABLE {one['at']} DROP CONSTRAINT {one['name']}")
    for one in indexes:
        await connection.execute(f"DROP INDEX {one['name']}")
    for one in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        await connection.execute(f'ALTER TABLE "{one["tablename"]}" SET UNLOGGED')
    built = [
        f"ALTER TABLE {one['at']} ADD CONSTRAINT {one['name']} {one['definition']}{' NOT VALID' * one['foreign']}"
        for one in reversed(constraints)
    ]
    return [*built, *(one["definition"] for one in indexes)]
