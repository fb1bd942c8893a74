"""Thanking in the tests of the engine."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine import kudos
from engine.db import Session
from engine.errors import Refused
from engine.kudos import Kudos
from engine.people import Person
from engine.settings import Settings
from tests.conftest import NOW

FREE = Settings()


async def give(session: Session, giver: Person, receivers: Sequence[Person], **details: Any) -> Kudos:
    usual: dict[str, Any] = {
        "words": "thanks",
        "tags": (),
        "public": True,
        "settings": FREE,
        "now": NOW,
        "place_id": None,
        "origin": None,
    }
    return await kudos.give(session, giver=giver, receivers=receivers, **(usual | details))


async def refusal(session: Session, giver: Person, receivers: Sequence[Person], **details: Any) -> Refused:
    with pytest.raises(Refused) as no:
        await give(session, giver, receivers, **details)
    return no.value
