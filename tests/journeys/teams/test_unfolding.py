"""Links to celebrations in Teams: the card in the compose box, for colleagues, and for what is public."""

import json
import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from engine.db.connection import SessionFactory
from engine.outbox.places import Place
from engine.people.models import Person
from tests.platforms import teams_requests as requests
from tests.platforms.teams import card_faults
from tests.platforms.teams_bot import TeamsBot
from tests.platforms.teams_requests import GENERAL

SITE = "https://laurel.corp.test"
THANKS = "<at>Laurel</at> kudos <at>Bob</at> thanks for the launch"


async def thanked(chat: TeamsBot) -> str:
    """Ana thanks Bob; the link in her answer."""
    chat.bot.site = SITE
    await chat.says(THANKS)
    return str(re.findall(rf"{SITE}/see/[\w.-]+", json.dumps(list(chat.teams.messages.values())))[-1])


async def unfolded(chat: TeamsBot, url: object, who: str = "ana", at: str = GENERAL) -> str:
    """The card that the link becomes; "" where it stays a link."""
    found = await chat.invokes("composeExtension/queryLink", {"url": url}, who=who, at=at)
    if not found:
        return ""
    [one] = found["composeExtension"]["attachments"]
    assert card_faults(one["content"]) == []
    assert one["content"]["version"] == "1.3", "no newer one is taken"
    return json.dumps(one, ensure_ascii=False)


async def test_the_card_is_in_the_language_of_the_place(in_teams: TeamsBot, writing: SessionFactory) -> None:
    url = await thanked(in_teams)
    assert "Ana thanked Bob" in (card := await unfolded(in_teams, url))
    assert "thanks for the launch" in card
    assert "entities" not in card, "nobody is notified"
    async with writing.begin() as session:
        await session.execute(update(Place).where(Place.external_id == GENERAL).values(locale="es"))
    assert "ha dado las gracias" in await unfolded(in_teams, url)


async def test_what_was_taken_back_is_a_neutral_line(in_teams: TeamsBot) -> None:
    url = await thanked(in_teams)
    await in_teams.says("undo", at="")
    assert "was taken back" in (card := await unfolded(in_teams, url))
    assert "launch" not in card


async def test_it_is_for_colleagues(in_teams: TeamsBot, writing: SessionFactory) -> None:
    url = await thanked(in_teams)
    assert await unfolded(in_teams, url, who="zoe") == ""
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Ana").values(active=False))
    assert await unfolded(in_teams, url) == ""


@pytest.mark.parametrize(
    "forge",
    [
        lambda url: url.replace("kudos-1", "kudos-2"),
        lambda url: url.replace("laurel.corp.test", "evil.test"),
        lambda url: f"{SITE}/see/",
        lambda url: "https://[laurel",
        lambda url: "",
    ],
)
async def test_a_forged_link_stays_a_link(in_teams: TeamsBot, forge: Callable[[str], str]) -> None:
    assert await unfolded(in_teams, forge(await thanked(in_teams))) == ""


@pytest.mark.parametrize("value", [None, {}, {"url": 7}, {"url": None}, [], "x"])
async def test_an_odd_request_is_refused(in_teams: TeamsBot, value: object) -> None:
    asked = requests.invoke("composeExtension/queryLink", value, in_teams.teams.service_url, who="ana")  # type: ignore[arg-type]
    assert (await in_teams.sends(asked)).status == 400
