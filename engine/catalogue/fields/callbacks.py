"""What a reward listens to and what it calls: events and callbacks, brought into one spelling."""

from typing import Any

from engine.parsing.problems import Reading, quoted
from engine.parsing.values import dotted, name, table

CALLBACKS: frozenset[str] = frozenset()  # none comes with the product; a deployment brings its own


def events(given: Any) -> list[list[Any]]:
    """`[[event name, parameters], …]`, out of `[{"name": {…}}]`, `{"name": {…}}`, `["name"]` or `"name"`.

    Raises ValueError for anything else.
    """
    return [pair for entry in (given if isinstance(given, list) else [given]) for pair in _events(entry)]


def _events(entry: Any) -> list[list[Any]]:
    if isinstance(entry, str):
        return [[name(entry), {}]]
    if not isinstance(entry, dict) or not all(isinstance(value, dict | None) for value in entry.values()):
        raise ValueError(f'an event is {{"name": {{…}}}} or "name", not {quoted(entry)}')
    return [[name(called), parameters or {}] for called, parameters in entry.items()]


def callbacks(given: Any, where: str, reading: Reading) -> list[str]:
    """A list of dotted names. Raises ValueError for what is no such name."""
    paths = [dotted(path) for path in (given if isinstance(given, list) else [given])]
    for path in paths:
        if path not in CALLBACKS:
            reading.warn(f"{where}: there is no function {quoted(path)}")
    return list(dict.fromkeys(paths))


def step_callbacks(given: Any, reading: Reading) -> dict[str, list[str]]:
    """`{step: [dotted name, …]}`. Raises ValueError for anything else."""
    if given == []:
        return {}
    steps = table(given, '{"First Login": ["package.function"]}')
    return {name(step): callbacks(paths, f"step_callbacks.{step}", reading) for step, paths in steps.items()}
