"""Taking an award back: undo and revoke."""

from datetime import UTC

import pytest
from sqlalchemy import func, select

from engine.admin.audit import AuditRow
from engine.admin.settings import Settings
from engine.awards.limits import find_repeat_refusal, load_award_history
from engine.awards.queries import get_award_facts, get_last_given_award, list_awards_of_person
from engine.awards.reversal import undo_award
from engine.errors import NotAllowed, Refused
from engine.outbox.models import Delivery
from tests import rewards
from tests.conftest import NOW
from tests.office import Office, said


async def test_undo_frees_the_occurrence_and_takes_the_points_back(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    [award] = await office.give(office.ana, [office.bob], star)
    office.clock.advance(minutes=10)
    undone = await office.undo(award, office.ana)
    assert undone.undone_at == office.clock()
    assert await office.balances() == [0, 0, 0]
    facts = await get_award_facts(office.session, award.id)
    assert facts is not None
    assert facts.undone
    assert await list_awards_of_person(office.session, office.bob.id) == []
    assert await get_last_given_award(office.session, office.ana.id) is None
    [again] = await office.give(office.ana, [office.bob], star)
    assert again.occurrence == "once"
    assert await office.balances() == [1, 10, 0]


async def test_undo_and_revoke_draw_the_cards_anew(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    first, second = await office.give(office.ana, [office.bob, office.eve], star)
    await office.undo(first, office.ana)
    office.eve.role = "admin"
    await office.revoke(second, office.eve)
    office.session.expire_all()
    versions = await office.session.scalars(select(Delivery.wanted_version))
    assert list(versions) == [3, 3], "one celebration for both"


async def test_undo_is_the_givers_once_and_soon(office: Office) -> None:
    star = await rewards.add(office.session, "Star", multiple=True)
    [first] = await office.give(office.ana, [office.bob], star)
    [second] = await office.give(office.ana, [office.bob], star)
    with pytest.raises(Refused, match="not_your_gift"):
        await office.undo(first, office.bob)
    await office.undo(first, office.ana)
    with pytest.raises(Refused, match="already_undone"):
        await office.undo(first, office.ana)
    office.clock.advance(minutes=10, seconds=1)
    with pytest.raises(Refused, match="undo_too_late") as no:
        await office.undo(second, office.ana)
    assert "10 minutes" in said(no.value)
    office.settings = Settings(undo_minutes=0)
    await office.undo(second, office.ana)
    for nothing in (999, 0, -1, 2**31, 10**30):
        with pytest.raises(Refused, match="unknown_award"):
            await undo_award(office.session, nothing, actor=office.ana, settings=office.settings, now=NOW)
        assert await get_award_facts(office.session, nothing) is None


async def test_revoke_closes_the_occurrence_but_to_a_human(office: Office) -> None:
    office.eve.role = "admin"
    star = await rewards.add(office.session, "Star")
    [award] = await office.give(office.ana, [office.bob], star)
    office.clock.advance(days=40)
    await office.revoke(award, office.eve, "given to the wrong Bob")
    assert await office.balances() == [0, 0, 0]
    facts = await get_award_facts(office.session, award.id)
    assert facts is not None
    assert facts.revoked
    by_rule = await load_award_history(office.session, star, [office.bob.id], None, "once")
    assert find_repeat_refusal(star, "Bob", by_rule[office.bob.id], office.clock(), UTC) is not None
    for occurrence in ("once#2", "once#3"):
        [again] = await office.give(office.ana, [office.bob], star)
        assert again.occurrence == occurrence
        with pytest.raises(Refused, match="awarded_once"):
            await office.give(office.ana, [office.bob], star)
        await office.revoke(again, office.eve)
    rows = (await office.session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert [row.object for row in rows][0] == f"award:{award.id}"
    assert rows[0].actor_id == office.eve.id
    assert rows[0].after is not None
    assert rows[0].after["reason"] == "given to the wrong Bob"


async def test_revoke_is_an_administrators_with_a_reason(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    [award] = await office.give(office.ana, [office.bob], star)
    with pytest.raises(NotAllowed, match="admins_only"):
        await office.revoke(award, office.ana)
    office.eve.role = "admin"
    for reason, refused in (
        ("  ", "reason_missing"),
        ("x" * 501, "reason_too_long"),
        ("so\ud800", "words_unstorable"),
    ):
        with pytest.raises(Refused, match=refused) as no:
            await office.revoke(award, office.eve, reason)
        said(no.value)
    await office.revoke(award, office.eve)
    with pytest.raises(Refused, match="already_revoked"):
        await office.revoke(award, office.eve)
    with pytest.raises(Refused, match="already_revoked"):
        await office.undo(award, office.ana)
    assert await office.session.scalar(select(func.count()).select_from(AuditRow)) == 1
