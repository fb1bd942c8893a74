"""How a process leaves: it says so first, serves on for a while, and lets itself be hurried."""

import json
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.processes import started
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process


def asked(url: str) -> tuple[int, str]:
    """The status of an answer, and what it says its status is."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - our own process
            return answer.status, json.load(answer)["status"]
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["status"]


def told_to_stop(process: subprocess.Popen[str], url: str) -> None:
    """Send SIGTERM, and wait until it is said at `url`."""
    assert asked(f"{url}readyz") == (200, "ready")
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while asked(f"{url}readyz") != (503, "stopping"):
        assert time.monotonic() < deadline


def test_who_is_told_to_stop_says_so_and_serves_on_for_a_while(tmp_path: Path) -> None:
    with started(tmp_path, STOP_AFTER="4") as (process, said):
        url = said[-1].partition(": ")[2]
        began = time.monotonic()
        told_to_stop(process, url)
        assert asked(f"{url}healthz") == (200, "ok")
        with urllib.request.urlopen(url, timeout=PATIENCE) as page:  # noqa: S310 - our own process
            assert page.status == 200
        assert process.wait(timeout=PATIENCE) == 0
        assert time.monotonic() - began >= 4


@pytest.mark.parametrize("impatient", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_wait(tmp_path: Path, impatient: signal.Signals) -> None:
    with started(tmp_path, STOP_AFTER="600") as (process, said):
        told_to_stop(process, said[-1].partition(": ")[2])
        process.send_signal(impatient)
        assert process.wait(timeout=PATIENCE) == 0


def test_who_sits_at_the_keyboard_waits_for_nothing(tmp_path: Path) -> None:
    with started(tmp_path, STOP_AFTER="600") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 0
