"""What takes several steps: workflows and challenges, brought into lists of tables."""

from typing import Any

from engine.catalogue.fields.rules import parse_condition
from engine.parsing.problems import ParseContext, quote_text
from engine.parsing.values import expect_list, expect_object, parse_name

WorkflowStep = dict[str, Any]


def parse_workflow(given: Any, reading: ParseContext) -> list[WorkflowStep]:
    """Parse a workflow into `[{"step": name, "condition": {…}}]`. Raises ValueError.

    A step may be written as its name alone.
    """
    steps = _steps(given, "workflow", ("step", "condition"), reading)
    for number, step in enumerate(steps):
        if step.get("condition"):
            step["condition"] = parse_condition(step["condition"], f"workflow.{number}.condition", reading)
    return steps


def parse_challenges(given: Any, reading: ParseContext) -> list[WorkflowStep]:
    """Parse challenges into `[{"step": name, "args": {…}}]`. Raises ValueError.

    A step may be written as its name alone.
    """
    steps = _steps(given, "challenges", ("step", "args"), reading)
    for step in steps:
        expect_object(step.get("args", {}), '{"course": "safety"}')
    return steps


def _steps(given: Any, where: str, known: tuple[str, ...], reading: ParseContext) -> list[WorkflowStep]:
    listing = expect_list(given, '[{"step": "First Login"}]')
    steps = []
    for number, one in enumerate(listing):
        read = {"step": one} if isinstance(one, str) else expect_object(one, '{"step": "First Login"}')
        reading.unknown_keys(f"{where}.{number}", read, known)
        kept = {key: value for key, value in read.items() if value is not None}
        steps.append(kept | {"step": parse_name(read.get("step"))})
    seen = [step["step"] for step in steps]
    if twice := {one for one in seen if seen.count(one) > 1}:
        raise ValueError(f"has the step {quote_text(min(twice))} more than once")
    return steps
