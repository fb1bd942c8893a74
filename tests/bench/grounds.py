"""The three platforms as the measurements see them: where the gifts are made, who makes them, what is sent."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

PEOPLE = 500
Request = tuple[bytes, Mapping[str, str]]
"""The body and the headers of a POST."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A fake that runs. `write` is the request of a gift of two people, by their numbers; each is a new turn.

    `environment` brings Laurel to the fake, `api_url` the floors; `said` counts the messages that the fake took.
    """

    api_url: str
    environment: Mapping[str, str]
    write: Callable[[int, int], Request]
    said: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Ground:
    """One place of a platform, and the accounts of people by their number; `path` is where Laurel listens.

    `platform` runs a fake in which everybody has an account.
    """

    channel: str
    tenant: str
    place: str
    path: str
    account: Callable[[int], str]
    platform: Callable[[], AbstractAsyncContextManager[Platform]]
    alias: Callable[[int], str | None] = lambda _: None
