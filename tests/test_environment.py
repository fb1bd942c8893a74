"""The deployment's variables: today's names, the old ones, and what they lead to."""

import pytest
from pydantic import ValidationError

from channels.environment import Environment, is_loopback


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Environment:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Environment(_env_file=None)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Environment.model_fields.items():
        monkeypatch.delenv(name.upper(), raising=False)
        for alias in getattr(field.validation_alias, "choices", ()):
            monkeypatch.delenv(str(alias).upper(), raising=False)


def test_with_nothing_set_it_is_the_demo_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)
    assert found.database_url == "sqlite+aiosqlite:///var/laurel.db"
    assert (found.environment, found.serves_web_chat, found.public_url) == (
        "development",
        True,
        "http://127.0.0.1:8080",
    )


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": "postgresql://db/laurel"},
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"},
        {"PRODUCTION": "true"},
        {"ENVIRONMENT": "production"},
    ],
)
def test_anything_serious_means_production_and_no_web_chat(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    found = read(monkeypatch, **variables)
    assert (found.environment, found.serves_web_chat) == ("production", False)


@pytest.mark.parametrize(
    ("variables", "served"),
    [
        ({"ENVIRONMENT": "development", "HOST": "127.0.0.1"}, True),
        ({"ENVIRONMENT": "development", "HOST": "0.0.0.0"}, False),  # noqa: S104 - that it is refused is the point
        ({"ENVIRONMENT": "development", "WEB_CHAT": "false"}, False),
    ],
)
def test_the_web_chat_needs_development_and_a_loopback_host(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], served: bool
) -> None:
    assert read(monkeypatch, **variables).serves_web_chat is served


def test_an_old_environment_file_starts_laurel(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, DBHOST="db", DBPORT="6432", DBUSER="nav", DBPWD="p@ss", REDIS_HOST="cache", REDIS_DB="3")
    assert found.database_url == "postgresql+asyncpg://nav:p%40ss@db:6432/navigator"
    assert found.redis_url == "redis://cache:6379/3"
    assert "p@ss" not in repr(found)
    assert "p%40ss" not in repr(found)


@pytest.mark.parametrize(
    "variables",
    [
        {"DATABASE_URL": "mysql://db/x"},
        {"DATABASE_URL": "postgresql://u@db:abc/x"},
        {"DATABASE_URL": "postgresql://u@db/x?channel_binding=require"},
        {"REDIS_URL": "foo"},
        {"TIMEZONE": "Mars/Olympus"},
        {"SLACK_BOT_TOKEN": "xoxb-1"},
        {"PORT": "eighty"},
    ],
)
def test_what_will_not_do_stops_the_start(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        read(monkeypatch, **variables)


def test_admins_are_read_with_commas_and_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, ADMINS="Ana@Corp.test, bob@corp.test,").admin_emails == (
        "ana@corp.test",
        "bob@corp.test",
    )


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("corp.test", False)],  # noqa: S104
)
def test_loopback_hosts(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_managed_servers_sslmode_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, DATABASE_URL="postgres://u:p%40s@db:5432/x?sslmode=require")
    assert found.database_url == "postgresql+asyncpg://u:p%40s@db:5432/x?ssl=require"
