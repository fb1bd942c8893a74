"""What a reward listens to and what it calls: events and callbacks, brought into one spelling."""

from typing import Any

from engine.parsing.problems import ParseContext, quote_text
from engine.parsing.values import expect_object, parse_dotted_name, parse_name

KNOWN_CALLBACKS: frozenset[str] = frozenset()  # none comes with the product; a deployment brings its own


def parse_events(given: Any) -> list[list[Any]]:
    """Parse events into `[[event name, parameters], …]`.

    Accepts `[{"name": {…}}]`, `{"name": {…}}`, `["name"]` or `"name"`. Raises ValueError for anything else.
    """
    events = []
    for entry in given if isinstance(given, list) else [given]:
        table = {entry: None} if isinstance(entry, str) else entry
        if not isinstance(table, dict) or not all(isinstance(value, dict | None) for value in table.values()):
            raise ValueError(f'an event is {{"name": {{…}}}} or "name", not {quote_text(entry)}')
        events += [[parse_name(called), parameters or {}] for called, parameters in table.items()]
    return events


def parse_callbacks(given: Any, where: str, reading: ParseContext) -> list[str]:
    """Return a list of dotted names, each once. Raises ValueError for anything else."""
    paths = [parse_dotted_name(path) for path in (given if isinstance(given, list) else [given])]
    for path in paths:
        if path not in KNOWN_CALLBACKS:
            reading.warn(f"{where}: there is no function {quote_text(path)}")
    return list(dict.fromkeys(paths))


def parse_step_callbacks(given: Any, reading: ParseContext) -> dict[str, list[str]]:
    """Parse callbacks by step into `{step: [dotted name, …]}`. Raises ValueError for anything else."""
    if given == []:
        return {}
    steps = expect_object(given, '{"First Login": ["package.function"]}')
    return {
        parse_name(step): parse_callbacks(paths, f"step_callbacks.{step}", reading) for step, paths in steps.items()
    }
