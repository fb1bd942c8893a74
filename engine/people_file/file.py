"""Reader of the people file (CSV, Excel or JSON), row by row.

Only a part of a CSV or JSON file is in memory at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from engine.errors import BadInput
from engine.parsing.json_stream import JsonList
from engine.parsing.json_values import find_repeated_keys
from engine.parsing.problems import quote_text
from engine.people_file.choices import Choices, DateOrder
from engine.people_file.columns import ColumnMapping, read_columns, squash_all
from engine.people_file.headings import Sign
from engine.people_file.tables import TableRow, csv_table, open_text

MAX_OBJECT_LENGTH = 1_000_000  # characters of a JSON object
MAX_COLUMNS = 500
MAX_TITLE_ROWS = 10  # that a report may have above its headings


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it is in the file: its cells by column. Known columns have their own names."""

    number: int  # of its line in a table, of the person in a JSON list, from 1
    read: int  # bytes of the file up to here
    cells: Mapping[str, Any]
    header: ColumnMapping = field(default_factory=lambda: ColumnMapping((), {}))
    problem: str = ""  # why the row cannot be read at all

    @property
    def signs(self) -> Mapping[str, Sign]:
        return self.header.signs

    @property
    def orders(self) -> Mapping[str, DateOrder]:
        return self.header.orders


def get_row_unit(file: Path) -> Literal["line", "person"]:
    """Return what `RawRow.number` counts: lines, or persons for JSON.

    A JSON list may be on a single line, so that line numbers would be useless.
    """
    return "person" if file.suffix.lower() == ".json" else "line"


def read_rows(file: Path, choices: Choices) -> Iterator[RawRow]:
    """Yield every row of the file.

    The file is a `.csv`, `.tsv` or `.txt`, an `.xlsx` (its first sheet), or a `.json` (a list of objects). Raises
    BadInput, also in the middle of the file, if it is not what its name says.
    """
    kind = file.suffix.lower()
    if kind not in (".csv", ".tsv", ".txt", ".xlsx", ".json"):
        raise BadInput(f"{file.name}: a people file ends in .csv, .xlsx or .json")
    keep, ignore = squash_all(choices.keep), squash_all(choices.ignore)
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BadInput(f"{file.name}: {error.strerror}") from None
    with stream:
        if kind == ".json":
            yield from _json_rows(stream, keep, ignore)
        elif kind == ".xlsx":
            from engine.people_file.spreadsheet import sheet_table  # a library that only this kind of file needs

            yield from _table_rows(sheet_table(file), keep, ignore)
        else:
            with open_text(stream) as text:
                yield from _table_rows(csv_table(text, stream), keep, ignore)


def _table_rows(table: Iterator[TableRow], keep: frozenset[str], ignore: frozenset[str]) -> Iterator[RawRow]:
    header = _find_header(table, keep, ignore)
    first = True
    for line, read, cells in table:
        if first and _repeats(header, cells):
            first = False  # SuccessFactors: the second line says the headings again, in words
            continue
        first = False
        if any(map(str.strip, cells)):
            yield _table_row(line, read, header, cells)


def _find_header(table: Iterator[TableRow], keep: frozenset[str], ignore: frozenset[str]) -> ColumnMapping:
    for line, _, cells in table:
        if len(cells) > MAX_COLUMNS:
            raise BadInput(f"line {line} has more than {MAX_COLUMNS} columns")
        header = read_columns(tuple(cells), keep, ignore)
        if {"email", "employee_id"} & set(header.names):
            if header.problem:
                raise BadInput(f"line {line}: {header.problem}")
            return header
        if line >= MAX_TITLE_ROWS:
            break
    raise BadInput("line 1 must name the columns, and one of them must be email or employee_id")


def _repeats(header: ColumnMapping, cells: list[str]) -> bool:
    """Check whether a row repeats the headings."""
    key = "email" if "email" in header.names else "employee_id"
    at = header.names.index(key)
    return at < len(cells) and "@" not in cells[at] and key in read_columns((cells[at],)).names


def _table_row(line: int, read: int, header: ColumnMapping, cells: list[str]) -> RawRow:
    names = header.names
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    problem = "" if len(cells) == len(names) else f"has {len(cells)} cells, the header has {len(names)}"
    found = {name: cell for name, cell in zip(names, cells, strict=False) if name}
    for column, place in header.fill_ins:
        if place < len(cells) and not found.get(column, "").strip() and _fits(column, cells[place]):
            found[column] = cells[place]
    return RawRow(line, read, found, header, problem)


def _fits(column: str, cell: Any) -> bool:
    """Check whether a cell may fill an empty cell of `column`.

    A sign-in name counts as an e-mail address only if it has an @.
    """
    return column != "email" or "@" in str(cell)


def _json_rows(stream: BinaryIO, keep: frozenset[str], ignore: frozenset[str]) -> Iterator[RawRow]:
    for number, (_, item) in enumerate(JsonList(stream, MAX_OBJECT_LENGTH), 1):
        if isinstance(item, dict):
            yield _json_row(number, stream.tell(), item, keep, ignore)
        else:
            yield RawRow(number, stream.tell(), {}, problem="is not an object { … }")


def _json_row(number: int, read: int, item: dict[str, Any], keep: frozenset[str], ignore: frozenset[str]) -> RawRow:
    header = read_columns(tuple(item), keep, ignore)
    found = {name: value for name, value in zip(header.names, item.values(), strict=True) if name}
    values = list(item.values())
    for column, place in header.fill_ins:
        if found.get(column) in (None, "") and _fits(column, values[place]):
            found[column] = values[place]
    return RawRow(number, read, found, header, header.problem or _repeated(item))


def _repeated(item: dict[str, Any]) -> str:
    try:
        return next((f"{quote_text(key)} is there twice" for key in find_repeated_keys(item)), "")
    except RecursionError:
        return "is nested too deeply"
