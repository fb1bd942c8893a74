"""Giving a badge."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.admin.settings import Settings
from engine.awards.giving import list_givable_rewards
from engine.awards.models import Award
from engine.awards.queries import get_award_facts, get_last_given_award, list_awards_of_person
from engine.errors import NotAllowed, Refused
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from tests import rewards
from tests.conftest import NOW
from tests.office import Office, said


async def test_a_badge_is_given_with_points_and_told(office: Office) -> None:
    place = Place(channel="web", external_id="plaza", announces=True, created_at=NOW)
    here = Place(channel="slack", tenant="T01CORP", external_id="C1", created_at=NOW)
    office.session.add_all([place, here])
    await office.session.flush()
    star = await rewards.add(office.session, "Star", emoji="⭐", points=50)

    words = "😀 <b>`hi`</b>"
    [award] = await office.give(office.ana, [office.bob], star, words=words, place_id=here.id, origin={"x": 1})

    assert (award.giver_id, award.receiver_id, award.occurrence) == (office.ana.id, office.bob.id, "once")
    facts = await get_award_facts(office.session, award.id)
    assert facts is not None
    assert (facts.reward, facts.emoji, facts.points, facts.message) == ("Star", "⭐", 50, words)
    assert (facts.giver_name, facts.receiver_name, facts.awarded_at) == ("Ana López", "Bob Stone", NOW)
    assert not facts.undone
    assert not facts.revoked
    assert await office.balances() == [1, 50, 0]
    deliveries = (await office.session.scalars(select(Delivery).order_by(Delivery.destination))).all()
    assert [delivery.destination for delivery in deliveries] == [
        f"person:{office.bob.id}", f"place:{place.id}", f"place:{here.id}",
    ]  # fmt: skip
    assert [delivery.origin for delivery in deliveries] == [None, None, {"x": 1}]


async def test_every_receiver_gets_it_once_in_the_order_named(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    given = await office.give(office.ana, [office.eve, office.bob, office.eve], star)
    assert [award.receiver_id for award in given] == [office.eve.id, office.bob.id]
    assert await office.balances() == [2, 10, 10]
    assert await office.session.scalar(select(func.count()).select_from(Announcement)) == 1


async def test_who_wishes_no_public_thanks_is_told_directly_only(office: Office) -> None:
    place = Place(channel="web", external_id="plaza", announces=True, created_at=NOW)
    office.session.add(place)
    office.bob.no_public_kudos, office.bob.direct_news, office.eve.direct_news = True, False, False
    await office.session.flush()
    star = await rewards.add(office.session, "Star")
    await office.give(office.ana, [office.bob, office.eve], star, place_id=place.id, origin={"x": 1})
    told = await office.session.scalars(select(Delivery.destination).order_by(Delivery.destination))
    assert list(told) == [f"person:{office.bob.id}", f"place:{place.id}"]


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # reason, what is different about the reward, about Bob (the receiver), what the sentence says
    ("receiver_inactive", {}, {"active": False}, "Bob Stone"),
    ("receiver_not_eligible", {}, {"kind": "guest"}, "Bob Stone"),
    ("reward_disabled", {"is_enabled": False}, {}, "Star"),
    ("reward_not_yet", {"effective_date": NOW + timedelta(days=1)}, {}, "Mar 3, 2026"),
    ("not_by_hand", {"reward_type": "Computed Badge"}, {}, "Star"),
    ("not_by_hand", {"rules": [["Birthday", {}]]}, {}, "Star"),
    ("only_dates", {"availability_rule": {"start_date": "12-01", "end_date": "12-31"}}, {}, "from Dec 1 to Dec 31"),
    ("only_days", {"availability_rule": {"dow": [1, 2]}}, {}, "Tuesday and Wednesday"),
    ("only_times", {"availability_rule": {"start_time": "06:00", "end_time": "08:59"}}, {}, "06:00"),
    ("availability_unclear", {"availability_rule": {"dow": "never"}}, {}, "administrator"),
    ("not_in_program", {"programs": ["walmart", "mso"]}, {"programs": ["target"]}, "the program walmart or mso"),
    ("not_assigner", {"assigner": [{"job_code": ["MANAGER"]}]}, {"job_code": "MANAGER"}, "with job code MANAGER."),
    ("not_awardee", {"awardee": [{"groups": ["north"]}]}, {"groups": ["south"]}, "people in the group north"),
    ("conditions_unmet", {"conditions": {"worker_type": "full"}}, {"worker_type": "part"}, "with worker type full"),
]


@pytest.mark.parametrize(("reason", "reward", "receiver", "sentence"), REFUSALS)
async def test_each_rule_refuses_in_its_own_words(
    office: Office, reason: str, reward: dict[str, Any], receiver: dict[str, Any], sentence: str
) -> None:
    star = await rewards.add(office.session, "Star", **reward)
    for name, value in receiver.items():
        setattr(office.bob, name, value)
    with pytest.raises(Refused) as no:
        await office.give(office.ana, [office.eve, office.bob] if receiver else [office.bob], star)
    assert no.value.reason == reason
    assert sentence in said(no.value)
    assert await office.session.scalar(select(func.count()).select_from(Award)) == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "words_missing"),
        (" \n\u200b", "words_missing"),
        ("x" * 501, "words_too_long"),
        ("thanks\0", "words_unstorable"),
    ],
)
async def test_words_are_required_and_short(office: Office, words: str, reason: str) -> None:
    star = await rewards.add(office.session, "Star")
    with pytest.raises(Refused, match=reason) as no:
        await office.give(office.ana, [office.bob], star, words=words)
    said(no.value)
    [award] = await office.give(office.ana, [office.bob], star, words="é" * 500)
    assert award.words == "é" * 500


async def test_who_gives_to_whom_is_checked_first(office: Office) -> None:
    star = await rewards.add(office.session, "Star", is_enabled=False)
    for receivers, reason in (([], "receiver_missing"), ([office.bob, office.ana], "self_award")):
        with pytest.raises(Refused, match=reason) as no:
            await office.give(office.ana, receivers, star)
        said(no.value)
    office.ana.active = False
    with pytest.raises(NotAllowed, match="inactive"):
        await office.give(office.ana, [office.bob], star)


@pytest.mark.parametrize("kind", ["guest", "bot"])
async def test_guests_and_bots_give_no_badge(office: Office, kind: str) -> None:
    star = await rewards.add(office.session, "Star")
    office.ana.kind = kind
    with pytest.raises(NotAllowed, match="giver_not_eligible") as no:
        await office.give(office.ana, [office.bob], star)
    said(no.value)
    assert await office.session.scalar(select(func.count()).select_from(Award)) == 0


async def test_the_listed_may_give_and_get(office: Office) -> None:
    office.ana.job_code, office.bob.groups, office.bob.programs = "manager", ["North"], ["walmart"]
    star = await rewards.add(
        office.session,
        "Star",
        programs=["Walmart"],
        assigner=[{"job_code": ["DIRECTOR"]}, {"job_code": ["MANAGER"]}],
        awardee=[{"groups": ["north"]}],
        availability_rule={"dow": [0], "start_time": "09:00", "end_time": "09:00"},
        reward_type="Recognition Badge",
    )
    assert await office.give(office.ana, [office.bob], star)


async def test_availability_is_read_in_the_rewards_zone(office: Office) -> None:
    morning = {"start_time": "09:00", "end_time": "10:00"}
    here = await rewards.add(office.session, "Here", availability_rule=morning)
    there = await rewards.add(office.session, "There", availability_rule=morning, timezone="Asia/Tokyo")
    assert await office.give(office.ana, [office.bob], here)
    with pytest.raises(Refused, match="only_times"):
        await office.give(office.ana, [office.bob], there)
    office.settings = Settings(timezone="Asia/Tokyo")
    with pytest.raises(Refused, match="only_times"):
        await office.give(office.ana, [office.eve], here)


async def test_a_badge_that_is_given_once_is_given_once_whoever_gives(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    await office.give(office.ana, [office.bob], star)
    with pytest.raises(Refused, match="awarded_once") as no:
        await office.give(office.eve, [office.bob], star)
    assert "Mar 2, 2026" in said(no.value)


async def test_one_who_has_it_already_keeps_it_from_all(office: Office) -> None:
    star = await rewards.add(office.session, "Star")
    await office.give(office.ana, [office.bob], star)
    with pytest.raises(Refused, match="awarded_once"):
        await office.give(office.ana, [office.eve, office.bob], star)
    assert await list_awards_of_person(office.session, office.eve.id) == []


async def test_limits_are_per_giver_where_it_can_be_given_again(office: Office) -> None:
    star = await rewards.add(office.session, "Star", multiple=True, timeframe="daily", cooldown_minutes=5)
    await office.give(office.ana, [office.bob], star)
    await office.give(office.eve, [office.bob], star)
    with pytest.raises(Refused, match="cooldown"):
        await office.give(office.ana, [office.bob], star)
    office.clock.advance(minutes=5)
    with pytest.raises(Refused, match="awarded_daily"):
        await office.give(office.ana, [office.bob], star)
    office.clock.advance(days=1)
    await office.give(office.ana, [office.bob], star)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"multiple": True}, {"multiple": False}),
        ({"multiple": True, "timeframe": "daily"}, {"multiple": False, "timeframe": "monthly"}),
        ({"multiple": False}, {"multiple": True, "timeframe": "weekly"}),
        ({"multiple": True}, {"multiple": True, "timeframe": "monthly"}),
        ({"multiple": True, "timeframe": "daily"}, {"multiple": True, "timeframe": "days:7"}),
        ({"multiple": True, "timeframe": "hours:1"}, {"multiple": True, "timeframe": "yearly"}),
    ],
)
async def test_a_changed_reward_still_sees_what_was_given(
    office: Office, before: dict[str, Any], after: dict[str, Any]
) -> None:
    star = await rewards.add(office.session, "Star", **before)
    await office.give(office.ana, [office.bob], star)
    for name, value in after.items():
        setattr(star, name, value)
    office.clock.advance(days=2)
    with pytest.raises(Refused, match="awarded_"):
        await office.give(office.ana, [office.bob], star)


async def test_the_same_turn_never_gives_twice(office: Office) -> None:
    star = await rewards.add(office.session, "Star", multiple=True)
    await office.give(office.ana, [office.bob], star, cause="turn:slack:1")
    with pytest.raises(Refused, match="occurrence_taken") as no:
        await office.give(office.ana, [office.bob, office.eve], star, cause="turn:slack:1")
    assert "Bob Stone" in said(no.value)


async def test_the_giver_earns_up_to_a_cap_of_their_own_day(office: Office) -> None:
    office.settings = Settings(giver_points=2, giver_points_per_day=5)
    office.ana.timezone = "America/New_York"  # 04:00 there
    star = await rewards.add(office.session, "Star", multiple=True)
    first, *_ = await office.give(office.ana, [office.bob, office.eve], star)
    await office.give(office.ana, [office.bob, office.eve], star)
    assert (await office.balances())[0] == 5
    await office.undo(first, office.ana)  # its two points are there to be earned again
    await office.give(office.ana, [office.bob], star)
    assert (await office.balances())[0] == 5
    office.clock.advance(hours=19, minutes=59)
    await office.give(office.ana, [office.bob], star)
    assert (await office.balances())[0] == 5
    office.clock.advance(minutes=1)  # midnight in New York
    await office.give(office.ana, [office.bob], star)
    assert (await office.balances())[0] == 7


async def test_without_a_cap_every_gift_counts(office: Office) -> None:
    office.settings = Settings(giver_points=3, giver_points_per_day=0)
    star = await rewards.add(office.session, "Star", multiple=True, points=0)
    for _ in range(4):
        await office.give(office.ana, [office.bob], star)
    assert await office.balances() == [12, 0, 0]
    office.settings = Settings(giver_points=0)
    await office.give(office.ana, [office.bob], star)
    assert await office.balances() == [12, 0, 0]


async def test_what_a_giver_may_give_now(office: Office) -> None:
    await rewards.add(office.session, "Zeal", reward_type="Recognition Badge")
    await rewards.add(office.session, "Art")
    await rewards.add(office.session, "Off", is_enabled=False)
    await rewards.add(office.session, "Later", effective_date=NOW + timedelta(hours=1))
    await rewards.add(office.session, "Lottery", reward_type="Computed Badge")
    await rewards.add(office.session, "Ruled", rules=[["Birthday", {}]])
    await rewards.add(office.session, "Tuesdays", availability_rule={"dow": [1]})
    await rewards.add(office.session, "Broken", availability_rule={"dow": "never"})
    await rewards.add(office.session, "Bosses", assigner=[{"job_code": ["BOSS"]}])
    found = await list_givable_rewards(office.session, office.ana, settings=office.settings, now=NOW)
    assert [reward.name for reward in found] == ["Art", "Zeal"]
    office.ana.job_code = "boss"
    found = await list_givable_rewards(office.session, office.ana, settings=office.settings, now=NOW)
    assert [reward.name for reward in found] == ["Art", "Bosses", "Zeal"]


async def test_the_newest_awards_come_first(office: Office) -> None:
    star = await rewards.add(office.session, "Star", multiple=True)
    for _ in range(4):
        office.clock.advance(minutes=1)
        await office.give(office.ana, [office.bob], star)
    ids = [facts.id for facts in await list_awards_of_person(office.session, office.bob.id, limit=3)]
    assert ids == [4, 3, 2]
    last = await get_last_given_award(office.session, office.ana.id)
    assert last is not None
    assert last.id == 4


async def test_a_template_speaks_where_nobody_did(office: Office) -> None:
    star = await rewards.add(
        office.session,
        "Seller of the day",
        template="{{ user.display_name }}: {{ args.num_sales }} sales in {{ env.month_name }}, {{ reward.points }} ⭐",
    )
    told = {"receiver_id": office.bob.id, "points": 10, "cause": "tick:1", "awarded_at": NOW, "reward": star.name}
    award = Award(reward_id=star.id, occurrence="2026-03", args={"num_sales": 7}, template_revision=1, **told)
    silent = Award(reward_id=star.id, occurrence="2026-04", args={}, template_revision=9, **told)
    office.session.add_all([award, silent])
    await office.session.flush()
    star.template, star.template_revision = "something else", 2
    facts = await get_award_facts(office.session, award.id)
    assert facts is not None
    assert facts.message == "Bob Stone: 7 sales in March, 10 ⭐"
    assert (facts.giver_id, facts.giver_name) == (None, None)
    none = await get_award_facts(office.session, silent.id)
    assert none is not None
    assert none.message == ""
