"""Every mutant still fits the code, and its test is there: what `make mutants` needs to run."""

import ast
import dataclasses
from pathlib import Path

import pytest

from mutants.every import every_mutant
from mutants.mutant import Change, Mutant, NotRunnable, broken_files
from tests.harness.tree import ROOT

MUTANTS = every_mutant()
LINE = Change("some/file.txt", old="one\n", new="two\n")
MUTANT = Mutant(name="example", breaks="nothing", test="none", changes=[LINE])


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code_as_it_is(mutant: Mutant) -> None:
    broken = broken_files(mutant, ROOT)

    for name, text in broken.items():
        assert text != (ROOT / name).read_text()
        if name.endswith(".py"):
            ast.parse(text)  # else its test would fail by a slip of the pen


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_of_a_mutant_is_there(mutant: Mutant) -> None:
    path, _, name = mutant.test.partition("::")

    assert name.partition("[")[0] in functions(ROOT / path)


def functions(path: Path) -> set[str]:
    nodes = ast.parse(path.read_text()).body
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_module_of_the_catalogue_counts() -> None:
    listed = (ROOT / "mutants/catalogue").glob("*.py")

    assert len(MUTANTS) == sum(each.read_text().count("    Mutant(\n") for each in listed)
    assert MUTANTS != []


@pytest.mark.parametrize("text", ["", "ones\n", "one\none\n", " one\n one\n"])
def test_an_old_text_that_stands_there_not_once_is_refused(text: str, tmp_path: Path) -> None:
    tree = tree_with(text, tmp_path)

    with pytest.raises(NotRunnable, match="not once"):
        broken_files(MUTANT, tree)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRunnable, match="there is no"):
        broken_files(MUTANT, tmp_path)


@pytest.mark.parametrize(
    "changes", [[], [dataclasses.replace(LINE, new=LINE.old)], [dataclasses.replace(LINE, old="")]]
)
def test_a_mutant_that_changes_nothing_is_refused(changes: list[Change], tmp_path: Path) -> None:
    tree = tree_with("one\n", tmp_path)

    with pytest.raises(NotRunnable, match="changes nothing"):
        broken_files(dataclasses.replace(MUTANT, changes=changes), tree)


def test_several_changes_of_one_file_hold_together(tmp_path: Path) -> None:
    tree = tree_with("one\nthree\n", tmp_path)
    second = Change(LINE.file, old="three\n", new="four\n")

    broken = broken_files(dataclasses.replace(MUTANT, changes=[LINE, second]), tree)

    assert broken == {LINE.file: "two\nfour\n"}


def tree_with(text: str, folder: Path) -> Path:
    path = folder / LINE.file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return folder
