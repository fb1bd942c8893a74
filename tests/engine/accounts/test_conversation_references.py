"""How a channel reaches its places and accounts, kept for any process."""

from typing import Any

from engine.accounts import conversation_references
from engine.db.connection import Session
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW

HERE: dict[str, Any] = {"channel": "teams", "tenant": "t"}


async def keep(session: Session, name: str = "general", url: str = "https://a.test") -> bool:
    details = {"service_url": url}
    return await conversation_references.keep_place(
        session, external_id="19:a", name=name, details=details, now=NOW, **HERE
    )


async def test_a_place_is_new_once_and_again_after_it_was_closed(session: Session) -> None:
    assert [await keep(session), await keep(session, "", "https://b.test")] == [True, False]
    assert await conversation_references.newest_places(session, limit=3, **HERE) == {
        "19:a": {"service_url": "https://b.test"}
    }
    assert await conversation_references.of_place(session, external_id="19:a", **HERE) == {
        "service_url": "https://b.test"
    }
    await conversation_references.close_place(session, external_id="19:a", now=NOW, **HERE)
    assert await conversation_references.of_place(session, external_id="19:a", **HERE) == {}
    assert await conversation_references.newest_places(session, limit=3, **HERE) == {}
    assert [await keep(session), await keep(session)] == [True, False]


async def test_an_account_is_known_by_both_of_its_ids(session: Session) -> None:
    ana = await people.add(session, "Ana")
    session.add(Identity(person_id=ana.id, external_id="entra", linked_at=NOW, seen_at=NOW, **HERE))
    await session.flush()
    assert await conversation_references.keep_account(session, account="entra", alias="29:1", details={"a": 1}, **HERE)
    assert await conversation_references.keep_account(session, account="entra", alias=None, details={"a": 2}, **HERE)
    assert not await conversation_references.keep_account(session, account="nobody", alias="29:2", details={}, **HERE)
    assert await conversation_references.of_account(session, account="entra", **HERE) == {"a": 2}
    assert await conversation_references.of_account(session, account="nobody", **HERE) == {}
    known = conversation_references.Known("entra", "Ana")
    assert await conversation_references.owners(session, ids=["entra", "29:1", "29:2"], **HERE) == {
        "entra": known,
        "29:1": known,
    }
    assert await conversation_references.owners(session, ids=["29:1"], channel="teams", tenant="other") == {}
