"""The process as `make run` starts it: ready, with the demo; it keeps what was given, and ends when it is told to."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import databases

APP = Path("app.py").absolute()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Nothing but what is named: no variable of the one who runs the tests reaches the process."""
    return {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{folder}/laurel.db"} | variables


def run(folder: Path, *typed: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(APP), *typed]
    return subprocess.run(
        command,
        env=environment(folder, **variables),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(APP), "serve", "--demo"]
    process = subprocess.Popen(
        command,
        env=environment(folder, PORT=str(free_port()), **variables),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Laurel is ready"):
                break
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


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
        assert "run `python app.py migrate` first" in behind.stderr
        assert run(tmp_path, "migrate", DATABASE_URL=url).returncode == 0
        assert run(tmp_path, "settings", DATABASE_URL=url).returncode == 0


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"TIMEZONE": "Mars"}, "TIMEZONE=Mars"),
        ({"SLACK_BOT_TOKEN": "xoxb-secret"}, "SLACK_SIGNING_SECRET"),
        ({"DATABASE_URL": "mysql://root:hunter2@db/x"}, "postgresql://"),
        ({"DATABASE_URL": "postgresql://root:hunter2@127.0.0.1:1/x"}, ""),
    ],
)
def test_a_wrong_variable_is_explained_in_one_line(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    ended = run(tmp_path, "settings", **variables)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout
    assert "xoxb-secret" not in ended.stderr + ended.stdout


def test_settings_are_changed_by_name(tmp_path: Path) -> None:
    assert run(tmp_path, "settings", "kudos_per_day", "7").stdout == "kudos_per_day = 7\n"
    assert run(tmp_path, "settings", "kudos_per_day").stdout == "kudos_per_day = 7\n"
    for wrong in (("kudos_per_day", "many"), ("kudos_per_hour", "3"), ("timezone", "Mars"), ("kudos_per_day", "-1")):
        assert run(tmp_path, "settings", *wrong).returncode == 2


def test_the_deployments_zone_counts_until_an_administrator_sets_another(tmp_path: Path) -> None:
    def zone(**variables: str) -> str:
        return run(tmp_path, "settings", "timezone", **variables).stdout

    assert zone() == "timezone = UTC\n"
    assert zone(TIMEZONE="Europe/Madrid") == "timezone = Europe/Madrid\n"
    assert zone(TIMEZONE="Asia/Tokyo") == "timezone = Asia/Tokyo\n"
    run(tmp_path, "settings", "timezone", "America/Lima")
    assert zone(TIMEZONE="Asia/Tokyo") == "timezone = America/Lima\n"
