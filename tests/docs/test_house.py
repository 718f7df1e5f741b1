"""Habits that would decay if nobody looked: sentences, drawers, excuses, lengths, addresses."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.harness.tree import MIGRATIONS, WRITTEN_BY_MACHINE, files, read

PYTHON = files(".py")
WRITTEN = [name for name in PYTHON if not name.startswith(WRITTEN_BY_MACHINE)]
DRAWERS = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
LOOKED_UP = "docs/what_is_shown.md"
"""A line for each element of FHIR: nobody reads it from its beginning to its end."""
LONGEST = 300
EXCUSE = re.compile(r"#\s*(noqa|type:\s*ignore)\b(?P<rest>.*)")
REASON = re.compile(r"\s\s#\s*\S.{3,}$")
OPENING = re.compile(r"[A-Z`«][^\n]*[.:]")


def sentences(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if not name.endswith("__init__.py"):
            yield name, ast.get_docstring(ast.parse(read(name))) or ""


def lines_with(pattern: re.Pattern[str], names: list[str]) -> list[str]:
    return [
        f"{name}:{n}"
        for name in names
        for n, line in enumerate(read(name).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_every_module_of_the_hub_opens_with_a_sentence() -> None:
    hub = [name for name in WRITTEN if name.startswith("backend/")]

    silent = [
        name for name, said in sentences(hub)
        if not OPENING.match(said)
    ]  # fmt: skip

    assert silent == []


def test_every_init_file_is_empty() -> None:
    assert [name for name in PYTHON if name.endswith("__init__.py") and read(name)] == []


def test_nothing_is_kept_in_a_drawer() -> None:
    parts = {name: set(re.split(r"[/.]", name)) for name in files()}

    assert [name for name in parts if parts[name] & DRAWERS] == []


def test_every_excuse_has_its_reason_on_its_line() -> None:
    bare = [
        f"{name}:{n}"
        for name in PYTHON
        for n, line in enumerate(read(name).splitlines(), start=1)
        if (excuse := EXCUSE.search(line)) and not REASON.search(excuse["rest"])
        if not name.startswith(WRITTEN_BY_MACHINE)
    ]

    assert bare == []


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {name: read(name).count("\n") for name in files(".py", ".md", ".sh", ".yaml")}

    long = [name for name, lines in lengths.items() if lines > LONGEST]

    borne = (*WRITTEN_BY_MACHINE, MIGRATIONS, LOOKED_UP)
    assert [name for name in long if not name.startswith(borne)] == []


@pytest.mark.parametrize(
    "address",
    [
        "pypi" + ".org",
        "python" + "hosted.org",
        "registry." + "npmjs.org",
        "/" + "work/",
        "/" + "root/",
        "/" + "home/",
        "/" + "Users/",
    ],
)
def test_no_file_names_a_registry_or_somebodys_machine(address: str) -> None:
    text = [name for name in files() if not name.endswith((".png", ".ico"))]

    assert lines_with(re.compile(rf"(?<![\w.]){re.escape(address)}"), text) == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")

    assert (
        lines_with(later, [each for each in files() if not each.startswith(WRITTEN_BY_MACHINE)])
        == []
    )
