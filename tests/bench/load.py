"""Requests, sent as fast as the other side answers."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import ClientSession, TCPConnector

from tests.bench.grounds import PEOPLE, Request


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


async def run(url: str, write: Callable[[int, int], Request], *, concurrency: int, requests: int) -> Measured:
    """Send `requests` gifts over `concurrency` connections; an answer that is no 200 ends the run."""
    took: list[float] = []
    pairs = _pairs()
    left = iter(range(requests))
    async with ClientSession(connector=TCPConnector(limit=concurrency)) as http:

        async def client() -> None:
            for _ in left:
                body, headers = write(*next(pairs))
                start = time.perf_counter()
                async with http.post(url, data=body, headers=headers) as answer:
                    text = await answer.text()
                took.append(time.perf_counter() - start)
                if answer.status != 200 or "Sorry" in text:
                    raise RuntimeError(f"{answer.status}: {text[:200]}")

        start = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(concurrency)))
        return Measured(took, time.perf_counter() - start)


def _pairs() -> Iterator[tuple[int, int]]:
    """Givers and receivers in turn, never the same person."""
    for number in itertools.count():
        yield number % PEOPLE, (number + 1 + number // PEOPLE % (PEOPLE - 1)) % PEOPLE
