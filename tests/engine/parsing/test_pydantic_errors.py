"""No phrase of pydantic's reaches a person."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.parsing import pydantic_errors
from engine.parsing.pydantic_errors import describe_error, get_error_path
from engine.rules.parameters import PARAMETERS_BY_RULE
from tests.tables import each_row


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=3)
    share: float = Field(0, gt=0, lt=1)
    way: Literal["", "up", "down"] = "up"
    several: list[str] | str = ""
    when: bytes = b""


@each_row(
    ("given", "said"),
    [
        ({}, "name: is missing"),
        ({"name": ""}, "name: must have 1 or more characters"),
        ({"name": "abcd"}, "name: must have at most 3 characters"),
        ({"name": "a", "nam": "b"}, "nam: is not known"),
        ({"name": "a", "share": 1}, "share: must be less than 1.0"),
        ({"name": "a", "share": "x"}, "share: must be a number"),
        ({"name": "a", "way": "left"}, "way: must be 'up' or 'down'"),
        ({"name": "a", "several": 5}, "several: must be a list"),
        ({"name": "a", "when": 5}, "when: cannot be used as it is"),
    ],
)
def test_a_fault_is_a_plain_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(given)
    fault = caught.value.errors()[0]
    assert describe_error(fault, get_error_path(fault)) == said


@each_row("wrong", [5, -5, 10**12, 0.5, True, "", "x" * 30_000, [], [5], {}, {"x": []}, [[]]])
def test_each_kind_of_fault_of_a_rule_has_its_own_words(wrong: Any) -> None:
    kinds = {
        fault["type"]
        for shape in PARAMETERS_BY_RULE.values()
        for key in shape.model_fields
        for fault in faults(shape, {key: wrong})
    }
    assert kinds <= {*pydantic_errors.ERROR_SENTENCES, pydantic_errors.VALUE_ERROR_TYPE}


def faults(shape: type[BaseModel], given: dict[str, Any]) -> list[Any]:
    try:
        shape.model_validate(given)
    except ValidationError as error:
        return list(error.errors())
    return []
