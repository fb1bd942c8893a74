"""What takes several steps: workflows and challenges, brought into lists of tables."""

from typing import Any

from engine.catalogue.fields.rules import condition
from engine.parsing.problems import Reading, quoted
from engine.parsing.values import listed, name, table

Step = dict[str, Any]


def workflow(given: Any, reading: Reading) -> list[Step]:
    """`[{"step": name, "condition": {…}}]`; a step may be written as its name alone. Raises ValueError."""
    steps = _steps(given, "workflow", ("step", "condition"), reading)
    for number, step in enumerate(steps):
        if step.get("condition"):
            step["condition"] = condition(step["condition"], f"workflow.{number}.condition", reading)
    return steps


def challenges(given: Any, reading: Reading) -> list[Step]:
    """`[{"step": name, "args": {…}}]`; a step may be written as its name alone. Raises ValueError."""
    steps = _steps(given, "challenges", ("step", "args"), reading)
    for step in steps:
        table(step.get("args", {}), '{"course": "safety"}')
    return steps


def _steps(given: Any, where: str, known: tuple[str, ...], reading: Reading) -> list[Step]:
    listing = listed(given, '[{"step": "First Login"}]')
    steps = [_step(one, f"{where}.{number}", known, reading) for number, one in enumerate(listing)]
    seen = [step["step"] for step in steps]
    if twice := {one for one in seen if seen.count(one) > 1}:
        raise ValueError(f"has the step {quoted(min(twice))} more than once")
    return steps


def _step(given: Any, where: str, known: tuple[str, ...], reading: Reading) -> Step:
    read = {"step": given} if isinstance(given, str) else table(given, '{"step": "First Login"}')
    reading.unknown_keys(where, read, known)
    kept = {key: value for key, value in read.items() if value is not None}
    return kept | {"step": name(read.get("step"))}
