"""Three colleagues who give each other badges."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.i18n.copy import Copy
from engine.admin.settings import Settings
from engine.awards.giving import give_reward
from engine.awards.models import Award
from engine.awards.reversal import revoke_award, undo_award
from engine.db.connection import DatabaseSession
from engine.errors import Refused
from engine.people.models import Person
from engine.points.ledger import get_balance
from engine.rewards.models import Reward
from tests.conftest import Clock


@dataclass
class Office:
    """Three colleagues, and a short way to let one give something to others."""

    session: DatabaseSession
    ana: Person
    bob: Person
    eve: Person
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    turns: Any = field(default_factory=count)

    async def give(self, giver: Person, to: Sequence[Person], reward: Reward, **values: Any) -> list[Award]:
        known = {
            "words": "thanks for the launch",
            "settings": self.settings,
            "now": self.clock(),
            "cause": f"turn:web:{next(self.turns)}",
            "place_id": None,
            "origin": None,
        }
        return await give_reward(self.session, giver=giver, receivers=to, reward=reward, **(known | values))

    async def undo(self, award: Award, actor: Person) -> Award:
        return await undo_award(self.session, award.id, actor=actor, settings=self.settings, now=self.clock())

    async def revoke(self, award: Award, actor: Person, reason: str = "a mistake") -> Award:
        return await revoke_award(self.session, award.id, actor=actor, reason=reason, origin="web", now=self.clock())

    async def balances(self) -> list[int]:
        return [await get_balance(self.session, person.id) for person in (self.ana, self.bob, self.eve)]


def said(no: Refused) -> str:
    """The refusal in both languages, or an error where a sentence or a placeholder is missing."""
    return " / ".join(Copy(language).line(f"refusals.{no.reason}", **no.details) for language in ("en", "es"))
