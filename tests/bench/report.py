"""Figures as rows: into var/bench/NAME.json, and as a table for the eye."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path("var/bench")
Row = Mapping[str, object]


def write(name: str, rows: Sequence[Row]) -> None:
    """Keep the rows, and show them. The machine's load is told with them: a busy machine measures itself."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    told = [dict(row) | {"load": round(os.getloadavg()[0], 2)} for row in rows]
    (FOLDER / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    columns = list(told[0])
    table = [columns, *([str(row[column]) for column in columns] for row in told)]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    print(f"\n{name}")
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)), flush=True)
