"""No app brings Litestar's own logging: its listener outlives the stream it writes to."""

import ast
from collections.abc import Iterator

from tests.harness.tree import files, read


def apps() -> Iterator[tuple[str, ast.Call]]:
    """Find every call of `Litestar`, however it was imported."""
    for name in files(".py"):
        text = read(name)
        for node in ast.walk(ast.parse(text)) if "Litestar" in text else ():
            if isinstance(node, ast.Call) and _called(node.func) == "Litestar":
                yield f"{name}:{node.lineno}", node


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_quiet(app: ast.Call) -> bool:
    said = [each.value for each in app.keywords if each.arg == "logging_config"]
    return [isinstance(each, ast.Constant) and each.value is None for each in said] == [True]


def test_every_app_leaves_logging_to_the_hub() -> None:
    found = list(apps())

    assert found
    assert [place for place, app in found if not _is_quiet(app)] == []
