"""What the code must never become."""

import ast
from collections.abc import Iterator
from pathlib import Path

PRODUCT = [
    Path("app.py"),
    *(f for top in ("bot", "engine", "channels", "manifest") for f in sorted(Path(top).rglob("*.py"))),
]
OURS = [f for f in PRODUCT if "versions" not in f.parts]
LONGEST_FILE = 300  # lines
LONGEST_FUNCTION = 45  # lines
EDGES = {  # where nobody further out is left to catch
    "bot/dispatch/dispatcher.py",
    "bot/dispatch/pending_gifts.py",
    "bot/delivery/relay.py",
    "bot/delivery/sender.py",
    "channels/tasks/deduplication.py",
    "channels/slack/people/profiles.py",
    "channels/teams/adapter.py",
    "channels/tasks/background.py",
    "channels/teams/people/profiles.py",
    "channels/web/middleware.py",
    "channels/telegram/adapter.py",
    "channels/telegram/profiles.py",
    "engine/runs/guarding.py",
}


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_a_file_is_one_noun() -> None:
    assert [str(f) for f in OURS if len(f.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE] == []


def test_a_function_fits_on_a_screen() -> None:
    long = [
        f"{file}:{f.lineno} {f.name}"
        for file in OURS
        for f in functions(file)
        if (f.end_lineno or f.lineno) - f.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_broad_except_stands_at_the_edges_only() -> None:
    broad = set()
    for file in OURS:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            ):
                broad.add(str(file))
    assert broad <= EDGES


def test_nothing_is_mocked() -> None:
    assert [str(f) for f in Path("tests").rglob("*.py") if "unittest" + ".mock" in f.read_text(encoding="utf-8")] == []


def test_the_entry_stays_small() -> None:
    assert len(Path("app.py").read_text(encoding="utf-8").splitlines()) <= 150
