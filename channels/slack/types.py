"""Replies in the way of each kind of request: the answer to it, a modal, the way back."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeGuard

SlackBody = Mapping[str, Any]

SlackPayloadJson = dict[str, Any]

Sleep = Callable[[float], Awaitable[object]]

SLACK_ACCOUNT_PATTERN = re.compile(r"[UW][A-Z0-9]{2,30}")


def is_slack_account(account: object) -> TypeGuard[str]:
    """Return whether the value looks like a Slack id of a person."""
    return isinstance(account, str) and SLACK_ACCOUNT_PATTERN.fullmatch(account) is not None
