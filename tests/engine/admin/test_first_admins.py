"""The first administrators: those whom the deployment names, whenever they come."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.admin.audit import AuditRow
from engine.admin.first_admins import appoint_admins, store_first_admins
from engine.db.connection import DatabaseSession, SessionFactory
from tests.conftest import NOW
from tests.importing import Importer, everybody
from tests.people import add


async def test_the_first_admins_are_those_of_the_environment(session: DatabaseSession) -> None:
    ana = await add(session, "Ana")
    bob = await add(session, "Bob")
    await add(session, "Gone", active=False)
    named = ["Ana@corp.test ", "zoe@corp.test", "gone@corp.test", "zoe@corp.test", ""]
    assert await appoint_admins(session, named, NOW) == ["zoe@corp.test", "gone@corp.test"]
    assert (ana.role, bob.role) == ("admin", "member")
    row = (await session.scalars(select(AuditRow))).one()
    assert (row.action, row.object, row.origin, row.actor_id) == ("person.role", f"person:{ana.id}", "env", None)
    assert (row.before, row.after) == ({"role": "member"}, {"role": "admin"})


async def test_making_admins_again_changes_nothing(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await add(session, "Ana")

    async def start() -> list[str]:
        async with writing.begin() as session:
            return await appoint_admins(session, ["ana@corp.test"], NOW)

    assert await asyncio.gather(*(start() for _ in range(5))) == [[]] * 5  # replicas start together
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(AuditRow)) == 1
        assert await appoint_admins(session, [], NOW) == []


async def roles(writing: SessionFactory) -> dict[str, str]:
    return {email: person.role for email, person in (await everybody(writing)).items()}


async def wish(writing: SessionFactory, *emails: str) -> list[str]:
    async with writing.begin() as session:
        return await store_first_admins(session, emails, NOW)


async def test_who_is_named_before_they_are_there_is_an_administrator_as_soon_as_they_come(
    writing: SessionFactory, tmp_path: Path
) -> None:
    bring = Importer(writing, tmp_path)
    assert await wish(writing, "ana@corp.test", "bob@corp.test") == ["ana@corp.test", "bob@corp.test"]
    await bring("email\nAna@corp.test\ncy@corp.test\n")
    assert await roles(writing) == {"ana@corp.test": "admin", "cy@corp.test": "member"}
    assert await wish(writing, "ana@corp.test", "bob@corp.test") == ["bob@corp.test"]


@pytest.mark.parametrize("row", ["bob@corp.test,no,", "bob@corp.test,yes,guest"])
async def test_no_leaver_and_no_guest_becomes_one(writing: SessionFactory, tmp_path: Path, row: str) -> None:
    await wish(writing, "bob@corp.test")
    await Importer(writing, tmp_path)(f"email,active,kind\n{row}\n")
    assert await roles(writing) == {"bob@corp.test": "member"}


async def test_the_last_wish_counts_and_takes_no_role_away(writing: SessionFactory, tmp_path: Path) -> None:
    bring = Importer(writing, tmp_path)
    await bring("email\nana@corp.test\n")
    await wish(writing, "ana@corp.test", "bob@corp.test")
    await wish(writing)
    await bring("email\nbob@corp.test\n")
    assert await roles(writing) == {"ana@corp.test": "admin", "bob@corp.test": "member"}
