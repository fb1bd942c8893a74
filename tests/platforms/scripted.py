"""A channel that keeps what it was sent, and fails as its script says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.protocol.channel import Destination
from bot.protocol.elements import Card

Step = Exception | Callable[[], Awaitable[None]]


class Scripted:
    """`script` holds, by destination, what goes wrong with its next calls; then all goes well."""

    pace = (1000.0, 1000)
    pace_overall = (1000.0, 1000)

    def __init__(self, name: str = "web") -> None:
        self.name = name
        self.script: dict[str, list[Step]] = {}
        self.posts: list[tuple[str, Card]] = []
        self.edits: list[tuple[str, Card]] = []
        self.calls: list[str] = []  # destinations, in the order in which the calls began
        self.shown: dict[str, Card] = {}  # by message: what people see now
        self.seen: list[Destination] = []
        self.invites: dict[str, str] = {}  # by destination: how people let us in, where we are no member
        self.open_calls = 0
        self.most_open_calls = 0

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        await self._act(to)
        self.posts.append((to.external_id, card))
        ref = f"m{len(self.posts)}"
        self.shown[ref] = card
        invite = self.invites.get(to.external_id)
        return {"message": ref} | ({"invite": invite} if invite else {})

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self._act(to)
        self.edits.append((to.external_id, card))
        self.shown[ref["message"]] = card

    def fails(self, destination: str, *steps: Step) -> None:
        """Plan the next calls to `destination`: an exception is raised, a function is awaited."""
        self.script.setdefault(destination, []).extend(steps)

    def posted_to(self, destination: str) -> list[str]:
        """The summaries of what was posted there, in order."""
        return [card.summary for where, card in self.posts if where == destination]

    async def _act(self, to: Destination) -> None:
        self.calls.append(to.external_id)
        self.seen.append(to)
        self.open_calls += 1
        self.most_open_calls = max(self.most_open_calls, self.open_calls)
        try:
            await asyncio.sleep(0)
            steps = self.script.get(to.external_id)
            if steps:
                await _follow(steps.pop(0))
        finally:
            self.open_calls -= 1


async def _follow(step: Step) -> None:
    if isinstance(step, Exception):
        raise step
    await step()
