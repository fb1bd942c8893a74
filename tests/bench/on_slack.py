"""Really signed Slack commands."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from tests.bench.grounds import PEOPLE, Ground, Platform, Request
from tests.platforms.slack import TOKEN, FakeSlack

SECRET = "bench-signing-secret"
TEAM, PLACE = "T1", "C1"
SERIAL = itertools.count(1)


def account(number: int) -> str:
    return f"U{number:04}"


def command(giver: int, receiver: int) -> Request:
    """`/kudos @receiver thanks … #teamwork`."""
    body = urlencode(
        {
            "command": "/kudos",
            "text": f"<@{account(receiver)}|p{receiver}> thanks for the launch #teamwork",
            "user_id": account(giver),
            "user_name": "p",
            "team_id": TEAM,
            "team_domain": "bench",
            "channel_id": PLACE,
            "channel_name": "general",
            "api_app_id": "A1",
            "trigger_id": f"{time.time_ns()}.{next(SERIAL)}",
            "response_url": "http://127.0.0.1:9/commands/1",
        }
    )
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body)
    return body.encode(), {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": str(signature),
    }


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    async with FakeSlack(member_of={PLACE}) as slack:
        for number in range(PEOPLE):
            slack.enrol(account(number), f"p{number}@corp.test")
        told = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack.api_url}
        yield Platform(slack.api_url, told, command, lambda: len(slack.called("chat.postMessage")))


GROUND = Ground("slack", TEAM, PLACE, "/slack/events", account, platform)
