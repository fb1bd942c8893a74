"""A table of text, line by line, out of a CSV file in the ways that systems and Excel write one."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from engine.errors import BadInput

TableRow = tuple[int, int, list[str]]  # the line, the bytes read up to here, the cells

MAX_LINE_LENGTH = 1_000_000  # characters
CHUNK = 1 << 16  # bytes
DELIMITERS = ",;\t|"
PREAMBLE = re.compile(r"sep=(?P<delimiter>.)|#TYPE .*|version:v\d.*")  # Excel, PowerShell, Entra
UNICODE = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def open_text(stream: BinaryIO) -> io.TextIOWrapper:
    """Open a CSV file as text: UTF-8 or UTF-16, or Windows-1252 if it is neither.

    Closing the result closes `stream`.
    """
    return io.TextIOWrapper(stream, encoding=_find_encoding(stream), newline="")


def csv_table(text: io.TextIOWrapper, stream: BinaryIO) -> Iterator[TableRow]:
    """Yield the rows of a CSV with any delimiter, the headings first. Raises BadInput if it is not CSV."""
    lines = _lines(text)
    first, before, delimiter = next(lines, ""), 0, ""
    while found := PREAMBLE.fullmatch(first.strip().strip('"')):
        delimiter = found["delimiter"] or delimiter
        first, before = next(lines, ""), before + 1
    bare = re.sub(r'"[^"]*"', "", first)
    reader = csv.reader(chain([first], lines), delimiter=delimiter or max(DELIMITERS, key=bare.count), strict=True)
    line = before + 1
    try:
        for cells in reader:
            yield line, stream.tell(), cells
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"line {before + reader.line_num}: {error}") from None


def _find_encoding(stream: BinaryIO) -> str:
    """Find the encoding of the whole file. This reads the file once and rewinds `stream`."""
    start = stream.read(CHUNK)
    stream.seek(0)
    for mark, name in UNICODE.items():
        if start.startswith(mark):
            return name
    if b"\0" in start:
        return "utf-16-le" if start[1::2].count(0) > len(start) // 4 else "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8"


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_LINE_LENGTH + 1):
            number += 1
            if len(line) > MAX_LINE_LENGTH:
                raise BadInput(f"line {number} is longer than {MAX_LINE_LENGTH:,} characters")
            if "\0" in line:
                raise BadInput(f"line {number} has a NUL character: this is not a text file")
            yield line
    except UnicodeDecodeError:
        raise BadInput(f"after line {number} the file is neither UTF-8, UTF-16 nor Windows-1252") from None
