"""Finds the SQL of the hub in its own source: what its modules give to the database."""

import ast
import re
from collections.abc import Iterator
from types import ModuleType

from tests.harness.tree import backend_modules, read

ASKING = {"fetch", "fetch_one", "fetch_value", "fetchrow", "fetchval", "execute", "executemany"}
PLAIN = (
    ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Name, ast.Load, ast.Attribute, ast.BinOp,
    ast.Add, ast.IfExp,
)  # fmt: skip
"""Of this a text is made without doing anything: no call, no subscript."""
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|LOCK|CALL)\b")
BLANK = re.compile(r"\{\w*\}")


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def text_of(expression: ast.expr, module: ModuleType) -> str | None:
    """Give the text that an expression is, where the module's constants alone make it."""
    if not all(isinstance(node, PLAIN) for node in ast.walk(expression)):
        return None
    try:
        text = eval(  # noqa: S307  # our own source, and nothing in it is called
            compile(ast.Expression(expression), module.__name__, "eval"), dict(vars(module))
        )
    except (NameError, AttributeError):
        return None  # made of what only the running function knows
    return text if isinstance(text, str) else None


def asked_in(module: ModuleType) -> Iterator[tuple[str, str | None]]:
    """Give every place of a module that asks the database, and the text, where it can be known."""
    if module.__file__ is None or module.__name__.startswith("backend.schema"):
        return
    name = module.__name__.replace(".", "/")
    file = f"{name}/__init__.py" if module.__file__.endswith("__init__.py") else f"{name}.py"
    for node in ast.walk(ast.parse(read(file))):
        if isinstance(node, ast.Call) and called(node) in ASKING and node.args:
            yield f"{file}:{node.lineno}", text_of(node.args[0], module)


def constants_of(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Give the statements that stand in a module's constants."""
    for name, value in vars(module).items():
        if isinstance(value, str) and STATEMENT.match(value) and not BLANK.search(value):
            yield f"{module.__name__}.{name}", value


def every_statement() -> tuple[dict[str, str], list[str]]:
    """Give each statement by one place where it stands, and the places that cannot be known."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    for module in backend_modules():
        for place, text in asked_in(module):
            if text is None:
                unknown.append(place)
            elif STATEMENT.match(text):
                found.setdefault(text, place)
        if not module.__name__.startswith("backend.schema"):
            for place, text in constants_of(module):
                found.setdefault(text, place)
    return {place: text for text, place in found.items()}, unknown
