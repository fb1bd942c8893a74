"""The newest thanks of a person, however many there are."""

from datetime import timedelta

from sqlalchemy import insert

from engine.db.connection import DatabaseSession
from engine.kudos.models import Kudos, KudosReceiver
from engine.kudos.queries import LOOKED_THROUGH, list_kudos_given, list_kudos_received
from tests import people
from tests.conftest import NOW


async def test_the_newest_of_very_many_are_those_of_the_latest_time(session: DatabaseSession) -> None:
    ana, bob = [await people.add(session, name) for name in ("Ana", "Bob")]
    last = LOOKED_THROUGH + 5
    gift = {"giver_id": ana.id, "public": True, "day": NOW.date(), "undone_at": None}
    rows = [gift | {"id": n, "words": f"no. {n}", "given_at": NOW + timedelta(minutes=n)} for n in range(1, last + 1)]
    rows[-1]["undone_at"] = NOW
    rows[-2]["given_at"] = NOW  # an old one that was brought in from elsewhere later
    await session.execute(insert(Kudos), rows)
    await session.execute(insert(KudosReceiver), [{"kudos_id": row["id"], "receiver_id": bob.id} for row in rows])
    newest = [f"no. {last - 2}", f"no. {last - 3}", f"no. {last - 4}"]
    assert [thanks.words for thanks in await list_kudos_received(session, bob.id, 3)] == newest
    assert [thanks.words for thanks in await list_kudos_given(session, ana.id, 3)] == newest
    assert await list_kudos_received(session, ana.id, 3) == ()
