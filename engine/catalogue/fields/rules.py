"""Rules and conditions: every way in which catalogues write them, brought into `[name, parameters]`."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.parsing import pydantic_errors
from engine.parsing.problems import Reading, meant, quoted
from engine.parsing.values import dotted, listed, name
from engine.rules.parameters import FUNCTION_PREFIX, FUNCTIONS, PARAMETERS, AchievementRule, Parameters

Rule = list[Any]  # [name, parameters]


def rules(given: Any, reading: Reading) -> list[Rule]:
    """`["Name", {…}]`, `["Name"]`, `"Name"` and `{"rule_type" | "type": "Name", …}`, each as `[name, parameters]`.

    Warns of rules, parameters and functions that nobody knows. Raises ValueError for what is no rule.
    """
    if isinstance(given, dict | str):
        given = [given] if given else []
    found = listed(given, '[["RandomUsers", {"count": 1}]]')
    return [_checked(*_split(rule), reading) for rule in ([found] if _is_one_rule(found) else found)]


def _is_one_rule(found: list[Any]) -> bool:
    """Whether the list is a single `["Name", {…}]` that lacks the list around it."""
    match found:
        case [str(), dict() as parameters]:
            return not {"rule_type", "type"} & parameters.keys()
        case _:
            return False


def _split(rule: Any) -> tuple[str, dict[str, Any]]:
    match rule:
        case str() | [str()]:
            return name(rule if isinstance(rule, str) else rule[0]), {}
        case [str() as called, dict() as parameters]:
            return name(called), parameters
        case [str() as called, None]:
            return name(called), {}
        case {"rule_type": str() as called} | {"type": str() as called}:
            return name(called), {key: value for key, value in rule.items() if key not in ("rule_type", "type")}
        case _:
            raise ValueError(f'a rule is ["Name", {{…}}], "Name" or {{"rule_type": "Name", …}}, not {quoted(rule)}')


def _checked(called: str, parameters: dict[str, Any], reading: Reading) -> Rule:
    shape = PARAMETERS.get(called)
    if shape is None:
        reading.warn(f"rules: there is no rule {quoted(called)}{meant(called, PARAMETERS)}")
        return [called, parameters]
    return [called, shaped(shape, parameters, f"rules.{called}", reading)]


def shaped(shape: type[Parameters], given: Mapping[str, Any], where: str, reading: Reading) -> dict[str, Any]:
    """The parameters as they were given, held against their shape. Raises ValueError, naming the first fault."""
    present = {key: value for key, value in given.items() if value is not None}
    try:
        shape.model_validate(present)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ValueError(pydantic_errors.sentence(fault, f"{where}.{pydantic_errors.place(fault)}")) from None
    _warn_of_unknown(shape, present, where, reading)
    for sentence in shape.remarks(present):
        reading.warn(f"{where}: {sentence}")
    _check_function(present, where, reading)
    return present


def _warn_of_unknown(shape: type[Parameters], given: Mapping[str, Any], where: str, reading: Reading) -> None:
    reading.unknown_keys(where, given, tuple(shape.model_fields))
    for key, field in shape.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Parameters) and key in given:
            _warn_of_unknown(inner, given[key], f"{where}.{key}", reading)


def _check_function(parameters: Mapping[str, Any], where: str, reading: Reading) -> None:
    for key in ("function_path", "custom_check", "achievement_name"):
        path = parameters.get(key)
        if path is not None and dotted(path).removeprefix(FUNCTION_PREFIX) not in FUNCTIONS:
            reading.warn(f"{where}: there is no function {quoted(path)}{meant(path, FUNCTIONS)}")


def condition(given: Any, where: str, reading: Reading) -> dict[str, Any]:
    """What a step waits for: a function with a threshold, a rule, or a check of the deployment's own.

    A rule is brought into `{"rule": name, "rule_params": {…}}`. Raises ValueError for anything else.
    """
    match given:
        case {"rule": _}:
            called, parameters = _split([given["rule"], given.get("rule_params")])
            reading.unknown_keys(where, given, ("rule", "rule_params"))
            others = {key: value for key, value in given.items() if key not in ("rule", "rule_params")}
            called, parameters = _checked(called, parameters, reading)
            return others | {"rule": called, "rule_params": parameters}
        case {"function_path": _} | {"achievement_name": _}:
            return shaped(AchievementRule, given, where, reading)
        case {"custom_check": _}:
            return shaped(CustomCheck, given, where, reading)
        case _:
            raise ValueError(f"{where} has a function_path, a rule or a custom_check; {quoted(given)} has none")


class CustomCheck(Parameters):
    """A check that the deployment brings along."""

    custom_check: str
    function_params: dict[str, Any] = {}
