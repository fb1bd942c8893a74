"""The deployment's variables: today's names, the old ones, and what they lead to."""

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from channels.server.environment import Environment, is_loopback
from channels.server.serving import list_start_lines
from channels.slack.config import SlackConfig
from channels.teams.config import TeamsConfig
from tests.tables import each_row


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
        {"SLACK_APP_TOKEN": "xapp-1"},
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-2"},
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


@each_row(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("corp.test", False)],  # noqa: S104
)
def test_loopback_hosts(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_managed_servers_sslmode_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, DATABASE_URL="postgres://u:p%40s@db:5432/x?sslmode=require")
    assert found.database_url == "postgresql+asyncpg://u:p%40s@db:5432/x?ssl=require"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, ""),
        ({"WEB_CHAT": "false"}, "WEB_CHAT"),
        ({"DATABASE_URL": "postgresql://db/laurel"}, "ENVIRONMENT is production"),
        ({"HOST": "0.0.0.0"}, "HOST=0.0.0.0"),  # noqa: S104
    ],
)
def test_why_there_is_no_web_chat_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    found = read(monkeypatch, **variables)
    assert found.web_chat_is_off.startswith(named)
    assert bool(found.web_chat_is_off) is bool(named)
    assert any("web chat is off" in line and found.web_chat_is_off in line for line in list_start_lines(found)) is bool(
        named
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::1", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:8080"),
        ("localhost", "http://localhost:8080"),
        ("127.0.0.1", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_is_written_as_a_browser_takes_it(monkeypatch: pytest.MonkeyPatch, host: str, url: str) -> None:
    assert read(monkeypatch, HOST=host).public_url == url


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("", ""),
        ("https://laurel.corp.test/", "https://laurel.corp.test"),
        ("https://Corp.Test:8443/laurel", "https://Corp.Test:8443/laurel"),
        ("http://laurel.corp.test", ""),
        ("https://localhost", ""),
        ("https://laurel.localhost", ""),
        ("https://127.0.0.1", ""),
        ("https://10.0.0.5", ""),
        ("https://[::1]:8080", ""),
        ("https://laurel", ""),
        ("https://laurel.corp_.test", ""),
    ],
)
def test_links_of_ours_lead_where_others_can_follow(monkeypatch: pytest.MonkeyPatch, url: str, site: str) -> None:
    assert read(monkeypatch, PUBLIC_URL=url).site == site


@pytest.mark.parametrize(
    "url",
    [
        "laurel.corp.test",
        "ftp://laurel.corp.test",
        "https://",
        "https:///slack",
        "https://[laurel",
        "https://[2001:db8::1",
        "https://ana:hunter2@laurel.corp.test",
        "https://@laurel.corp.test",
        "https://laurel.corp.test?token=hunter2",
        "https://laurel.corp.test/?",
        "https://laurel.corp.test/#hunter2",
        "https://laurel.corp.test:99999",
        "https://laurel.corp.test:0",
        "https://laurel.corp.test:port",
        "https://laurel corp.test",
        "https://laurel.corp.test/a b",
        "https://laurel.corp.test\\slack",
        "https://laurel.corp.test\nX-Odd: 1",
        "https://*.corp.test",
        "https://laurel..corp.test",
        "https://münchen.test",
        "https://laurel.corp.test/caf\u202eé",
        f"https://{'a' * 64}.test",
        f"https://{'.'.join(['a' * 60] * 5)}.test",
        "https://[::1%25eth0]",
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ValueError, match="PUBLIC_URL looks like https://") as refused:
        read(monkeypatch, PUBLIC_URL=url)
    assert "hunter2" not in str(refused.value.errors(include_input=False))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (" https://laurel.corp.test ", "https://laurel.corp.test"),
        ("HTTPS://Laurel.corp.test//", "https://Laurel.corp.test"),
        ("https://xn--mnchen-3ya.test", "https://xn--mnchen-3ya.test"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://laurel_app:8080", "http://laurel_app:8080"),
        ("https://corp.test/laurel/", "https://corp.test/laurel"),
    ],
)
def test_an_address_is_kept_as_it_is_used(monkeypatch: pytest.MonkeyPatch, url: str, kept: str) -> None:
    assert read(monkeypatch, PUBLIC_URL=url).public_url == kept


def test_the_port_that_was_free_is_told_and_a_public_address_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read(monkeypatch, PORT="0").at_port(50123)
    assert (alone.port, list(list_start_lines(alone))) == (50123, ["Laurel is ready: http://127.0.0.1:50123/"])
    behind = read(monkeypatch, PUBLIC_URL="https://laurel.corp.test/").at_port(50123)
    assert list(list_start_lines(behind)) == [
        "Listening on http://127.0.0.1:50123/",
        "Laurel is ready: https://laurel.corp.test/",
    ]


def test_teams_by_its_names_and_by_the_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TeamsConfig.of(read(monkeypatch)) is None
    old = {"BOT_REWARDS_ID": "app", "BOT_REWARDS_SECRET": "secret", "REWARDS_TENANT_ID": "home"}
    found = read(monkeypatch, **old, TEAMS_ALLOWED_TENANTS="one, two")
    assert found.environment == "production"
    account = TeamsConfig.of(found)
    assert account
    assert (account.app_id, account.secret, account.tenant) == ("app", "secret", "home")
    assert [account.is_tenant_allowed(tenant) for tenant in ("one", "two", "home", "three", "")] == [True] * 3 + [
        False
    ] * 2
    assert read(monkeypatch, TEAMS_APP_ID="new").teams_app_id == "new"


@pytest.mark.parametrize(
    "variables",
    [
        {"TEAMS_APP_ID": "app"},
        {"TEAMS_APP_SECRET": "secret"},
        {"TEAMS_ANONYMOUS": "1", "ENVIRONMENT": "production"},
        {"TEAMS_ANONYMOUS": "1", "HOST": "192.0.2.1"},
        {"TEAMS_ANONYMOUS": "1", "TEAMS_APP_ID": "app", "TEAMS_APP_SECRET": "secret"},
    ],
)
def test_teams_is_open_to_nobody_by_mistake(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="TEAMS_"):
        read(monkeypatch, **variables)


@pytest.mark.parametrize("secret", ["a,b,c", "a,", ",a", ","])
def test_slack_is_signed_with_one_secret_or_two(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    with pytest.raises(ValueError, match="SLACK_SIGNING_SECRET holds one secret, or two"):
        read(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET=secret)  # noqa: S106
    found = read(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="new, old")  # noqa: S106
    account = SlackConfig.of(found)
    assert account is not None
    assert account.signing_secrets == ("new", "old")


KEY, OLDER = (Fernet.generate_key().decode() for _ in range(2))
SEVERAL = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret of the app",
    "SLACK_STORE_KEY": f"{KEY}, {OLDER}",
    "SLACK_ALLOWED_TEAMS": "T01CORP, T02LAB",
    "SLACK_SIGNING_SECRET": "s",
}


def test_slack_in_several_workspaces(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, **SEVERAL)
    assert found.environment == "production"
    account = SlackConfig.of(found)
    assert account is not None
    assert account.oauth is not None
    assert (account.token, account.oauth.keys, account.oauth.teams) == ("", (KEY, OLDER), {"T01CORP", "T02LAB"})
    for shown in (repr(found), repr(account)):
        assert not any(secret in shown for secret in (KEY, OLDER, "secret of the app"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "set one of the two"),
        *(({name: ""}, "go together") for name in SEVERAL if name != "SLACK_SIGNING_SECRET"),
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_APP_TOKEN for Socket Mode"),
        ({"SLACK_STORE_KEY": "short"}, "SLACK_STORE_KEY holds keys"),
        ({"SLACK_STORE_KEY": f"{KEY},"}, "SLACK_STORE_KEY holds keys"),
        ({"SLACK_ALLOWED_TEAMS": "corp.slack.com"}, "ids of workspaces such as"),
        ({"SLACK_ALLOWED_TEAMS": "*"}, "ids of workspaces such as"),
    ],
)
def test_half_of_several_workspaces_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        read(monkeypatch, **SEVERAL | changed)


def test_one_workspace_needs_no_more_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    account = SlackConfig.of(read(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1"))  # noqa: S106
    assert account is not None
    assert account.oauth is None


def test_a_pooler_is_named_by_a_way_past_it_or_by_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    pooled = "postgresql+asyncpg://u@pool:6432/x?pgbouncer=true"
    assert read(monkeypatch, DATABASE_URL="postgresql://u@pool:6432/x?pgbouncer=true").database_url == pooled
    found = read(monkeypatch, DATABASE_URL="postgresql://u@pool:6432/x", DATABASE_LISTEN_URL="postgres://u@db/x")
    assert (found.database_url, found.database_listen_url) == (pooled, "postgresql+asyncpg://u@db/x")
    for faulty in (
        {"DATABASE_LISTEN_URL": "postgresql://u@db/x"},
        {"DATABASE_URL": "postgresql://u@db/x", "DATABASE_LISTEN_URL": "sqlite:///x.db"},
        {"DATABASE_URL": "postgresql://u@db/x?pgbouncer=perhaps"},
        {"DATABASE_POOL_SIZE": "0"},
    ):
        for name in ("DATABASE_URL", "DATABASE_LISTEN_URL"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(ValidationError):
            read(monkeypatch, **faulty)
