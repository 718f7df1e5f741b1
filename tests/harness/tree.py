"""What the tests about documents and habits look at: files as git knows them, modules, errors."""

import importlib
import pkgutil
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType

import backend
from backend.core.errors import HubError

ROOT = Path(__file__).parents[2]
WRITTEN_BY_MACHINE = ("requirements/", "mobile_contracts/", "docs/schema.sql")
MIGRATIONS = "backend/schema/migrations/"
"""Piccolo writes them: a table at full length, with a stub of each table that it refers to."""


@cache
def files(*endings: str) -> list[str]:
    """List what git tracks, where the tree is a checkout; else all that is there."""
    listed = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    names = listed.stdout.splitlines() or [
        path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if ".venv" not in path.parts
    ]
    return [name for name in names if name.endswith(endings or "") and (ROOT / name).is_file()]


def read(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def backend_modules() -> list[ModuleType]:
    """Import every module of the hub that is not a migration."""
    found = pkgutil.walk_packages(backend.__path__, "backend.")
    return [importlib.import_module(each.name) for each in found if ".migrations" not in each.name]


def hub_errors() -> list[type[HubError]]:
    """List every kind of HubError there is, once all modules are imported."""
    assert backend_modules()
    found: list[type[HubError]] = []
    waiting: list[type[HubError]] = [HubError]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        found += kinds
        waiting += kinds
    return [each for each in dict.fromkeys(found) if each.__module__.startswith("backend.")]
