"""Thanking in the tests of the engine."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from engine.errors import Refused
from engine.kudos.giving import KudosResult, give_kudos
from engine.people.models import Person
from tests.conftest import NOW

FREE = Settings()


async def give(session: DatabaseSession, giver: Person, receivers: Sequence[Person], **details: Any) -> KudosResult:
    usual: dict[str, Any] = {
        "words": "thanks",
        "tags": (),
        "public": True,
        "settings": FREE,
        "now": NOW,
        "place_id": None,
        "origin": None,
    }
    return await give_kudos(session, giver=giver, receivers=receivers, **(usual | details))


async def refusal(session: DatabaseSession, giver: Person, receivers: Sequence[Person], **details: Any) -> Refused:
    with pytest.raises(Refused) as no:
        await give(session, giver, receivers, **details)
    return no.value
