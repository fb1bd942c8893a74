"""A deployment imports what it is configured for: the SDKs of other channels cost seconds and memory."""

import subprocess
import sys
from pathlib import Path

from tests.processes import APP, environment

WRITTEN = """
import sys
sys.path.insert(0, sys.argv[1])
from app import build_app
from channels.server.environment import Environment
build_app(Environment(_env_file=None))
print(*{name.partition(".")[0] for name in sys.modules})
"""
SDKS = {
    "slack_sdk", "slack_bolt", "botbuilder", "botframework", "adaptivecards", "msrest", "requests", "telegram", "httpx",
    "aiosmtplib", "redis", "asyncpg", "jsonschema", "tqdm",
}  # fmt: skip
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}
TEAMS = {"TEAMS_APP_ID": "a", "TEAMS_APP_SECRET": "s"}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_WEBHOOK_SECRET": "s"}
MAIL = {"SMTP_HOST": "localhost", "SMTP_FROM": "laurel@corp.test"}
OF_TEAMS = {"botbuilder", "botframework", "adaptivecards", "msrest", "requests"}
IMPORTED = (
    ({}, set()),
    (SLACK, {"slack_sdk", "slack_bolt"}),
    (TEAMS, OF_TEAMS),
    (TELEGRAM, {"telegram", "httpx"}),
    (MAIL | {"REDIS_URL": "redis://127.0.0.1:1/0"}, {"aiosmtplib", "redis"}),
)


def test_only_what_is_configured_is_imported(tmp_path: Path) -> None:
    faults = []
    for variables, expected in IMPORTED:
        command = [sys.executable, "-c", WRITTEN, str(APP.parent)]
        named = environment(tmp_path, **variables)
        ended = subprocess.run(command, env=named, cwd=tmp_path, capture_output=True, text=True, check=True)
        found = SDKS & set(ended.stdout.split())
        if found != expected:
            faults.append((sorted(variables), "too many", found - expected, "missing", expected - found))
    assert not faults, "\n".join(map(str, faults))
