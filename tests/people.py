"""A few colleagues for the tests, each with an account on every channel."""

from collections.abc import Mapping
from datetime import datetime

from engine.db.connection import DatabaseSession
from engine.people.models import Identity, Person
from engine.people.names import fold_name
from tests.conftest import NOW

TENANT: Mapping[str, str] = {"web": "", "slack": "T01CORP"}


async def add(session: DatabaseSession, name: str, *, now: datetime = NOW, **values: object) -> Person:
    """A person called `name` ("Ana López") with an e-mail at corp.test, linked as "ana" on the web, "UANA" on Slack."""
    first, _, last = name.partition(" ")
    row = {
        "email": f"{first.lower()}@corp.test",
        "first_name": first,
        "last_name": last,
        "display_name": name,
        "folded_name": fold_name(name),
        "created_at": now,
        "updated_at": now,
    }
    person = Person(**(row | values))
    session.add(person)
    await session.flush()
    for channel, account in (("web", first.lower()), ("slack", f"U{first.upper()}")):
        session.add(
            Identity(
                person_id=person.id,
                channel=channel,
                tenant=TENANT[channel],
                external_id=account,
                linked_at=now,
                seen_at=now,
            )
        )
    await session.flush()
    return person
