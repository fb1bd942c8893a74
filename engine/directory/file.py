"""The people file, CSV or JSON, row by row: never more of it in memory than a part."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Literal

from engine.directory.columns import ColumnMapping, map_columns
from engine.errors import BadInput
from engine.parsing.json_stream import JsonList
from engine.parsing.json_values import find_repeated_keys
from engine.parsing.problems import quote_text

MAX_ROW_LENGTH = 1_000_000  # bytes of a line, characters of a JSON object

MAX_FILE_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class RawRow:
    """What stands in the file: the cells by column, known columns under their own names."""

    number: int  # of its line in a CSV, of the person in a JSON list, from 1
    read: int  # bytes of the file up to here
    cells: Mapping[str, Any]
    taken: Mapping[str, str] = field(default_factory=dict)  # heading → column, where they are written differently
    problem: str = ""  # why the row cannot be read at all


def get_row_unit(file: Path) -> Literal["line", "person"]:
    """What `RawRow.number` counts. A JSON list may stand on a single line, which would say nothing."""
    return "person" if file.suffix.lower() == ".json" else "line"


def read_rows(file: Path) -> Iterator[RawRow]:
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
        header = _header(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                yield _csv_row(line, stream.tell(), header, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: {error}") from None


def _csv_row(line: int, read: int, header: ColumnMapping, cells: list[str]) -> RawRow:
    names = header.names
    problem = "" if len(cells) == len(names) else f"has {len(cells)} cells, the header has {len(names)}"
    return RawRow(line, read, dict(zip(names, cells, strict=False)), header.taken, problem)


def _header(headings: list[str]) -> ColumnMapping:
    if len(headings) > MAX_FILE_COLUMNS:
        raise BadInput(f"line 1 has more than {MAX_FILE_COLUMNS} columns")
    header = map_columns(tuple(headings))
    if not {"email", "employee_id"} & set(header.names):
        raise BadInput("line 1 must name the columns, and one of them must be email or employee_id")
    if "" in header.names:
        raise BadInput(f"line 1: column {header.names.index('') + 1} has no name")
    if header.problem:
        raise BadInput(f"line 1: {header.problem}")
    return header


def _lines(stream: BinaryIO) -> Iterator[str]:
    number = 0
    while line := stream.readline(MAX_ROW_LENGTH + 1):
        number += 1
        if len(line) > MAX_ROW_LENGTH:
            raise BadInput(f"line {number} is longer than {MAX_ROW_LENGTH:,} bytes")
        if b"\0" in line:
            raise BadInput(f"line {number} has a NUL character: this is not a text file")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            raise BadInput(f"line {number} is not UTF-8") from None


def _json_rows(stream: BinaryIO) -> Iterator[RawRow]:
    for number, (_, item) in enumerate(JsonList(stream, MAX_ROW_LENGTH), 1):
        if isinstance(item, dict):
            yield _json_row(number, stream.tell(), item)
        else:
            yield RawRow(number, stream.tell(), {}, problem="is not an object { … }")


def _json_row(number: int, read: int, item: dict[str, Any]) -> RawRow:
    known = map_columns(tuple(item))
    problem = known.problem or _repeated(item)
    return RawRow(number, read, dict(zip(known.names, item.values(), strict=True)), known.taken, problem)


def _repeated(item: dict[str, Any]) -> str:
    try:
        return next((f"{quote_text(key)} is there twice" for key in find_repeated_keys(item)), "")
    except RecursionError:
        return "is nested too deeply"
