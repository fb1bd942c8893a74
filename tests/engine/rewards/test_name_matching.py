"""Reading a badge's name at the start of what somebody wrote."""

import pytest

from engine.db.connection import DatabaseSession
from engine.people.names import fold_name
from engine.rewards.name_matching import match_reward_name, suggest_rewards
from tests import rewards

NAMES = ("Team", "Team Player", "Team Spirit", "100% There", "Under_score", "Ñandú de Oro", "Switched Off")


@pytest.fixture
async def catalogue(session: DatabaseSession) -> DatabaseSession:
    for name in NAMES:
        await rewards.add(session, name, folded_name=fold_name(name), is_enabled=name != "Switched Off")
    return session


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("Team Player for all", "Team Player", "for all"),
        ("  team\tPLAYER\n for all", "Team Player", "for all"),
        ("team players are great", "Team", "players are great"),
        ("Team", "Team", ""),
        ("Team: thanks", "Team", "thanks"),
        ("Team — thanks", "Team", "thanks"),
        ("«Team Player» gracias", "Team Player", "gracias"),
        ("'team' spirit is in the words", "Team", "spirit is in the words"),
        ("100% there, thanks", "100% There", "thanks"),
        ("under_score x", "Under_score", "x"),
        ("nandu de oro por todo", "Ñandú de Oro", "por todo"),
        ("switched off x", "Switched Off", "x"),
    ],
)
async def test_the_longest_name_is_read(catalogue: DatabaseSession, typed: str, name: str, rest: str) -> None:
    named = await match_reward_name(catalogue, typed)
    assert ([reward.name for reward in named.rewards], named.rest) == ([name], rest)


@pytest.mark.parametrize("typed", ["", "   ", '"', '""', "Teamwork for all", "Tem Player", '"Teem" x', "x Team", "100"])
async def test_no_name_is_guessed(catalogue: DatabaseSession, typed: str) -> None:
    named = await match_reward_name(catalogue, typed)
    assert named.rewards == ()
    assert named.rest == typed.strip()


async def test_one_that_can_be_given_hides_one_of_its_name_that_is_switched_off(catalogue: DatabaseSession) -> None:
    await rewards.add(catalogue, "Switched Off", folded_name="switched off")
    named = await match_reward_name(catalogue, "Switched Off x")
    assert [reward.is_enabled for reward in named.rewards] == [True]


async def test_all_of_one_name_are_read(catalogue: DatabaseSession) -> None:
    await rewards.add(catalogue, "TEAM", folded_name="team")
    assert len((await match_reward_name(catalogue, "team x")).rewards) == 2


async def test_the_nearest_names(catalogue: DatabaseSession) -> None:
    every = [await rewards.add(catalogue, name, folded_name=name.lower()) for name in ("Team Player", "Bright Idea")]
    for typed in ("Taem Plyer for all", "player", '"teem player"', "TEAM"):
        assert [reward.name for reward in suggest_rewards(typed, every)] == ["Team Player"], typed
    for typed in ("", "zzz", "a"):
        assert suggest_rewards(typed, every) == [], typed
