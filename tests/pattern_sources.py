"""Every regular expression of the product: the compiled ones, those written inside a call, and how each is used."""

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import app
import bot
import channels
import engine
import manifest
from tests.source import trees

PRODUCT_FOLDERS = ("app.py", "bot", "channels", "engine", "manifest")

LEADING_METHODS = frozenset({"match", "fullmatch"})

SEARCHING_METHODS = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})

METHODS = LEADING_METHODS | SEARCHING_METHODS


@dataclass(frozen=True, slots=True)
class UsedPattern:
    """A pattern, where it stands, and the methods that are called on it."""

    where: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


def find_patterns() -> list[UsedPattern]:
    """All of them, each once. Where no call is seen, a pattern counts as searched and matched."""
    methods = _methods_by_name()
    found: dict[tuple[str, int], UsedPattern] = {}
    for module in _modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                used = frozenset(methods[name]) or frozenset({"search", "match"})
                found.setdefault((value.pattern, value.flags), UsedPattern(f"{module.__name__}.{name}", value, used))
    for where, pattern, method in _written_in_calls():
        found.setdefault((pattern.pattern, pattern.flags), UsedPattern(where, pattern, frozenset({method})))
    return list(found.values())


def _modules() -> Iterator[ModuleType]:
    yield app
    for top in (bot, channels, engine, manifest):
        for info in pkgutil.walk_packages(top.__path__, f"{top.__name__}."):
            if ".migrations." not in info.name:
                yield importlib.import_module(info.name)


def _methods_by_name() -> dict[str, set[str]]:
    """What is called on each name that ends as a constant does, in all modules."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, tree in trees(*PRODUCT_FOLDERS):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                found[getattr(node.value, "id", getattr(node.value, "attr", ""))].add(node.attr)
    return found


def _written_in_calls() -> Iterator[tuple[str, re.Pattern[str], str]]:
    """`re.search("…", text)` and the like, where the pattern is written as a constant."""
    for where, tree in trees(*PRODUCT_FOLDERS):
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                    args=[ast.Constant(value=str(text)), *_],
                ) if method in METHODS:
                    yield f"{where}:{node.lineno}", re.compile(text, _flags(node)), method


def _flags(call: ast.Call) -> int:
    names = [node.attr for arg in call.args[2:] for node in ast.walk(arg) if isinstance(node, ast.Attribute)]
    return sum(getattr(re, name) for name in names if name in re.RegexFlag.__members__)
