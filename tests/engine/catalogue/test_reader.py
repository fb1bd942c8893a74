"""A catalogue file as a whole: what is left out and why, what is no catalogue, and the promised examples."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import errors
from engine.catalogue.reader import RewardsFile, read_catalogue
from engine.errors import BadInput
from tests.tables import each_row

MADRID = ZoneInfo("Europe/Madrid")
BASE = {"reward_id": 1, "reward": "Base", "reward_category": "Tests"}
STARTER = Path(errors.__file__).parent / "starter" / "rewards.json"
OLDER = Path(__file__).with_name("older_catalogue.json")
SEED = Path(__file__).parents[4] / "shared" / "reference" / "seed-readme.md"


def read(*rewards: Any) -> RewardsFile:
    return read_catalogue(json.dumps(list(rewards)), MADRID)


def test_every_fault_of_a_reward_is_named_at_once() -> None:
    file = read(BASE | {"points": -1, "timeframe": "never", "reward": "A"})
    assert [remark.subject for remark in file.problems] == ['1 "A"', '1 "A"']


@each_row("key", ["reward_id", "reward", "reward_category"])
def test_a_part_of_a_reward_is_not_loaded_alone(key: str) -> None:
    file = read({name: value for name, value in BASE.items() if name != key})
    assert file.rewards == ()
    assert [remark.text for remark in file.problems] == [f"{key} missing: a part of a reward cannot be loaded alone"]


def test_one_bad_entry_leaves_the_others() -> None:
    file = read({"reward": "Half"}, BASE, 5)
    assert [reward["name"] for reward in file.rewards] == ["Base"]
    assert [remark.subject for remark in file.problems] == ['entry 1 "Half"', "entry 3"]


def test_two_rewards_of_one_id_are_both_left_out() -> None:
    file = read(BASE, BASE | {"reward": "Other"}, BASE | {"reward_id": 2, "reward": "Third"})
    assert [reward["name"] for reward in file.rewards] == ["Third"]
    assert [remark.subject for remark in file.problems] == ['1 "Base"', '1 "Other"']


def test_two_rewards_of_one_name_are_loaded_with_a_warning() -> None:
    file = read(BASE, BASE | {"reward_id": 2, "reward": "BÄSE"})
    assert len(file.rewards) == 2
    assert [remark.text for remark in file.warnings] == ['has the same name as 1 "Base"']


def test_a_key_that_stands_twice_is_named() -> None:
    text = '[{"reward_id": 1, "reward": "A", "reward_category": "C", "points": 5, "points": 7}]'
    file = read_catalogue(text, MADRID)
    assert file.rewards[0]["points"] == 7
    assert [remark.text for remark in file.warnings] == ['"points" is there twice; the last one counts']


@each_row("shape", [[BASE], {"rewards": [BASE]}, BASE])
def test_a_list_a_table_and_a_single_reward_are_catalogues(shape: Any) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(shape).encode()
    assert [reward["id"] for reward in read_catalogue(content, MADRID).rewards] == [1]


@each_row(
    ("content", "words"),
    [
        ("", r"not JSON: Expecting value \(line 1, column 1\)"),
        ("[{]", "not JSON"),
        ("[1,]", "not JSON"),
        ("5", "a catalogue is a list"),
        ('"text"', "a catalogue is a list"),
        ("null", "a catalogue is a list"),
        ("[NaN]", "NaN is no number"),
        ("[-Infinity]", "Infinity is no number"),
        ("[" * 100_000, "too many levels"),
        ('{"a":' * 100_000, "too many levels"),
        ("[" + "9" * 5000 + "]", "cannot be read"),
        (b"\xff\xfe[]", "not UTF-8"),
        ("[" + "1," * 10_000 + "1]", "10001 rewards; 10000 is the most"),
        (b" " * 20_000_001, "larger than 20 MB"),
        ('"' + "x" * 5_000_000 + '"', "a catalogue is a list"),
    ],
)
def test_what_is_no_catalogue_is_refused_in_a_sentence(content: str | bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        read_catalogue(content, MADRID)
    assert len(str(refused.value)) < 200


def test_deep_and_endless_values_are_refused() -> None:
    deep: Any = 1
    for _ in range(30):
        deep = [deep]
    assert "more than 20 levels" in read(BASE | {"attributes": {"deep": deep}}).problems[0].text
    file = read_catalogue('[{"reward_id": 1, "reward": "A", "reward_category": "C", "x": 1e999}]', MADRID)
    assert [remark.text for remark in file.problems] == ["holds a number without end"]


def test_the_starter_catalogue_is_faultless() -> None:
    file = read_catalogue(STARTER.read_bytes(), MADRID)
    assert (file.problems, file.warnings) == ((), ())
    free = [r for r in file.rewards if r["reward_type"] == "User Badge" and not any((
        r["assigner"], r["awardee"], r["programs"], r["conditions"], r["availability_rule"], r["rules"]))]  # fmt: skip
    assert len(free) >= 10
    used = {r["icon"].removeprefix("/icons/") for r in file.rewards if r["icon"]}
    assert used == {icon.name for icon in (STARTER.parent / "icons").iterdir()}


def test_a_catalogue_of_the_older_system_is_loaded_whole() -> None:
    file = read_catalogue(OLDER.read_bytes(), MADRID)
    assert len(file.rewards) == 25
    assert file.problems == ()
    assert all(reward["extra"] == {} for reward in file.rewards)
    assert [(remark.subject, remark.text.partition(" (")[0]) for remark in file.warnings] == [
        ('7002 "Sales School"', 'completion_callbacks: there is no function "rewards.callbacks.training.send_diploma"'),
        ('7002 "Sales School"', 'completion_callbacks: there is no function "rewards.callbacks.training.tell_lead"'),
        (
            '7002 "Sales School"',
            'step_callbacks.Products: there is no function "rewards.callbacks.training.next_lesson"',
        ),
        ('1004 "Years of Service"', 'has the same name as 1000 "Years of Service"'),
        ('7000 "Settled In"', 'has the same name as 1011 "Settled In"'),
    ]


def _examples() -> Iterator[dict[str, Any]]:
    for block in re.findall(r"```json\n(.*?)```", SEED.read_text(encoding="utf-8"), re.DOTALL):
        text = re.sub(r"^\s*//.*$", "", block, flags=re.MULTILINE).strip()
        text = text if text[0] in "[{" else f"{{{text}}}"
        while text:
            value, end = json.JSONDecoder().raw_decode(text)
            yield from value if isinstance(value, list) else [value]
            text = text[end:].strip()


@pytest.mark.skipif(not SEED.exists(), reason="the examples that were promised do not lie beside the project")
def test_every_promised_example_is_loaded() -> None:
    examples = list(_examples())
    assert len(examples) > 30
    for example in examples:
        file = read(BASE | example)
        assert file.problems == (), example
        assert file.rewards[0]["extra"] == {}, example
