"""What the Slack channel does with its SDK, read from its source: the manifest must ask for that, and for no more."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from slack_sdk.web.async_client import AsyncWebClient

from tests import source

FOLDER = "channels/slack"
APP = ("app", "_app", "bolt")  # what the SDK's application is called
REVOKED = "enable_token_revocation_listeners"  # bolt's own listeners


@cache
def sdk_methods() -> dict[str, str]:
    """The names of the SDK's calls, as Slack names them."""
    calls = re.split(r"\n    async def ", inspect.getsource(AsyncWebClient))[1:]
    found = {call.partition("(")[0]: re.search(r'api_call\(\s*"([\w.]+)"', call) for call in calls}
    return {name: match[1] for name, match in found.items() if match}


def methods() -> set[str]:
    """Every method of the Web API that is called: by the SDK's function, or by its name."""
    known, named = sdk_methods(), set(sdk_methods().values())
    called = {known[node.attr] for node in _nodes() if isinstance(node, ast.Attribute) and node.attr in known}
    written = {node.value for node in _nodes() if isinstance(node, ast.Constant) and node.value in named}
    return called | {str(name) for name in written}


def events() -> set[str]:
    """Every type of event that is listened to."""
    revoked = any(isinstance(node, ast.Attribute) and node.attr == REVOKED for node in _nodes())
    return set(registered("event")) | ({"tokens_revoked", "app_uninstalled"} if revoked else set())


def registered(kind: str) -> Iterator[str]:
    """What is registered as `app.KIND(…)`: a type, a callback id, or the pattern that it is matched with."""
    for where, tree in source.trees(FOLDER):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_registration(node.func, kind):
                yield from _said(node.args[0], where)


def serves(path: str) -> bool:
    """Whether the channel has a route of that path."""
    return any(isinstance(node, ast.Constant) and node.value == path for node in _nodes())


def _is_registration(called: ast.expr, kind: str) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == kind and _name(called.value) in APP


def _said(argument: ast.expr, where: str) -> Iterator[str]:
    """A name that is written there or kept in a constant, the `type` or `callback_id` of a constraint, or a pattern."""
    match argument:
        case ast.Constant(value=str() as name):
            yield name
        case ast.Name() | ast.Attribute():
            yield str(_kept(argument, importlib.import_module(where.removesuffix(".py").replace("/", "."))))
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("type", "callback_id"):
                    yield from _said(value, where)
        case _:
            yield ast.unparse(argument)


def _kept(node: ast.expr, module: ModuleType) -> object:
    if isinstance(node, ast.Attribute):
        return getattr(_kept(node.value, module), node.attr)
    assert isinstance(node, ast.Name)
    return getattr(module, node.id)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _nodes() -> Iterator[ast.AST]:
    for _, tree in source.trees(FOLDER):
        yield from ast.walk(tree)
