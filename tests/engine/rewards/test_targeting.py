"""Whom a reward is for."""

from datetime import date

from engine.people.models import Person
from engine.rewards.targeting import Audience, Trait, build_audience, is_in_programs, is_listed, meets_conditions
from tests.tables import each_row

ANA = Person(
    id=12,
    email="ana@corp.test",
    employee_id="E007",
    display_name="Ana López",
    job_code="AREAMGR",
    department="Sales",
    groups=["north", "Leads"],
    programs=["walmart"],
    start_date=date(2020, 5, 1),
    worker_type="Full-Time",
    active=True,
    attributes={
        "level": 3,
        "store": "17",
        "card": 12345678901234567890,
        "remote": True,
        "mentor": "false",
        "skills": ["sql", "go"],
    },
)


@each_row(("programs", "fits"), [([], True), (["Walmart"], True), (["mso", "walmart"], True), (["mso"], False)])
def test_programs(programs: list[str], fits: bool) -> None:
    assert is_in_programs(ANA, programs) is fits


LISTS: list[tuple[list[object], bool]] = [
    ([], True),
    ([12], True),
    ([13], False),
    (["12"], True),
    (["ANA@corp.test"], True),
    (["e007"], True),
    (["bob@corp.test"], False),
    ([{"job_code": ["AREAMGR", "REGDIR"]}], True),
    ([{"job_code": "areamgr"}], True),
    ([{"job_codes": ["REGDIR"]}], False),
    ([{"job_code": ["REGDIR"]}, {"groups": ["north"]}], True),  # entries: OR
    ([{"groups": ["north"]}, {"job_code": ["REGDIR"]}], True),  # the last one does not win
    ([{"job_code": ["AREAMGR"], "groups": ["south"]}], False),  # keys of one entry: AND
    ([{"job_code": ["AREAMGR"], "groups": ["south", "leads"]}], True),
    ([{"programs": ["walmart"]}], True),
    ([{"department": ["sales"]}], True),
    ([{"departments": ["Support"]}], False),
    ([{"email": "ana@corp.test"}], True),
    ([{"user_id": [11, 12]}], True),
    ([{"user_id": "13"}], False),
    ([{"employee_id": ["E007"]}], True),
    ([{"associate_id": "E007"}], True),
    ([{"shoe_size": [42]}], False),  # unknown: nobody
    ([{"title": [None]}], False),  # nothing is not a value
    ([{"job_code": []}], False),
    ([{}], False),
    ([True], False),
]


@each_row(("entries", "fits"), LISTS)
def test_lists_of_people(entries: list[object], fits: bool) -> None:
    assert is_listed(ANA, entries) is fits


CONDITIONS: list[tuple[dict[str, object], bool]] = [
    ({}, True),
    ({"worker_type": "full-time"}, True),
    ({"worker_type": "part-time"}, False),
    ({"worker_type": ["part-time", "full-time"]}, True),
    ({"worker_type": "Full-Time", "department": "Support"}, False),
    ({"department": "Sales", "groups": "north"}, True),
    ({"level": 3}, True),
    ({"level": 3.0}, True),
    ({"level": 4}, False),
    ({"level": "3"}, True),
    ({"store": 17}, True),  # a file knows text only
    ({"store": 18}, False),
    ({"card": 12345678901234567891}, False),  # every digit counts
    ({"card": "12345678901234567890"}, True),
    ({"level": "nan"}, False),
    ({"store": float("inf")}, False),
    ({"remote": True}, True),
    ({"remote": False}, False),
    ({"remote": 1}, False),  # a truth value is no number
    ({"level": True}, False),
    ({"mentor": False}, True),
    ({"active": True}, True),
    ({"skills": ["rust", "go"]}, True),
    ({"skills": "rust"}, False),
    ({"start_date": "2020-05-01"}, True),
    ({"unknown": None}, False),
    ({"unknown": ""}, False),
    ({"title": None}, False),
    ({"password": "x"}, False),
    ({"level": {"gte": 2}}, False),
]


@each_row(("conditions", "met"), CONDITIONS)
def test_conditions_compare_values(conditions: dict[str, object], met: bool) -> None:
    assert meets_conditions(ANA, conditions) is met


def test_a_list_as_a_value() -> None:
    entries = [{"job_codes": ["MANAGER", None, 7], "remote": True}, "ana@corp.test", 12, {}]
    manager = (Trait("job_code", ("MANAGER", "7")), Trait("remote", (True,)))
    assert build_audience(entries) == Audience((manager,), ("ana@corp.test", "12"))
