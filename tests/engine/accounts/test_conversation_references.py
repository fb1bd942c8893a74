"""How a channel reaches its places and accounts, kept for any process."""

from typing import Any

from engine.accounts.conversation_references import (
    KnownAccount,
    close_place_reference,
    find_account_owners,
    get_account_reference,
    get_place_reference,
    list_newest_places,
    save_account_reference,
    save_place_reference,
)
from engine.db.connection import DatabaseSession
from engine.people.account import Account
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW

HERE: dict[str, Any] = {"channel": "teams", "tenant": "t"}
ENTRA, NOBODY = Account("teams", "t", "entra"), Account("teams", "t", "nobody")


async def keep(session: DatabaseSession, name: str = "general", url: str = "https://a.test") -> bool:
    details = {"service_url": url}
    return await save_place_reference(session, external_id="19:a", name=name, details=details, now=NOW, **HERE)


async def test_a_place_is_new_once_and_again_after_it_was_closed(session: DatabaseSession) -> None:
    assert [await keep(session), await keep(session, "", "https://b.test")] == [True, False]
    assert await list_newest_places(session, limit=3, **HERE) == {"19:a": {"service_url": "https://b.test"}}
    assert await get_place_reference(session, external_id="19:a", **HERE) == {"service_url": "https://b.test"}
    await close_place_reference(session, external_id="19:a", now=NOW, **HERE)
    assert await get_place_reference(session, external_id="19:a", **HERE) == {}
    assert await list_newest_places(session, limit=3, **HERE) == {}
    assert [await keep(session), await keep(session)] == [True, False]


async def test_an_account_is_known_by_both_of_its_ids(session: DatabaseSession) -> None:
    ana = await people.add(session, "Ana")
    session.add(Identity(person_id=ana.id, external_id="entra", linked_at=NOW, seen_at=NOW, **HERE))
    await session.flush()
    assert await save_account_reference(session, ENTRA, alias="29:1", details={"a": 1})
    assert await save_account_reference(session, ENTRA, alias=None, details={"a": 2})
    assert not await save_account_reference(session, NOBODY, alias="29:2", details={})
    assert await get_account_reference(session, ENTRA) == {"a": 2}
    assert await get_account_reference(session, NOBODY) == {}
    known = KnownAccount("entra", "Ana")
    assert await find_account_owners(session, ids=["entra", "29:1", "29:2"], **HERE) == {
        "entra": known,
        "29:1": known,
    }
    assert await find_account_owners(session, ids=["29:1"], channel="teams", tenant="other") == {}
