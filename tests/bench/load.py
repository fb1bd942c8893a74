"""Really signed Slack commands, sent as fast as the other side answers."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientSession, TCPConnector
from slack_sdk.signature import SignatureVerifier

SECRET = "bench-signing-secret"
TEAM, PLACE = "T1", "C1"
SERIAL = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each answered request, and of the whole."""

    took: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds

    def percentile(self, share: float) -> float:
        """The time within which `share` of the requests were answered, in milliseconds."""
        ordered = sorted(self.took)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def percentiles(self) -> dict[str, float]:
        """What a row tells: p50, p95 and p99 in milliseconds."""
        return {f"p{share}_ms": round(self.percentile(share / 100), 2) for share in (50, 95, 99)}


def account(number: int) -> str:
    """The Slack account of a person."""
    return f"U{number:04}"


def command(giver: int, receiver: int, people: int) -> tuple[bytes, dict[str, str]]:
    """The body and the signed headers of `/kudos @receiver thanks … #teamwork`."""
    body = urlencode(
        {
            "command": "/kudos",
            "text": f"<@{account(receiver % people)}|p{receiver % people}> thanks for the launch #teamwork",
            "user_id": account(giver % people),
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


async def run(url: str, *, concurrency: int, requests: int, people: int) -> Measured:
    """Send `requests` commands over `concurrency` connections; an answer that is no 200 ends the run."""
    took: list[float] = []
    pairs = _pairs(people)
    left = iter(range(requests))
    async with ClientSession(connector=TCPConnector(limit=concurrency)) as http:

        async def client() -> None:
            for _ in left:
                body, headers = command(*next(pairs), people)
                start = time.perf_counter()
                async with http.post(url, data=body, headers=headers) as answer:
                    text = await answer.text()
                took.append(time.perf_counter() - start)
                if answer.status != 200 or "Sorry" in text:
                    raise RuntimeError(f"{answer.status}: {text[:200]}")

        start = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(concurrency)))
        return Measured(took, time.perf_counter() - start)


def _pairs(people: int) -> Iterator[tuple[int, int]]:
    """Givers and receivers in turn, never the same person."""
    for number in itertools.count():
        yield number, number + 1 + number // people % (people - 1)
