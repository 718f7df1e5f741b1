"""The rooms: how much a folder holds, how small a module may be, and what a file's name means."""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain

import grimp
import pytest

from tests.harness.tree import WRITTEN_BY_MACHINE, files, read

LEFT_OUT = ("backend/schema/migrations/",)
"""Folders whose modules these tests do not count: a history grows, a room does not."""
MOST_MODULES = 15
SMALL = 25
"""Lines below which a module with one importer belongs to its importer."""
REASONS = {
    "backend.bench.bare.bares": "loaded in the process of a bare comparator, never in production",
    "backend.intake.waiting_alarm": "a duty of the worker: its neighbours take messages in",
    "backend.records.summary.narrative": "the one place that writes markup, and escapes it",
    "backend.records.sync.tombstones": "a duty of the worker: its neighbours only read",
}
"""Small modules with one importer, and why each is a module."""
OWN_HELPERS = (
    "tests/alike/", "tests/any_order/", "tests/crash/", "tests/docker/", "tests/growth/",
    "tests/matrix/",
    "tests/planted_rows/", "tests/schema/",
    "tests/story/",
    "tests/timing/",
)  # fmt: skip
"""Folders of tests that form one thing: their helpers stand beside them, and serve nobody else."""
ROUTES = {"get", "post", "put", "patch", "delete", "head", "route", "asgi", "websocket"}

HUB = [
    name for name in files(".py")
    if name.startswith("backend/") and not name.startswith((*WRITTEN_BY_MACHINE, *LEFT_OUT))
]  # fmt: skip
MODULES = [name for name in HUB if not name.endswith("__init__.py")]
TESTS = [name for name in files(".py") if name.startswith("tests/")]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("backend", cache_dir=None)


def dotted(name: str) -> str:
    return name.removesuffix(".py").replace("/", ".")


@cache
def imported(name: str) -> set[str]:
    """List the modules and names that a file imports, dotted."""
    found = [node for node in ast.walk(ast.parse(read(name))) if isinstance(node, ast.ImportFrom)]
    return set(chain.from_iterable(
        (str(node.module), *(f"{node.module}.{each.name}" for each in node.names)) for node in found
    ))  # fmt: skip


def has_routes(name: str) -> bool:
    """Say whether a module of the hub holds a Litestar controller or route handler."""
    return makes_routes(ast.parse(read(name)))


def makes_routes(tree: ast.Module) -> bool:
    bases = chain.from_iterable(
        node.bases for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    if any(ast.unparse(base).endswith("Controller") for base in bases):
        return True
    handlers = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "litestar"
        for each in node.names
        if each.name in ROUTES
    }
    return bool(handlers)


def test_a_folder_of_the_hub_holds_at_most_fifteen_modules() -> None:
    numbered = ("backend/schema/migrations/",)
    held = Counter(name.rpartition("/")[0] for name in MODULES if not name.startswith(numbered))

    assert {folder: count for folder, count in held.items() if count > MOST_MODULES} == {}


def test_a_small_module_with_one_importer_has_a_reason(imports: grimp.ImportGraph) -> None:
    small = {
        dotted(name)
        for name in MODULES
        if read(name).count("\n") < SMALL
        and len(imports.find_modules_that_directly_import(dotted(name))) == 1
    }

    assert small == set(REASONS)


def test_whoever_serves_routes_is_named_so() -> None:
    others = [name for name in MODULES if not name.startswith("backend/bench/")]

    assert [name for name in others if has_routes(name) and not name.endswith("_api.py")] == []


@pytest.mark.parametrize(
    "code",
    [
        "from litestar import get",
        "from litestar.handlers import post as answer",
        "import litestar\nclass Mine(litestar.Controller): ...",
        "class Mine(Controller): ...",
        "class Mine(_RecordController): ...",
    ],
)
def test_routes_are_seen_however_they_are_written(code: str) -> None:
    assert makes_routes(ast.parse(code))


def test_a_role_has_one_file_name_in_its_folder() -> None:
    beside = [name for name in MODULES if name.endswith(("_tables.py", "_guards.py"))]
    twice = [
        name
        for name in MODULES
        if name.endswith("_rules.py") and f"{name.rpartition('/')[0]}/rules.py" in MODULES
    ]

    assert beside + twice == []


def test_every_module_of_rules_is_held_to_be_pure() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    pure = next(each for each in contracts if each["name"].startswith("Rules are pure"))

    rules = {dotted(name) for name in MODULES if name.endswith("_rules.py")}

    assert "backend.**.rules" in pure["source_modules"]
    assert rules <= set(pure["source_modules"])


def test_every_folder_of_modules_is_a_package() -> None:
    python = [name for name in files(".py") if name.startswith(("backend/", "tests/"))]
    parts = {name.rpartition("/")[0] for name in python}

    folders = set(chain.from_iterable(above(folder) for folder in parts))

    assert [each for each in sorted(folders) if f"{each}/__init__.py" not in python] == []


def above(folder: str) -> Iterator[str]:
    """Give a folder and those that hold it."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def test_no_test_imports_from_a_module_of_tests() -> None:
    borrowed = {name: {each for each in imported(name) if ".test_" in each} for name in TESTS}

    assert {name: those for name, those in borrowed.items() if those} == {}


def test_helpers_of_tests_stand_in_the_harness_or_beside_the_tests_they_serve() -> None:
    tests = ("test_", "conftest.py", "__init__.py")
    helpers = [name for name in TESTS if not name.rpartition("/")[2].startswith(tests)]
    astray = [name for name in helpers if not name.startswith(("tests/harness/", *OWN_HELPERS))]
    shared = [
        (name, user)
        for name in helpers
        for user in TESTS
        if name.startswith(OWN_HELPERS)
        and not user.startswith(name.rpartition("/")[0])
        and dotted(name) in imported(user)
    ]

    assert astray + shared == []
