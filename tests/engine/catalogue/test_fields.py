"""Every spelling of a catalogue, one fragment at a time on a base reward; `reward_shapes.jsonl` holds the good ones."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalogue.reader import RewardsFile, read_catalogue
from engine.rewards.models import Reward
from tests.tables import each_row

MADRID = ZoneInfo("Europe/Madrid")
BASE = {"reward_id": 1, "reward": "Base", "reward_category": "Tests"}
SHAPES = [json.loads(line) for line in Path(__file__).with_name("reward_shapes.jsonl").read_text("utf-8").splitlines()]


def read(*rewards: Any) -> RewardsFile:
    return read_catalogue(json.dumps(list(rewards)), MADRID)


def loaded(fragment: dict[str, Any]) -> dict[str, Any]:
    """The columns of the base reward with `fragment`, which must be loaded without a word."""
    file = read(BASE | fragment)
    assert file.problems == ()
    assert file.warnings == ()
    return dict(file.rewards[0])


def problems(fragment: Any) -> str:
    file = read(BASE | fragment if isinstance(fragment, dict) else fragment)
    assert file.rewards == ()
    return "\n".join(remark.text for remark in file.problems)


def warnings(fragment: dict[str, Any]) -> str:
    file = read(BASE | fragment)
    assert file.problems == ()
    return "\n".join(remark.text for remark in file.warnings)


def test_a_reward_of_three_keys_has_the_documented_defaults() -> None:
    columns = loaded({})
    assert set(columns) == {
        attribute.key for attribute in Reward.__mapper__.column_attrs
    } - {"folded_name", "template_revision", "created_at", "updated_at"}  # fmt: skip
    assert columns["reward_type"] == "User Badge"
    assert (columns["points"], columns["cooldown_minutes"]) == (10, 1)
    assert (columns["multiple"], columns["timeframe"]) == (False, None)
    assert (columns["is_enabled"], columns["auto_enroll"], columns["auto_evaluation"]) == (True, False, True)


@each_row("shape", SHAPES)
def test_every_spelling_is_brought_into_one(shape: dict[str, Any]) -> None:
    columns = loaded(shape["written"])
    assert {key: columns[key] for key in shape["kept"]} == shape["kept"]


@each_row(
    ("written", "kept"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),  # in Madrid
        ("2026-07-01T08:00:00Z", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-01-15 10:00:00-05:00", datetime(2026, 1, 15, 15, tzinfo=UTC)),
    ],
)
def test_an_effective_date_without_a_zone_is_the_organisations(written: str, kept: datetime) -> None:
    assert loaded({"effective_date": written})["effective_date"] == kept


@each_row(
    ("fragment", "words"),
    [
        ({"pionts": 5}, '"pionts" is not a key that is known; it is kept as it is (did you mean "points"?)'),
        ({"zzz": 5}, '"zzz" is not a key that is known; it is kept as it is'),
        ({"reward_type": "User Bagde"}, 'nothing awards it (did you mean "User Badge"?)'),
        ({"availability_rule": {"start_date": "01-02", "end_date": "03-04"}}, "read as month-day"),
        ({"availability_rule": {"season": "winter"}}, '"season" is kept, but does not limit'),
        ({"rules": [["RandomUser", {}]]}, 'there is no rule "RandomUser" (did you mean "RandomUsers"?)'),
        ({"rules": [["RandomUsers", {"cuont": 1}]]}, 'rules.RandomUsers: "cuont" is not a key'),
        ({"rules": [["RandomUsers", {"filters": {"jobs": []}}]]}, 'rules.RandomUsers.filters: "jobs"'),
        ({"rules": [["AchievementRule", {"function_path": "shop.count"}]]}, 'there is no function "shop.count"'),
        ({"rules": [["AchievementRule", {}]]}, "it names no function"),
        ({"rules": [["AttendanceRule", {"count": 1}]]}, "it names no dataset"),
        ({"rules": [["Birthday", {"table": "auth.users"}]]}, "the directory is read instead"),
        ({"job": {"trigger": "interval"}}, "every 6 hours"),
        ({"job": {"interval": {"hours": 1}, "coalesced": True}}, 'job: "coalesced" is not a key'),
        ({"job": {"interval": {"hours": 1, "years": 1}}}, 'job.interval: "years"'),
        ({"job": {"interval": {"hours": 1}, "schedule": {"hours": 2}}}, '"schedule" is left out'),
        (
            {"job": {"trigger": "cron", "cron": {"hour": 1}, "run_date": "2026-01-01"}},
            '"run_date" is kept, but not used',
        ),
        ({"job": {"date": {"run_date": "2026-01-01", "owner": "me"}}}, 'job.date: "owner"'),
        ({"awarded_callbacks": ["shop.praise"]}, 'awarded_callbacks: there is no function "shop.praise"'),
        ({"workflow": ["A"], "step_callbacks": {"B": "shop.praise"}}, 'there is no step "B"'),
        ({"workflow": [{"step": "A", "conditon": {}}]}, 'did you mean "condition"?'),
        ({"workflow": [{"step": "A", "condition": {"custom_check": "shop.check"}}]}, 'no function "shop.check"'),
        ({"nomination_config": {"voting_days": 5}}, 'nomination_config: "voting_days"'),
        ({"nomination_config": {"eligible_voters": {"jobs": []}}}, 'eligible_voters: "jobs"'),
        ({"assigner": ["north"]}, '"north" is no e-mail address and no user id; it is read as a group'),
        ({"awardee": [{"job_cod": ["X"]}]}, '"job_cod" is read as an attribute of people (did you mean "job_code"?)'),
        ({"conditions": {"departmnt": "X"}}, 'did you mean "department"?'),
        ({"icon": "icons/team-plaier.png"}, 'did you mean "icons/team-player.png"?'),
    ],
)
def test_what_cannot_be_honoured_is_named(fragment: dict[str, Any], words: str) -> None:
    assert words in warnings(fragment)


def test_unknown_keys_are_kept() -> None:
    assert read(BASE | {"colour": {"r": 1}}).rewards[0]["extra"] == {"colour": {"r": 1}}
    assert read(BASE | {"job": {"interval": {"hours": 1}, "owner": "me"}}).rewards[0]["job"]["owner"] == "me"


@each_row(
    ("fragment", "words"),
    [
        ("Base", "a reward is a table of keys"),
        ({"reward_id": "1"}, "reward_id: must be a whole number"),
        ({"reward_id": True}, "reward_id: must be a whole number"),
        ({"reward_id": 0}, "reward_id: must be 1 or more"),
        ({"reward_id": 2**40}, "reward_id: must be 2147483647 or less"),
        ({"reward": "  "}, "reward: must have 1 or more characters"),
        ({"reward": "x" * 256}, "at most 255"),
        ({"reward": "x" * 5_000_000}, "200000 is the most"),
        ({"description": "x" * 10_001}, "at most 10000"),
        ({"reward": "nul \0"}, "cannot be stored"),
        ({"description": "half \ud800"}, "cannot be stored"),
        ({"points": -1}, "points: must be 0 or more"),
        ({"points": 1.5}, "points: must be a whole number"),
        ({"points": "many"}, "points: must be a whole number"),
        ({"multiple": "yes"}, "multiple: must be true or false"),
        ({"cooldown_minutes": -1}, "cooldown_minutes: must be 0 or more"),
        ({"emoji": "x" * 33}, "emoji: must have at most 32 characters"),
        ({"reward_type": "x" * 65}, "reward_type: is too long: 64 is the most"),
        ({"rules": [["AchievementRule", {"threshold": "x"}]]}, "rules.AchievementRule.threshold: must be a"),
        ({"timeframe": "fortnightly"}, 'timeframe: "fortnightly" is none of hourly'),
        ({"timeframe": "days:0"}, "is none of"),
        ({"timeframe": 5}, "is none of"),
        ({"timezone": "Mars/Olympus"}, "is no time zone"),
        ({"icon": "javascript:alert(1)"}, "no https address"),
        ({"icon": "../../etc/passwd"}, "no https address"),
        ({"message": "{{ user.__class__ }}"}, "message: a message may not look up"),
        ({"message": ["x"]}, "message: must be text"),
        ({"effective_date": "soon"}, "no date and time"),
        ({"programs": [""]}, "is no name"),
        ({"conditions": []}, "conditions"),
        ({"attributes": "x"}, "attributes: must be a table of keys"),
        ({"assigner": [{}]}, "an empty table names nobody"),
        ({"assigner": [{"job_code": []}]}, "names nobody"),
        ({"assigner": [{"job_code": [{}]}]}, "words or numbers"),
        ({"assigner": [[]]}, "an entry is a table"),
        ({"assigner": [True]}, "names nobody"),
        ({"assigner": [1.5]}, "an entry is a table"),
        ({"assigner": [""]}, "names nobody"),
        ({"assigner": ["{'job_code': "]}, "looks like JSON and is none"),
        ({"assigner": ["[" * 9000]}, "looks like JSON and is none"),
        ({"assigner": ["{" + "x" * 20_000]}, "at most 10000"),
        ({"assigner": [{"user_id": ["ana"]}]}, "whole numbers"),
        ({"availability_rule": []}, "is a table such as"),
        ({"availability_rule": {"start_date": "31-12", "end_date": "12-31"}}, "are not days of the year"),
        ({"availability_rule": {"start_date": "02-30"}}, "are not days of the year"),
        ({"availability_rule": {"start_date": "2026-01-01"}}, "no day of the year"),
        ({"availability_rule": {"start_time": "25:00"}}, "no time of day"),
        ({"availability_rule": {"start_time": 9}}, "no time of day"),
        ({"availability_rule": {"dow": [7]}}, "from 0 (Monday) to 6 (Sunday)"),
        ({"availability_rule": {"dow": "mon"}}, "from 0 (Monday) to 6 (Sunday)"),
        ({"rules": 5}, "is a list such as"),
        ({"rules": [5]}, "a rule is"),
        ({"rules": [["A", 1]]}, "a rule is"),
        ({"rules": [{"name": "Birthday"}]}, "a rule is"),
        ({"rules": [["RandomUsers", {"count": 0}]]}, "rules.RandomUsers.count: must be 1 or more"),
        ({"rules": [["AttendanceRule", {"unit": "year"}]]}, "rules.AttendanceRule.unit: must be 'day', 'week' or"),
        ({"rules": [["AchievementRule", {"operator": "like"}]]}, "rules.AchievementRule.operator: must be 'gte', 'gt'"),
        ({"rules": [["AchievementRule", {"function_path": "os.system('x')"}]]}, "no name of a function"),
        ({"job": 5}, "is a table such as"),
        ({"job": {"trigger": "sometimes"}}, "trigger is interval, cron or date"),
        ({"job": {"trigger": "cron"}}, "cron is a table"),
        ({"job": {"cron": {"hour": 24}}}, 'cron.hour "24" is no time from 0 to 23'),
        ({"job": {"cron": {"day_of_week": "someday"}}}, "cron.day_of_week"),
        ({"job": {"cron": {"minute": "*/0"}}}, "cron.minute"),
        ({"job": {"cron": {"hour": "17-9"}}}, "cron.hour"),
        ({"job": {"interval": {"hours": 0}}}, "longer than nothing"),
        ({"job": {"interval": {"hours": -2}}}, "no whole number"),
        ({"job": {"interval": {"hours": 1}, "next_run_time": "later"}}, "no date and time"),
        ({"job": {"interval": {"hours": 1}, "coalesce": "yes"}}, "coalesce is true or false"),
        ({"job": {"trigger": "date"}}, "has a run_date"),
        ({"job": {"trigger": "date", "run_date": "someday"}}, "no date and time"),
        ({"job": {"interval": {"hours": 1}, "timezone": "Nowhere"}}, "no time zone"),
        ({"events": [5]}, "an event is"),
        ({"events": [{"a": 5}]}, "an event is"),
        ({"workflow": {"step": "A"}}, "is a list such as"),
        ({"workflow": [{"name": "A"}]}, "is no name"),
        ({"workflow": ["A", "A"]}, "more than once"),
        ({"workflow": [{"step": "A", "condition": {"when": 1}}]}, "has a function_path, a rule or a custom_check"),
        ({"challenges": [{"step": "A", "args": []}]}, "is a table such as"),
        ({"nomination_config": {"campaign_type": "closed"}}, "campaign_type"),
        ({"nomination_config": {"max_votes_per_user": 0}}, "max_votes_per_user"),
        ({"nomination_config": {"eligible_voters": []}}, "eligible_voters"),
        ({"completion_callbacks": ["rm -rf"]}, "no name of a function"),
        ({"step_callbacks": ["shop.praise"]}, "is a table such as"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded_is_named_with_the_reason(fragment: Any, words: str) -> None:
    said = problems(fragment)
    assert words in said
    assert len(said) < 600
