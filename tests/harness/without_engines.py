"""A plugin of pytest that runs only tests which need no process but pytest's own.

It leaves out each test whose fixtures start the engines, and each test marked `processes`. Whatever
starts a process all the same fails there, so that neither list can go stale unnoticed.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ENGINES = "servers"
"""The fixture through which every other one comes to an engine."""

STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"}
"""What Python tells its auditors when a process begins."""

MAY_START = {"git"}
"""Lists the files of the tree, for the tests that read them."""


class ProcessStarted(Exception):
    """A test that `make test-fast` runs started a process; mark it `processes`."""


def needs_processes(fixtures: Sequence[str], marks: Sequence[str]) -> bool:
    return ENGINES in fixtures or "processes" in marks


def refuse(event: str, details: Sequence[Any]) -> None:
    """Raise when a process begins.

    Raises:
        ProcessStarted: with the program.
    """
    if event in STARTS and _program(details) not in MAY_START:
        raise ProcessStarted(event, _program(details))


def _program(details: Sequence[Any]) -> str:
    first = details[0] if details else ""
    return Path(first).name if isinstance(first, str | Path) else ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        marks = [mark.name for mark in item.iter_markers()]
        needs = needs_processes(getattr(item, "fixturenames", ()), marks)
        (left_out if needs else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
    sys.addaudithook(refuse)  # here, as the process that starts xdist's workers collects nothing
