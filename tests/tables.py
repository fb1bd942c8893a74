"""A table of values inside one test, which reports every row that fails."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

Test = Callable[..., Any]
Row = Mapping[str, object]


def each_row(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Call the test once a row, in one world: `names` are its arguments that a row fills in, as in `parametrize`."""
    named = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = [dict(zip(named, row if len(named) > 1 else (row,), strict=True)) for row in rows]

    def over_the_table(test: Test) -> Test:
        @wraps(test)
        async def each_awaited(**fixtures: Any) -> None:
            faults: list[Exception] = []
            for row in table:
                with _collected(faults, row):
                    await test(**fixtures, **row)
            _report(faults, table)

        @wraps(test)
        def each_called(**fixtures: Any) -> None:
            faults: list[Exception] = []
            for row in table:
                with _collected(faults, row):
                    test(**fixtures, **row)
            _report(faults, table)

        whole = each_awaited if inspect.iscoroutinefunction(test) else each_called
        whole.__signature__ = inspect.Signature(list(_others(test, named)))  # type: ignore[attr-defined]
        return whole

    return over_the_table


def _others(test: Test, named: list[str]) -> Iterator[inspect.Parameter]:
    """The arguments that pytest fills in."""
    for name, parameter in inspect.signature(test).parameters.items():
        if name not in named:
            yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


@contextmanager
def _collected(faults: list[Exception], row: Row) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - all of them are reported in the end
        error.add_note(f"in the row {str(row)[:300]}")
        faults.append(error)


def _report(faults: list[Exception], table: list[dict[str, object]]) -> None:
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(table)} rows", faults)
