"""Our own source, read as trees: what it refuses, and which sentences it asks for."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
IN_TEMPLATE = re.compile(r"""(?:\bt|\.(?:line|text|spans))\(\s*["']([\w.]+)["']\s*[,)]""")
REFUSALS = ("Refused", "NotAllowed")
QUOTED = re.compile(r"""["'](\w+(?:\.\w+)+)["']""")


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose first argument is a key: each key that it may be, and the placeholders that come with it."""

    where: str
    keys: tuple[str, ...]
    placeholders: frozenset[str]
    open: bool  # more placeholders come in a mapping


@cache
def trees(*folders: str) -> tuple[tuple[str, ast.Module], ...]:
    """Every Python file under the folders (or files) of the project."""
    files = [file for folder in folders for file in ([ROOT / folder] if folder.endswith(".py") else _under(folder))]
    return tuple((str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))) for file in files)


def _under(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def refusals() -> Iterator[Call]:
    """Every `Refused("reason", …)` and `NotAllowed("reason", …)`, and every subclass that passes a reason on."""
    for where, tree in trees("engine", "bot", "channels"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", "") in REFUSALS:
                yield _call(where, node)
        for call in _of_a_subclass(tree):
            yield _call(where, call)


def asked() -> Iterator[Call]:
    """Every `copy.line("key", …)`, `copy.text` and `copy.spans`."""
    for where, tree in trees("bot", "channels", "manifest", "app.py"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _asks(node.func):
                yield _call(where, node)


def literals() -> frozenset[str]:
    """Every string that is written in the source."""
    found = set()
    for _, tree in trees("engine", "bot", "channels", "manifest", "app.py"):
        found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return frozenset(found)


def written_in_templates() -> frozenset[str]:
    """Every string of a page that could be a key."""
    files = (ROOT / "channels").rglob("*.html")
    return frozenset(key for file in files for key in QUOTED.findall(file.read_text(encoding="utf-8")))


def in_templates() -> Iterator[tuple[str, str]]:
    """Every key that a page asks for: (file, key)."""
    for file in sorted((ROOT / "channels").rglob("*.html")):
        for key in IN_TEMPLATE.findall(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(ROOT)), key


def _of_a_subclass(tree: ast.Module) -> Iterator[ast.Call]:
    """`super().__init__("reason", …)` in the subclasses of a refusal."""
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and any(getattr(base, "id", "") in REFUSALS for base in kind.bases):
            calls = (node for node in ast.walk(kind) if isinstance(node, ast.Call))
            yield from (call for call in calls if getattr(call.func, "attr", "") == "__init__")


def _asks(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr not in ("line", "text", "spans"):
        return False
    return getattr(function.value, "id", getattr(function.value, "attr", "")) in ("copy", "self")


def _call(where: str, node: ast.Call) -> Call:
    keys = tuple(k.value for k in _choices(node.args[0]) if isinstance(k.value, str))
    names = frozenset(k.arg for k in node.keywords if k.arg)
    return Call(f"{where}:{node.lineno}", keys, names, any(k.arg is None for k in node.keywords))


def _choices(expression: ast.expr) -> Iterator[ast.Constant]:
    """The constants that the expression may be: itself, or either side of a condition."""
    match expression:
        case ast.Constant():
            yield expression
        case ast.IfExp(body=body, orelse=orelse):
            yield from _choices(body)
            yield from _choices(orelse)
