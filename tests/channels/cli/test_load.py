"""`load` as it is typed: what it prints, what it stores, its exit codes."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.cli.command import Runtime
from channels.cli.load import LOAD_COMMAND
from engine import errors
from engine.db.connection import SessionFactory
from engine.errors import BadInput
from engine.rewards.models import Reward
from tests.conftest import Clock

STARTER = (Path(errors.__file__).parent / "starter" / "rewards.json").read_bytes()
STAR = {"reward_id": 5, "reward": "Shooting Stär", "reward_category": "Sky", "message": "You shine"}


class Terminal:
    """The command as `app.py` runs it."""

    def __init__(self, writing: SessionFactory, reading: SessionFactory, file: Path) -> None:
        self.runtime = Runtime(writing, reading, Clock())
        self.file = file

    async def load(self, rewards: Any, *options: str) -> int:
        self.file.write_text(json.dumps(rewards), encoding="utf-8")
        return await self.type(str(self.file), *options)

    async def type(self, *words: str) -> int:
        parser = ArgumentParser()
        LOAD_COMMAND.arguments(parser)
        return await LOAD_COMMAND.run(parser.parse_args(words), self.runtime)

    async def stored(self) -> int:
        async with self.runtime.reading() as session:
            return int((await session.execute(select(func.count()).select_from(Reward))).scalar_one())


@pytest.fixture
def terminal(writing: SessionFactory, reading: SessionFactory, tmp_path: Path) -> Terminal:
    return Terminal(writing, reading, tmp_path / "rewards.json")


async def test_the_command_says_what_became_of_each_reward(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = STAR | {"reward_id": 6, "reward": "Draw\x1b[31m", "reward_type": "Computed Badge", "rules": ["RandomUsers"]}
    odd = STAR | {"reward_id": 7, "reward": "C", "colour": 1}
    assert await terminal.load([STAR, draw, {"reward": "Half"}, odd]) == 1
    assert capsys.readouterr().out.splitlines() == [
        'new       5 "Shooting Stär" (User Badge): people can give it',
        'new       6 "Draw [31m" (Computed Badge): stored, acts with a later version (rules)',
        'new       7 "C" (User Badge): people can give it',
        'warning: 7 "C": the reward: "colour" is not a key that is known; it is kept as it is',
        'problem: entry 3 "Half": reward_id and reward_category missing: a part of a reward cannot be loaded alone',
        "3 new, 0 changed, 0 unchanged, 1 left out.",
    ]
    assert await terminal.load([STAR | {"points": 99}]) == 0
    assert capsys.readouterr().out.splitlines() == [
        'changed   5 "Shooting Stär" (User Badge): people can give it',
        "    points: 10 → 99",
        "0 new, 1 changed, 0 unchanged, 0 left out.",
    ]


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ({"effective_date": "2026-03-02T09:00:00Z"}, "people can give it"),
        ({"effective_date": "2026-07-01 08:00"}, "people can give it from 2026-07-01 08:00 (UTC)"),
        (
            {"effective_date": "2026-07-01 08:00", "timezone": "Europe/Madrid"},
            "people can give it from 2026-07-01 10:00 (Europe/Madrid)",
        ),
        ({"is_enabled": False}, "switched off, nobody can give it"),
        (
            {"effective_date": "2027-01-01", "workflow": [{"step": "A"}]},
            "people can give it from 2027-01-01 00:00 (UTC); workflow stored, to act with a later version",
        ),
    ],
)
async def test_the_report_says_from_when_people_can_give_a_reward(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], fragment: dict[str, Any], said: str
) -> None:
    assert await terminal.load([STAR | fragment]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f'new       5 "Shooting Stär" (User Badge): {said}'


async def test_a_dry_run_shows_the_difference_and_writes_nothing(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await terminal.load([STAR], "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("Nothing was written: this is what would be done: 1 new")
    assert await terminal.stored() == 0


async def test_strict_loads_nothing_where_there_is_a_warning(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await terminal.load([STAR, STAR | {"reward_id": 6, "rules": ["Unheard"]}], "--strict") == 2
    assert "Nothing was loaded, as --strict asks" in capsys.readouterr().out
    misspelt = STAR | {"message": "Well done, {{ user.display_nmae }}"}
    assert await terminal.load([misspelt], "--strict") == 2
    said = 'message: user has no "display_nmae" (did you mean "display_name"?); it says nothing there'
    assert f'warning: 5 "Shooting Stär": {said}' in capsys.readouterr().out
    assert await terminal.stored() == 0
    assert await terminal.load(json.loads(STARTER), "--strict") == 0
    assert await terminal.stored() > 20


async def test_a_file_without_a_single_good_reward_does_nothing(terminal: Terminal) -> None:
    assert await terminal.load([{"reward": "Half"}]) == 2
    with pytest.raises(BadInput, match="a catalogue is a list"):
        await terminal.load(5)
    with pytest.raises(BadInput, match=r"nowhere\.json: No such file"):
        await terminal.type("nowhere.json")
