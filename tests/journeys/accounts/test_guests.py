"""A guest who is linked all the same: they may look and take back what they gave, and give nothing."""

import pytest
from sqlalchemy import func, select, update

from bot.protocol.elements import Mention
from bot.protocol.turns import Ask
from engine.kudos.models import Kudos
from engine.people.models import Person
from tests.journeys.dialogs.talking import BOB, FOR, Office, asked, refused, says, told

NO = "kudos and badges are given by employees"


async def become_guest(office: Office) -> None:
    async with office.sessions.begin() as session:
        await session.execute(update(Person).where(Person.email == "ana@corp.test").values(kind="guest"))


@pytest.mark.parametrize(
    "line", [("kudos ", BOB, " thanks"), ("kudos",), ("kudos ", BOB), ("badge ", BOB, FOR), ("badge",), ("give ", BOB)]
)
async def test_nothing_is_given_and_no_form_is_shown(office: Office, line: tuple[str | Mention, ...]) -> None:
    await become_guest(office)
    reply = await office.say("ana", *line)
    assert refused(reply)
    assert says(office, NO, told(reply))
    assert await office.held() == []
    async with office.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Kudos)) == 0


@pytest.mark.parametrize("verb", ["kudos", "badge"])
async def test_a_form_that_was_open_is_refused(office: Office, verb: str) -> None:
    ask = asked(await office.say("ana", f"{verb} ", BOB))
    await become_guest(office)
    answers = {"words": ("for it",)}
    if verb == "badge":
        reward = next(field for field in ask.form.fields if field.id == "reward")
        answers["reward"] = (reward.options[0].value,)  # type: ignore[union-attr]
    reply = await office.send("ana", ask, answers)
    assert not isinstance(reply, Ask)
    assert says(office, NO, told(reply))
    assert await office.held() == []


async def test_what_is_their_own_stays_open_to_them(office: Office) -> None:
    await office.say("ana", "kudos ", BOB, " thanks")
    await become_guest(office)
    for verb in ("points", "badges", "why", "help", "link", "undo"):
        assert not refused(await office.say("ana", verb)), verb
