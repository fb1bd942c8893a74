"""The process as `make run` starts it: ready, with the demo; it keeps what was given, and ends when it is told to."""

import re
import signal
import socket
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from engine.db.connection import build_engine
from tests import databases, services
from tests.processes import run, served, started
from tests.waiting import PATIENCE


def counted(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "laurel.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_demo_is_loaded_once_and_what_was_given_is_kept(tmp_path: Path) -> None:
    with served(tmp_path):
        people, rewards = counted(tmp_path, "people"), counted(tmp_path, "rewards")
        assert people >= 20
        assert rewards >= 25
    with closing(sqlite3.connect(tmp_path / "laurel.db")) as database, database:
        database.execute("DELETE FROM people WHERE email = 'wei.chen@example.com'")
    with served(tmp_path):
        assert (counted(tmp_path, "people"), counted(tmp_path, "rewards")) == (people - 1, rewards)


def test_an_embedded_database_is_brought_up_to_date_by_any_command(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").stdout == "the database is up to date\n"
    shown = run(tmp_path, "settings")
    assert "undo_minutes = 10" in shown.stdout
    assert shown.returncode == 0


async def test_a_server_s_database_is_migrated_on_purpose_only(tmp_path: Path) -> None:
    async with databases.fresh_postgres("serving") as url:
        behind = run(tmp_path, "settings", DATABASE_URL=url)
        assert behind.returncode == 2
        assert "run `.venv/bin/python app.py migrate` first" in behind.stderr
        assert run(tmp_path, "migrate", DATABASE_URL=url).returncode == 0
        assert run(tmp_path, "settings", DATABASE_URL=url).returncode == 0


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"TIMEZONE": "Mars"}, "TIMEZONE=Mars"),
        ({"SLACK_BOT_TOKEN": "xoxb-secret"}, "SLACK_SIGNING_SECRET"),
        ({"DATABASE_URL": "mysql://root:hunter2@db/x"}, "postgresql://"),
        ({"DATABASE_URL": "postgresql://root:hunter2@127.0.0.1:1/x"}, "the database does not answer"),
        ({"DATABASE_URL": "postgresql://root:hunter2@nowhere.invalid/x"}, "the host in DATABASE_URL cannot be found"),
        ({"DATABASE_URL": "sqlite:////dev/null/x.db"}, "DATABASE_URL: the folder /dev/null cannot be made"),
        ({"DATABASE_URL": "sqlite:////dev"}, "the SQLite file in DATABASE_URL cannot be opened"),
        ({"REDIS_URL": "redis://:hunter2@127.0.0.1:notaport/0"}, "REDIS_URL looks like redis://"),
        ({"REDIS_URL": "redis://:hunter2@127.0.0.1/0?nonsense=1"}, "REDIS_URL looks like redis://"),
        ({"STOP_AFTER": "soon"}, "STOP_AFTER: must be a number"),
        ({"PUBLIC_URL": "https://ana:hunter2@laurel.corp.test"}, "PUBLIC_URL looks like https://laurel.example.com"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT: must be 'console' or 'json'"),
    ],
)
def test_a_wrong_variable_is_explained_in_one_line(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    ended = run(tmp_path, "settings", **variables)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Input should" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter2" not in ended.stderr + ended.stdout
    assert "xoxb-secret" not in ended.stderr + ended.stdout


NEWER = "the database in DATABASE_URL was made by a newer version of Laurel, and nothing in it was changed"


async def test_a_newer_version_s_database_is_told_in_one_line_and_left_alone(tmp_path: Path) -> None:
    async with databases.fresh_postgres("newer") as url:
        for variables in ({}, {"DATABASE_URL": url}):
            assert run(tmp_path, "migrate", **variables).returncode == 0
            engine = build_engine(url if variables else f"sqlite+aiosqlite:///{tmp_path}/laurel.db")
            async with engine.begin() as connection:
                await connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
            await engine.dispose()
            for command in ("serve", "migrate", "settings"):
                ended = run(tmp_path, command, **variables)
                assert (ended.returncode, ended.stdout) == (2, "")
                assert ended.stderr.startswith(NEWER)
                assert len(ended.stderr.splitlines()) == 1


def test_settings_are_changed_by_name(tmp_path: Path) -> None:
    assert run(tmp_path, "settings", "kudos_per_day", "7").stdout == "kudos_per_day = 7\n"
    assert run(tmp_path, "settings", "kudos_per_day").stdout == "kudos_per_day = 7\n"


def test_a_setting_that_will_not_do_is_explained_in_one_line(tmp_path: Path) -> None:
    ended = run(tmp_path, "settings", "language", "fr")
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", 'language is en or es, not "fr"\n')


def test_the_deployments_zone_counts_until_an_administrator_sets_another(tmp_path: Path) -> None:
    def zone(**variables: str) -> str:
        return run(tmp_path, "settings", "timezone", **variables).stdout

    assert zone() == "timezone = UTC\n"
    assert zone(TIMEZONE="Europe/Madrid") == "timezone = Europe/Madrid\n"
    assert zone(TIMEZONE="Asia/Tokyo") == "timezone = Asia/Tokyo\n"
    run(tmp_path, "settings", "timezone", "America/Lima")
    assert zone(TIMEZONE="Asia/Tokyo") == "timezone = America/Lima\n"


def test_a_database_that_can_only_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    for command in (["serve"], ["settings", "kudos_per_day", "3"]):
        ended = run(tmp_path, *command, DATABASE_URL=f"sqlite:///file:{tmp_path}/laurel.db?mode=ro&uri=true")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("the SQLite file in DATABASE_URL can only be read")
        assert len(ended.stderr.splitlines()) == 1
    assert [file.name for file in tmp_path.iterdir() if file.is_dir()] == []


def test_a_file_that_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "laurel.db").write_text("Dear diary, " * 100)
    ended = run(tmp_path, "serve")
    assert (ended.returncode, ended.stderr) == (2, "the file in DATABASE_URL is no SQLite database\n")


@pytest.mark.parametrize(
    ("login", "database", "said"),
    [
        ("", "laurel_nowhere", "the database that DATABASE_URL names does not exist"),
        ("laurel_nobody:hunter2@", "postgres", "the database refuses the user or the password in DATABASE_URL"),
    ],
)
def test_a_server_that_refuses_is_explained_in_one_line(tmp_path: Path, login: str, database: str, said: str) -> None:
    url = databases.postgres_url(database).replace("+asyncpg", "")
    host = url.removeprefix("postgresql://").rpartition("@")[2]
    known = url.removeprefix("postgresql://").rpartition("@")[0]
    services.need("postgres")
    ended = run(tmp_path, "serve", DATABASE_URL=f"postgresql://{login or (known and known + '@')}{host}")
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter2" not in ended.stderr


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, "serve", PORT=str(port))
    assert (ended.returncode, ended.stderr) == (
        2,
        f"HOST=127.0.0.1 with PORT={port} cannot be listened on: address already in use\n",
    )


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")])
def test_any_free_port_is_told_and_the_web_chat_answers_there(tmp_path: Path, host: str, shown: str) -> None:
    if host == "::1" and not ipv6():
        pytest.skip("this machine has no IPv6")
    with served(tmp_path, PORT="0", HOST=host) as said:
        found = re.fullmatch(rf"Laurel is ready: (http://{re.escape(shown)}:(\d+)/)", said[-1])
        assert found
        assert int(found[2]) > 0
        with urllib.request.urlopen(found[1], timeout=PATIENCE) as page:  # noqa: S310 - our own process
            assert page.status == 200


def ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_what_is_missing_at_the_start_is_said(tmp_path: Path) -> None:
    with served(tmp_path) as said:
        assert len(said) == 1
    with served(tmp_path, HOST="0.0.0.0") as said:  # noqa: S104 - what it costs is the point
        assert said[0].startswith("The demo data was not loaded: there are people in the database already")
        assert said[1].startswith("The web chat is off, there is no page at /: HOST=0.0.0.0 can be reached")


async def test_with_a_server_s_database_the_start_says_that_there_is_no_demo(tmp_path: Path) -> None:
    async with databases.fresh_postgres("nodemo") as url:
        assert run(tmp_path, "migrate", DATABASE_URL=url).returncode == 0
        with served(tmp_path, DATABASE_URL=url) as said:
            assert said[0].startswith("The demo data was not loaded: it goes into SQLite only")
            assert said[1].startswith("The web chat is off, there is no page at /: ENVIRONMENT is production")


def test_admins_who_are_not_there_are_counted_and_become_admins_with_an_import(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email\nzoe@corp.test\nana@corp.test\n")
    with served(tmp_path, ADMINS="ana.torres@example.com, Zoe@corp.test") as said:
        assert "ADMINS: 1 of 2 addresses belong to no active colleague in the directory (by their order: 2)" in said[0]
        assert "corp.test" not in "".join(said)
        assert run(tmp_path, "people", "import", "people.csv").returncode == 0
        with closing(sqlite3.connect(tmp_path / "laurel.db")) as database:
            admins = database.execute("SELECT email FROM people WHERE role = 'admin' ORDER BY email").fetchall()
        assert [email for (email,) in admins] == ["ana.torres@example.com", "hana.sato@example.com", "zoe@corp.test"]


def test_what_strangers_send_is_not_in_the_log(tmp_path: Path) -> None:
    with started(tmp_path) as (process, said):
        host, port = urlsplit(said[-1].partition(": ")[2]).netloc.split(":")
        for line in (
            "Cookie: laurel_session=hunter2\x01; a=ana@corp.test",
            "Content-Length: hunter2",
            f"X: {9000 * 'x'}",
        ):
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
                connection.sendall(f"GET /who HTTP/1.1\r\nHost: {host}:{port}\r\n{line}\r\n\r\n".encode())
                assert connection.recv(100).startswith(b"HTTP/1.0 400")
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=PATIENCE)[0].splitlines()
    assert [line.partition(" ")[2] for line in log] == [
        f"INFO    aiohttp.server: a request that is no proper HTTP was refused ({kind})"
        for kind in ("BadHttpMessage", "LineTooLong")  # one of a kind in a minute
    ]
