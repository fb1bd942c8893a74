"""Rules and conditions: every way in which catalogues write them, brought into `[name, parameters]`."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.parsing.problems import ParseContext, quote_text, suggest_known_name
from engine.parsing.pydantic_errors import describe_error, get_error_path
from engine.parsing.values import expect_list, parse_dotted_name, parse_name
from engine.rules.parameters import (
    FUNCTION_PREFIX,
    KNOWN_FUNCTIONS,
    PARAMETERS_BY_RULE,
    AchievementRule,
    RuleParameters,
)

ParsedRule = list[Any]  # [name, parameters]


def parse_rules(given: Any, reading: ParseContext) -> list[ParsedRule]:
    """Parse rules into a list of `[name, parameters]`.

    Accepts `["Name", {…}]`, `["Name"]`, `"Name"` and `{"rule_type" | "type": "Name", …}`. Warns of unknown rules,
    parameters and functions. Raises ValueError for what is no rule.
    """
    if isinstance(given, dict | str):
        given = [given] if given else []
    found = expect_list(given, '[["RandomUsers", {"count": 1}]]')
    return [_checked(*_split(rule), reading) for rule in ([found] if _is_one_rule(found) else found)]


def _is_one_rule(found: list[Any]) -> bool:
    """Return whether the list is a single `["Name", {…}]` that lacks the list around it."""
    match found:
        case [str(), dict() as parameters]:
            return not {"rule_type", "type"} & parameters.keys()
        case _:
            return False


def _split(rule: Any) -> tuple[str, dict[str, Any]]:
    match rule:
        case str() | [str()]:
            return parse_name(rule if isinstance(rule, str) else rule[0]), {}
        case [str() as called, dict() as parameters]:
            return parse_name(called), parameters
        case [str() as called, None]:
            return parse_name(called), {}
        case {"rule_type": str() as called} | {"type": str() as called}:
            return parse_name(called), {key: value for key, value in rule.items() if key not in ("rule_type", "type")}
        case _:
            raise ValueError(f'a rule is ["Name", {{…}}], "Name" or {{"rule_type": "Name", …}}, not {quote_text(rule)}')


def _checked(called: str, parameters: dict[str, Any], reading: ParseContext) -> ParsedRule:
    shape = PARAMETERS_BY_RULE.get(called)
    if shape is None:
        reading.warn(f"rules: there is no rule {quote_text(called)}{suggest_known_name(called, PARAMETERS_BY_RULE)}")
        return [called, parameters]
    return [called, parse_parameters(shape, parameters, f"rules.{called}", reading)]


def parse_parameters(
    shape: type[RuleParameters], given: Mapping[str, Any], where: str, reading: ParseContext
) -> dict[str, Any]:
    """Check the parameters against their model, and return them as given, without null values.

    Raises ValueError, naming the first fault.
    """
    present = {key: value for key, value in given.items() if value is not None}
    try:
        shape.model_validate(present)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ValueError(describe_error(fault, f"{where}.{get_error_path(fault)}")) from None
    _warn_of_unknown(shape, present, where, reading)
    for sentence in shape.remarks(present):
        reading.warn(f"{where}: {sentence}")
    _check_function(present, where, reading)
    return present


def _warn_of_unknown(shape: type[RuleParameters], given: Mapping[str, Any], where: str, reading: ParseContext) -> None:
    reading.unknown_keys(where, given, tuple(shape.model_fields))
    for key, field in shape.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, RuleParameters) and key in given:
            _warn_of_unknown(inner, given[key], f"{where}.{key}", reading)


def _check_function(parameters: Mapping[str, Any], where: str, reading: ParseContext) -> None:
    for key in ("function_path", "custom_check", "achievement_name"):
        path = parameters.get(key)
        if path is not None and parse_dotted_name(path).removeprefix(FUNCTION_PREFIX) not in KNOWN_FUNCTIONS:
            reading.warn(f"{where}: there is no function {quote_text(path)}{suggest_known_name(path, KNOWN_FUNCTIONS)}")


def parse_condition(given: Any, where: str, reading: ParseContext) -> dict[str, Any]:
    """Parse what a step waits for: a function with a threshold, a rule, or a check of the deployment's own.

    A rule becomes `{"rule": name, "rule_params": {…}}`. Raises ValueError for anything else.
    """
    match given:
        case {"rule": _}:
            called, parameters = _split([given["rule"], given.get("rule_params")])
            reading.unknown_keys(where, given, ("rule", "rule_params"))
            others = {key: value for key, value in given.items() if key not in ("rule", "rule_params")}
            called, parameters = _checked(called, parameters, reading)
            return others | {"rule": called, "rule_params": parameters}
        case {"function_path": _} | {"achievement_name": _}:
            return parse_parameters(AchievementRule, given, where, reading)
        case {"custom_check": _}:
            return parse_parameters(CustomCheck, given, where, reading)
        case _:
            raise ValueError(f"{where} has a function_path, a rule or a custom_check; {quote_text(given)} has none")


class CustomCheck(RuleParameters):
    """A check that the deployment brings along."""

    custom_check: str
    function_params: dict[str, Any] = {}
