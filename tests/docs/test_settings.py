"""Only the settings read the environment, and each of them says what it is for."""

import ast
from collections.abc import Iterator

import pytest

from backend.core.settings import Settings
from tests.harness.tree import WRITTEN_BY_MACHINE, files, read

SETTINGS = ("backend/core/settings.py",)
ALLOWED = {
    "backend/core/subprocesses.py": "a process gets the environment of the one that starts it",
    "backend/schema/migrate.py": "Piccolo takes the name of its configuration from PICCOLO_CONF",
}
"""Who else touches the environment, and why. None of these reads a variable of the hub."""
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


@pytest.fixture
def modules() -> list[str]:
    hub = [name for name in files(".py") if name.startswith("backend/")]
    return [name for name in hub if not name.startswith(WRITTEN_BY_MACHINE)]


def test_only_the_settings_touch_the_environment(modules: list[str]) -> None:
    touching = {name for name in modules if touches_the_environment(ast.parse(read(name)))}

    assert touching - set(SETTINGS) == set(ALLOWED)


def test_only_the_settings_are_made_from_variables(modules: list[str]) -> None:
    making = {name for name in modules if "pydantic_settings" in read(name)}
    by_option = {name for name in modules if "envvar" in read(name)}

    assert making == {name for name in SETTINGS if name in modules}
    assert by_option == set()


def test_every_setting_says_beneath_it_what_it_is_for() -> None:
    fields = list(declared())

    assert sorted(name for name, _ in fields) == sorted(Settings.model_fields)
    assert [name for name, said in fields if not said] == []


def declared() -> Iterator[tuple[str, str]]:
    """Give each field of the settings' classes with the string that follows it."""
    for name in dict.fromkeys(SETTINGS):
        for made in ast.walk(ast.parse(read(name))):
            if isinstance(made, ast.ClassDef):
                yield from fields_of(made)


def fields_of(made: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for node, after in zip(made.body, [*made.body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, string_of(after)


def string_of(node: ast.stmt) -> str:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return ""
    return str(node.value.value).strip()


def touches_the_environment(tree: ast.Module) -> bool:
    return any(
        node.attr in ENVIRONMENT
        if isinstance(node, ast.Attribute)
        else isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and bool(ENVIRONMENT & {each.name for each in node.names})
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['HUB_TIMEZONE']",
        "import os as system\nsystem.getenv('HUB_TIMEZONE')",
        "from os import environ as told\ntold.get('HUB_TIMEZONE')",
    ],
)
def test_reading_the_environment_is_seen_however_it_is_written(code: str) -> None:
    assert touches_the_environment(ast.parse(code))


def test_code_that_only_speaks_of_an_environment_is_left_alone() -> None:
    assert not touches_the_environment(ast.parse("import os\nos.cpu_count()\nhub.environment"))
