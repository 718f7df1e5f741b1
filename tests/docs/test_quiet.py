"""No app brings Litestar's own logging: its listener outlives the stream it writes to."""

import ast
from collections.abc import Iterator

import pytest

from tests.harness.tree import files, read

MAKERS = {"Litestar", "create_test_client", "create_async_test_client"}


def apps() -> Iterator[tuple[str, ast.Call]]:
    """Find every call of what makes an app, however it was imported."""
    for name in files(".py"):
        text = read(name)
        if "itestar" in text:
            yield from ((f"{name}:{call.lineno}", call) for call in apps_in(ast.parse(text)))


def apps_in(tree: ast.Module) -> list[ast.Call]:
    renamed = {
        each.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.asname and each.name in MAKERS
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if _called(call.func) in {*MAKERS, *renamed}]


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


@pytest.mark.parametrize(
    "code",
    [
        "Litestar()",
        "litestar.Litestar(logging_config=LoggingConfig())",
        "from litestar import Litestar as App\nApp()",
        "create_test_client([route])",
    ],
)
def test_an_app_that_is_not_quiet_is_seen_however_it_is_made(code: str) -> None:
    assert [_is_quiet(app) for app in apps_in(ast.parse(code))] == [False]
