"""`manifest`, from its arguments to the files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from app import COMMANDS, build_app
from channels.cli.main import run_command
from channels.server.clock import utc_now
from channels.server.environment import Environment
from engine.errors import BadInput
from manifest.command import MANIFEST_COMMAND
from tests.manifest.bot_api import BotSettings
from tests.manifest.deployments import APP, URL
from tests.platforms.telegram import SECRET, TOKEN
from tests.processes import free_port

FILES = ["slack-manifest.yaml", "teams-app.zip", "telegram.json"]


def environment(**settings: Any) -> Environment:
    known = {"public_url": URL, "teams_app_id": APP, "teams_app_secret": "s"}
    return Environment(_env_file=None, **known | settings)


def made(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def run(here: Environment, *arguments: object) -> int:
    parser = ArgumentParser()
    MANIFEST_COMMAND.arguments(parser)
    return await MANIFEST_COMMAND.run(parser.parse_args(list(map(str, arguments))), here)


async def test_all_three_are_made_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("first", "second"):
        assert await run(environment(), "--out", tmp_path / folder) == 0
    assert made(tmp_path / "first") == FILES
    for name in FILES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    assert capsys.readouterr().out.splitlines()[:3] == [str(tmp_path / "first" / name) for name in FILES]


async def test_one_alone_and_in_the_other_language_and_version(tmp_path: Path) -> None:
    assert await run(environment(), "slack", "--language", "es", "--out", tmp_path) == 0
    assert made(tmp_path) == ["slack-manifest.yaml"]
    assert "gracias" in (tmp_path / "slack-manifest.yaml").read_text(encoding="utf-8")
    assert await run(environment(), "teams", "--teams-schema", "1.29", "--out", tmp_path) == 0
    assert b'"manifestVersion": "1.29"' in (tmp_path / "teams-app.zip").read_bytes()


async def test_what_is_not_set_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(Environment(_env_file=None), "--out", tmp_path) == 0
    said = capsys.readouterr().out
    assert said.count("PUBLIC_URL is no https:// address yet") == 3
    assert said.count("TEAMS_APP_ID is not set yet") == 1


@pytest.mark.parametrize("url", ["https://10.0.0.5", "https://localhost", "https://[::1]:8443", "https://laurel"])
async def test_an_address_that_platforms_may_not_find_is_said(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(environment(public_url=url), "slack", "--out", tmp_path)
    assert "PUBLIC_URL has no name that others can look up" in capsys.readouterr().out
    await run(environment(public_url=url), "slack", "--socket-mode", "--out", tmp_path)
    assert "PUBLIC_URL" not in capsys.readouterr().out


async def test_with_an_app_token_slack_s_manifest_is_for_socket_mode(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connects = environment(public_url="", slack_bot_token="xoxb-1", slack_app_token="xapp-1")  # noqa: S106
    assert await run(connects, "slack", "--out", tmp_path) == 0
    written = (tmp_path / "slack-manifest.yaml").read_text(encoding="utf-8")
    assert "socket_mode_enabled: true" in written
    assert "request_url" not in written
    assert "PUBLIC_URL" not in capsys.readouterr().out


async def test_a_faulty_file_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(environment(teams_app_id="laurel"), "--out", tmp_path) == 1
    assert made(tmp_path) == ["slack-manifest.yaml", "telegram.json"]
    said = capsys.readouterr().out
    assert "teams-app.zip was not written:\n  bots[0].botId is 'laurel' instead of an id like" in said
    assert await run(environment(teams_app_id="laurel"), "teams", "--out", tmp_path) == 2


async def test_it_is_applied_at_telegram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with BotSettings() as platform:
        there = {"telegram_bot_token": TOKEN, "telegram_webhook_secret": SECRET, "telegram_api_url": platform.api_url}
        assert await run(environment(**there), "telegram", "--apply", "--out", tmp_path) == 0
        assert "commands (default): +kudos" in capsys.readouterr().out
        assert await run(environment(**there), "telegram", "--apply", "--out", tmp_path) == 0
        assert "Telegram has all of it already" in capsys.readouterr().out
        with pytest.raises(BadInput, match="PUBLIC_URL must be"):
            await run(environment(**there, public_url=""), "telegram", "--apply", "--out", tmp_path)


async def test_a_network_that_is_away_is_said(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    there = {"telegram_bot_token": TOKEN, "telegram_webhook_secret": SECRET, "telegram_api_url": away}
    with pytest.raises(BadInput, match=r"^Telegram does not answer \(\w+\): try again$"):
        await run(environment(**there), "telegram", "--apply", "--out", tmp_path)
    assert made(tmp_path) == ["telegram.json"]


async def test_what_cannot_be_applied_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="TELEGRAM_BOT_TOKEN is not set"):
        await run(environment(), "telegram", "--apply", "--out", tmp_path)
    with pytest.raises(BadInput, match="--apply goes with telegram"):
        await run(environment(), "--apply", "--out", tmp_path)


def test_it_needs_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:18515/nothing")
    assert run_command(["manifest", "--out", str(tmp_path / "dist")], COMMANDS, build_app, utc_now) == 0
    assert made(tmp_path / "dist") == FILES
