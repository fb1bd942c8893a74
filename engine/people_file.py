"""The people file, CSV or JSON, row by row: never more of it in memory than a part."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import BadInput
from engine.json_list import JsonList
from engine.people_cells import READERS

LONGEST = 1_000_000  # bytes of a line, characters of a JSON object
MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class RawRow:
    """What stands in the file: the cells by column, known columns under their own names."""

    line: int
    read: int  # bytes of the file up to here
    cells: Mapping[str, Any]
    problem: str = ""  # why the row cannot be read at all


def rows(file: Path) -> Iterator[RawRow]:
    """Every row of a `.csv` (UTF-8, with or without BOM, parted by `,` or `;`) or a `.json` (a list of objects).

    Raises BadInput, also in the midst of the file, where it is not what its name says.
    """
    read = {".csv": _csv_rows, ".json": _json_rows}.get(file.suffix.lower())
    if read is None:
        raise BadInput(f"{file.name}: a people file ends in .csv or .json")
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BadInput(f"{file.name}: {error.strerror}") from None
    with stream:
        yield from read(stream)


def _csv_rows(stream: BinaryIO) -> Iterator[RawRow]:
    lines = _lines(stream)
    first = next(lines, "").removeprefix("\ufeff")
    reader = csv.reader(chain([first], lines), delimiter=max(",;", key=first.count), strict=True)
    try:
        columns = _header(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                yield _csv_row(line, stream.tell(), columns, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: {error}") from None


def _csv_row(line: int, read: int, columns: list[str], cells: list[str]) -> RawRow:
    problem = "" if len(cells) == len(columns) else f"has {len(cells)} cells, the header has {len(columns)}"
    return RawRow(line, read, dict(zip(columns, cells, strict=False)), problem)


def _header(names: list[str]) -> list[str]:
    columns = [column_name(name) for name in names]
    if len(columns) > MOST_COLUMNS:
        raise BadInput(f"line 1 has more than {MOST_COLUMNS} columns")
    if not {"email", "employee_id"} & set(columns):
        raise BadInput("line 1 must name the columns, and one of them must be email or employee_id")
    for number, column in enumerate(columns, 1):
        if not column:
            raise BadInput(f"line 1: column {number} has no name")
        if column in columns[: number - 1]:
            raise BadInput(f"line 1: the column {column} is there twice")
    return columns


def column_name(written: str) -> str:
    """The known column that was meant ("First Name" is first_name), else the name as written."""
    name = written.strip()
    known = name.casefold().replace(" ", "_").replace("-", "_")
    return known if known in READERS else name


def _lines(stream: BinaryIO) -> Iterator[str]:
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise BadInput(f"line {number} is longer than {LONGEST:,} bytes")
        if b"\0" in line:
            raise BadInput(f"line {number} has a NUL character: this is not a text file")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise BadInput(f"line {number} is not UTF-8") from None


def _json_rows(stream: BinaryIO) -> Iterator[RawRow]:
    for line, item in JsonList(stream, LONGEST):
        if isinstance(item, dict):
            yield RawRow(line, stream.tell(), {column_name(name): cell for name, cell in item.items()})
        else:
            yield RawRow(line, stream.tell(), {}, "is not an object { … }")
