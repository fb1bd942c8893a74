"""Message templates written by administrators, in a small and harmless part of Jinja2, over plain data.

The content is checked on the syntax tree: output, attributes, a few filters and `if`. A name refers to data (numbers,
text, lists and tables of them) that is looked up by key only, so that no attribute of a Python object can be reached.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import ChainableUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from engine.errors import BadInput
from engine.parsing.problems import make_printable, quote_text, suggest_known_name

MAX_TEMPLATE_LENGTH = 4000  # characters
MAX_RENDERED_LENGTH = 2000  # characters
MAX_TEMPLATE_DEPTH = 20  # parts inside one another
MAX_TEMPLATE_NUMBER = 10**30  # a number with more digits than this is nobody's
PERSON_TEMPLATE_FIELDS = ("display_name", "first_name", "last_name", "title", "department", "email")

TEMPLATE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "user": PERSON_TEMPLATE_FIELDS,
    "giver": PERSON_TEMPLATE_FIELDS,
    "session": PERSON_TEMPLATE_FIELDS,
    "reward": ("reward", "points", "description"),
    "env": ("year", "month", "month_name", "day", "hour", "date"),
}  # what a message is offered; what is in `args` is known to the reward's own rule

TEMPLATE_NAMES = (*TEMPLATE_FIELDS, "args")

PLAIN_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.And, nodes.Or,
    nodes.Not,
)  # fmt: skip

REFUSED_NODES: Mapping[type[nodes.Node], str] = {
    nodes.For: "loops ({% for %})",
    nodes.Macro: "macros",
    nodes.CallBlock: "macros",
    nodes.Call: "calls, something(…)",
    nodes.Include: "other templates (include)",
    nodes.Import: "other templates (import)",
    nodes.FromImport: "other templates (import)",
    nodes.Extends: "other templates (extends)",
    nodes.Block: "blocks",
    nodes.Assign: "variables ({% set %})",
    nodes.AssignBlock: "variables ({% set %})",
    nodes.Test: "tests (is …)",
    nodes.BinExpr: "arithmetic",
    nodes.UnaryExpr: "arithmetic",
    nodes.Concat: "joined text (~)",
    nodes.Literal: "lists and tables",
    nodes.FilterBlock: "blocks",
    nodes.With: "variables ({% with %})",
}


class AbsentValue(ChainableUndefined):
    """An unknown attribute. It renders as an empty string, and so does every attribute of it."""

    __slots__ = ()


def _text(value: Any) -> Any:
    """Return what `{{ value }}` shows: list items joined by commas, and an empty string for None or a table."""
    if value is None or isinstance(value, Mapping) or (isinstance(value, int) and abs(value) > MAX_TEMPLATE_NUMBER):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value if isinstance(item, str | int | float))
    return value


def _rounded(value: Any, digits: int = 0) -> Any:
    if not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        return value
    return round(value, digits) if digits else round(value)


def _shortened(value: Any, length: int) -> str:
    words = str(_text(value))
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


TEMPLATE_FILTERS: Mapping[str, Callable[..., Any]] = {
    "upper": lambda value: str(_text(value)).upper(),
    "lower": lambda value: str(_text(value)).lower(),
    "title": lambda value: str(_text(value)).title(),
    "capitalize": lambda value: str(_text(value)).capitalize(),
    "trim": lambda value: str(_text(value)).strip(),
    "round": _rounded,
    "truncate": _shortened,
    "default": lambda value, instead: (
        instead if value is None or value == "" or isinstance(value, AbsentValue) else value
    ),
}

FILTER_NUMBER_BOUNDS = {
    "round": (0, 10),
    "truncate": (1, MAX_RENDERED_LENGTH),
}  # the filters whose argument is a number, and its range

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda value, others: value in others,
    "notin": lambda value, others: value not in others,
}


def _compared(value: Any, comparison: str, other: Any) -> bool:
    """Compare two values. Return False if they cannot be compared (a name with a number, a missing value)."""
    try:
        return bool(COMPARISONS[comparison](value, other))
    except (TypeError, UndefinedError):
        return False


class DataOnlySandbox(ImmutableSandboxedEnvironment):
    """A sandbox in which a dot or a bracket only looks up a key in data."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list | tuple) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(name=str(argument))


class _Calm(NodeTransformer):
    """A transformer that replaces comparisons by a filter, which returns an answer where Python would raise."""

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        operand = node.ops[0]
        arguments = [nodes.Const(operand.op), operand.expr]
        return nodes.Filter(node.expr, "compared", arguments, [], None, None, lineno=node.lineno)


TEMPLATE_ENVIRONMENT = DataOnlySandbox(undefined=AbsentValue, finalize=_text, autoescape=False)  # noqa: S701 - plain text; cards escape it
TEMPLATE_ENVIRONMENT.filters = {**TEMPLATE_FILTERS, "compared": _compared}
TEMPLATE_ENVIRONMENT.globals = {}


def check_template(source: str) -> None:
    """Raise BadInput, in a plain sentence, unless `source` is a message that `render` can render."""
    _compiled(source)


def list_unknown_fields(source: str) -> Iterator[str]:
    """Yield a sentence for each field that a message is never offered and that therefore renders empty.

    `source` must have passed `check_template`.
    """
    for name, field in _looked_up(TEMPLATE_ENVIRONMENT.parse(source)):
        known = TEMPLATE_FIELDS.get(name, (field,))
        if field not in known:
            near = suggest_known_name(field, known) or f" (there are {', '.join(known)})"
            yield f"message: {name} has no {quote_text(field)}{near}; it says nothing there"


def _looked_up(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """Yield each (name, field) that the message looks up."""
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        match node:
            case nodes.Getattr(node=nodes.Name(name=str(name)), attr=field):
                yield name, str(field)
            case nodes.Getitem(node=nodes.Name(name=str(name)), arg=nodes.Const(value=field)):
                yield name, str(field)


def render_template(
    source: str,
    *,
    user: Mapping[str, Any],
    giver: Mapping[str, Any] | None,
    reward: Mapping[str, Any],
    args: Mapping[str, Any],
    env: Mapping[str, Any] | None = None,
) -> str:
    """Render the message as text, at most 2000 characters.

    All arguments are plain data; unknown names are empty. `user` is the receiver; `giver` is also called `session`, as
    in older catalogues; `env` describes the moment (`month_name`…). Raises only BadInput, for a source that
    `check_template` refuses.
    """
    giver = giver or {}
    known = {"user": user, "giver": giver, "session": giver, "reward": reward, "args": args, "env": env or {}}
    return _bounded(_compiled(source).generate(known))


def _bounded(pieces: Any) -> str:
    """Join the pieces up to the maximum length. Later pieces are never generated."""
    kept, length = [], 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > MAX_RENDERED_LENGTH:
            return "".join(kept)[: MAX_RENDERED_LENGTH - 1] + "…"
    return "".join(kept)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Template:
    if len(source) > MAX_TEMPLATE_LENGTH:
        raise BadInput(f"a message has at most {MAX_TEMPLATE_LENGTH} characters; this one has {len(source)}")
    try:
        tree = TEMPLATE_ENVIRONMENT.parse(source)
        _examine(tree, 0)
    except TemplateSyntaxError as error:
        raise BadInput(
            f"the message cannot be read (line {error.lineno}): {make_printable(str(error.message)[:200])}"
        ) from None
    except RecursionError:
        raise BadInput("the message has too many parts inside one another") from None
    return TEMPLATE_ENVIRONMENT.from_string(_Calm().visit(tree))


def _examine(node: nodes.Node, depth: int) -> None:
    if depth > MAX_TEMPLATE_DEPTH:
        raise BadInput("the message has too many parts inside one another")
    match node:
        case nodes.Name():
            _name(node)
        case nodes.Getattr():
            _key(node.attr)
        case nodes.Getitem():
            _key(node.arg.value if isinstance(node.arg, nodes.Const) else None)
        case nodes.Filter():
            _filter(node)
        case nodes.Compare():
            if len(node.ops) != 1:
                raise BadInput("a message compares two things at a time")
        case nodes.Const(value=str(text)) if make_printable(text) != text:
            raise BadInput("a message may not hold invisible characters written as \\x… or \\u…")
        case nodes.Const() | nodes.Operand():
            pass
        case _ if not isinstance(node, PLAIN_NODES):
            _refuse(node)
    for child in node.iter_child_nodes():
        _examine(child, depth + 1)


def _refuse(node: nodes.Node) -> NoReturn:
    what = next((words for kind, words in REFUSED_NODES.items() if isinstance(node, kind)), type(node).__name__.lower())
    raise BadInput(f"a message may not use {what}; it has words, {{{{ names }}}}, filters and {{% if %}}")


def _name(node: nodes.Name) -> None:
    if node.ctx != "load" or node.name not in TEMPLATE_NAMES:
        near = suggest_known_name(node.name, TEMPLATE_NAMES)
        raise BadInput(f'a message does not know "{node.name[:60]}"{near}; it knows {", ".join(TEMPLATE_NAMES)}')


def _key(key: Any) -> None:
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise BadInput("a message names what it looks up: user.name, user['name'] or list[0]")
    if isinstance(key, str) and key.startswith("_"):
        raise BadInput(f'a message may not look up "{key[:60]}": names do not begin with an underscore')


def _filter(node: nodes.Filter) -> None:
    if node.name not in TEMPLATE_FILTERS or node.node is None:
        raise BadInput(f'a message has no filter "{node.name[:60]}"; there are {", ".join(TEMPLATE_FILTERS)}')
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise BadInput(f'the filter "{node.name}" takes no named arguments in a message')
    least, most = (1, 1) if node.name in ("default", "truncate") else (0, 1 if node.name == "round" else 0)
    if not least <= len(node.args) <= most:
        raise BadInput(f'the filter "{node.name}" takes {most or "no"} argument{"" if most == 1 else "s"}')
    if node.name in FILTER_NUMBER_BOUNDS and node.args:
        low, high = FILTER_NUMBER_BOUNDS[node.name]
        number = node.args[0].value if isinstance(node.args[0], nodes.Const) else None
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise BadInput(f'the filter "{node.name}" takes a number from {low} to {high}')
