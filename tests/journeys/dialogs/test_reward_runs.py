"""Rewards that come by rules: what administrators see and start, and what everybody may ask."""

from random import Random

from sqlalchemy import update

from bot.delivery.announcements import DRAW_BY_KIND
from bot.delivery.card_builder import CardBuilder
from bot.protocol.elements import Card
from engine.admin.settings import load_settings
from engine.delivery.claiming import claim_deliveries
from engine.people.models import Person
from engine.runs.schedules import sync_jobs
from engine.runs.ticking import tick_due_jobs
from tests import rewards
from tests.journeys.dialogs.talking import KEY, Office, refused, told


async def born_today(office: Office) -> None:
    """Everybody's birthday is today, and there is a badge for that, and a weekly draw."""
    async with office.sessions.begin() as session:
        await session.execute(update(Person).values(birth_month=3, birth_day=2))
        by_rule = {"reward_type": "Computed Badge", "cooldown_minutes": 0}
        await rewards.add(session, "Happy Day", rules=[["Birthday", {}]], **by_rule)
        weekly = {"trigger": "cron", "cron": {"day_of_week": "fri", "hour": 17}}
        draw = [["RandomUsers", {"count": 2}]]
        await rewards.add(session, "Jackpot", rules=draw, job=weekly, multiple=True, timeframe="weekly", **by_rule)
    office.data |= {"Happy Day", "Jackpot", "2026-W10"}


async def do_what_is_due(office: Office) -> None:
    async with office.sessions.begin() as session:
        await sync_jobs(session, await load_settings(session), office.clock())
    await tick_due_jobs(office.sessions, office.bot.reading, clock=office.clock, random=Random(1))


async def test_an_administrator_previews_a_run_and_starts_it(office: Office) -> None:
    await born_today(office)
    assert "4" in told(await office.say("eve", "reward preview happy day"))
    assert await office.held() == []
    order = await office.say("eve", "reward run Happy Day", message_id="once")
    assert order == await office.say("eve", "reward run Happy Day", message_id="once")
    await do_what_is_due(office)
    await do_what_is_due(office)
    assert sorted(receiver for _, receiver, _ in await office.held()) == [
        "Ana López", "Bob Roe", "Carla Díaz", "Eve Adams",
    ]  # fmt: skip
    assert "4" in told(await office.say("eve", "reward history Happy Day"))
    assert "0" in told(await office.say("eve", "reward preview Happy Day"))
    assert await office.audited() == ["reward.run"]


async def test_schedules_are_listed_and_draw(office: Office) -> None:
    await born_today(office)
    await do_what_is_due(office)
    assert "Jackpot" in told(await office.say("eve", "reward jobs"))
    office.clock.advance(days=4, hours=8)  # Friday, 17:00
    await do_what_is_due(office)
    assert [reward for reward, _, _ in await office.held()] == ["Jackpot", "Jackpot"]


async def test_everybody_may_ask_how_a_badge_is_got(office: Office) -> None:
    await born_today(office)
    assert "✅" in told(await office.say("ana", "how happy day"))
    office.clock.advance(days=1)
    assert "▫️" in told(await office.say("ana", "how Happy Day"))
    assert "▫️" not in told(await office.say("ana", "how Team Player"))


async def test_what_is_not_allowed_or_not_known_is_refused(office: Office) -> None:
    await born_today(office)
    for verb in ("preview", "run", "history", "jobs"):
        assert refused(await office.say("ana", f"reward {verb} Happy Day")), verb
    for line in ("reward run", "reward run Hapy Dya", "how", "how 99999999999"):
        assert refused(await office.say("eve", line)), line
    await do_what_is_due(office)
    assert await office.held() == []


async def test_the_news_of_a_run_are_drawn_in_the_readers_language(office: Office) -> None:
    await born_today(office)
    await office.say("eve", "reward run Happy Day")
    await do_what_is_due(office)
    office.clock.advance(hours=12)
    cards = await draw_all(office)
    assert len(cards) == 5, "four receivers, and who ordered it"
    assert all(card.body for card in cards)


async def draw_all(office: Office) -> list[Card]:
    builder = CardBuilder(office.bot.reading, DRAW_BY_KIND, lambda: KEY)
    async with office.sessions.begin() as session:
        due = {"now": office.clock(), "limit": 20, "lease_seconds": 60, "token": "draws"}
        claimed = await claim_deliveries(session, channels=["web", "slack"], **due)
    built = [await builder.card(one) for one in claimed]
    return [one.card for one in built if one.card]
