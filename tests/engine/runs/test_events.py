"""Rewards that come with an event: once for each, for the people whom it names."""

import asyncio
from datetime import date

from engine.events.gate import record_event, record_login
from engine.runs.ticking import tick_due_jobs
from tests.engine.runs.mill import Mill

AUTOMATED = {"reward_type": "Automated Badge", "multiple": True}


async def happened(mill: Mill, event_id: str, **body: object) -> bool:
    async with mill.writing.begin() as session:
        return await record_event(
            session, source="shop", event_id=event_id, name="shop.sale", body=body, now=mill.clock()
        )


async def test_a_login_is_awarded_once_a_day(mill: Mill) -> None:
    ana = await mill.person("Ana López")
    await mill.reward("Welcome", [], **AUTOMATED)
    for day in (2, 2, 3):
        async with mill.writing.begin() as session:
            await record_login(session, ana, date(2026, 3, day), mill.clock())
        await mill.look()
    assert len(await mill.awards()) == 2


async def test_an_event_awards_the_people_it_names_and_counts_once(mill: Mill) -> None:
    await mill.person("Ana López", employee_id="0017")
    bob = await mill.person("Bob Stone")
    await mill.person("Len Left", active=False)
    listening = {**AUTOMATED, "events": [["shop.sale", {}]]}
    await mill.reward("Seller", [], **listening)
    await mill.reward("Elsewhere", [], **{**AUTOMATED, "events": [["shop.return", {}]]})
    assert await happened(mill, "1", email="ANA@corp.test")
    assert not await happened(mill, "1", email="bob@corp.test")
    for number, body in enumerate(
        ({"employee_id": "0017"}, {"user_id": [bob, "999"]}, {"email": "len@corp.test"}, {"user_id": "x"}, {})
    ):
        await happened(mill, f"m{number}", **body)
    await mill.look()
    assert [name for _, name, _ in await mill.awards()] == ["Ana", "Ana", "Bob"]


async def test_many_events_at_once_award_a_badge_of_once_only_once(mill: Mill) -> None:
    await mill.person("Ana López")
    await mill.reward("First", [], reward_type="Automated Badge", events=[["shop.sale", {}]])
    await mill.reward("Spaced", [], **AUTOMATED, timeframe="hours:2", events=[["shop.sale", {}]])
    await asyncio.gather(*(happened(mill, str(number), email="ana@corp.test") for number in range(20)))
    looks = (tick_due_jobs(mill.writing, mill.reading, clock=mill.clock, random=mill.random) for _ in range(4))
    await asyncio.gather(*looks)
    assert [reward for reward, _, _ in await mill.awards()] == ["First", "Spaced"]
