"""The first sheet of an Excel workbook as a table of text."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from engine.errors import BadInput
from engine.people_file.tables import TableRow

MAX_WORKBOOK_BYTES = 500_000_000  # unpacked; the sheet is in memory as a whole
MAX_CELLS = 30_000_000  # of a sheet from its first to its last cell, empty ones too
CHUNK = 1 << 20  # bytes
LAST_CELL = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")


def sheet_table(file: Path) -> Iterator[TableRow]:
    """Yield the rows of the first visible sheet.

    Days are written YYYY-MM-DD, whole numbers without a decimal point. Raises BadInput if the file is no workbook, is
    locked by a password, or is too large for memory.
    """
    size = file.stat().st_size
    _refuse_giants(file)
    try:
        workbook = CalamineWorkbook.from_path(file)
        sheets = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if not sheets:
            raise BadInput(f"{file.name} has no sheet that can be seen")
        sheet = workbook.get_sheet_by_name(sheets[0])
    except (CalamineError, OSError) as error:
        raise BadInput(f"{file.name} is no Excel workbook that can be read: {error}") from None
    height = sheet.total_height or 1
    for line, cells in enumerate(sheet.iter_rows(), 1):
        yield line, size * line // height, list(map(_as_text, cells))


def _refuse_giants(file: Path) -> None:
    """A few bytes may unpack to gigabytes, and one cell at the far end makes a sheet of billions of empty ones."""
    try:
        with ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_WORKBOOK_BYTES:
                raise BadInput(f"{file.name} is too large as a workbook; save it as CSV")
            for part in archive.namelist():
                _refuse_giant_sheet(archive, part, file.name)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BadInput(f"{file.name} is no .xlsx workbook, or it is locked by a password") from None


def _refuse_giant_sheet(archive: ZipFile, part: str, name: str) -> None:
    width = height = 0
    with archive.open(part) as sheet:
        rest = b""
        while chunk := sheet.read(CHUNK):
            for column, row in LAST_CELL.findall(rest + chunk):
                width, height = max(width, _column_number(column)), max(height, int(row))
            if width * height > MAX_CELLS:
                raise BadInput(f"{name}: a sheet of {height:,} rows and {width:,} columns is too large; save it as CSV")
            rest = chunk[-16:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _as_text(cell: Any) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
