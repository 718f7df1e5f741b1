"""The hooks of git: which subjects of a commit pass, and that they are there to be run."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.harness.tree import ROOT

HOOKS = ROOT / ".githooks"

pytestmark = pytest.mark.processes


def refusal(message: str, folder: Path) -> str:
    """Give what the hook says against a message, or nothing."""
    path = folder / "COMMIT_EDITMSG"
    path.write_text(message)
    said = subprocess.run([HOOKS / "commit-msg", path], check=False, capture_output=True, text=True)
    assert (said.returncode == 0) == (said.stderr == "")
    return said.stderr


@pytest.mark.parametrize(
    "message",
    [
        "records: take 'tomorrow' from the hospital's time zone",
        "auth/sign_in: close a code after five wrong guesses\n\nWhy: ...\n",
        "schema, records: name the policies after what they hold\n# a comment of git\n",
        "docs: " + "x" * 66,
        "docs: " + "ệ" * 66,
        "Merge branch 'schema'",
        'Revert "docs: say less"',
        "fixup! docs: say less",
    ],
)
def test_a_subject_with_an_area_passes(message: str, tmp_path: Path) -> None:
    assert refusal(message, tmp_path) == ""


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", "area: what changes"),
        ("Say tomorrow by the day of the people here", "area: what changes"),
        ("Records: take tomorrow from the time zone", "area: what changes"),
        ("records:take tomorrow from the time zone", "area: what changes"),
        ("records: ", "area: what changes"),
        ("records: take tomorrow from the time zone.", "area: what changes"),
        ("docs: " + "x" * 67, "73 characters"),
        ("docs: say less\nand more", "An empty line"),
    ],
)
def test_any_other_subject_is_refused(message: str, said: str, tmp_path: Path) -> None:
    assert said in refusal(message, tmp_path)


def test_every_hook_can_be_run() -> None:
    hooks = sorted(HOOKS.iterdir())

    assert [each.name for each in hooks] == ["commit-msg", "pre-commit"]
    assert all(os.access(each, os.X_OK) for each in hooks)


def test_what_a_hook_runs_make_check_runs_too() -> None:
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    hook = (HOOKS / "pre-commit").read_text()

    for tool in ("ruff check", "ruff format --check", "lint-imports"):
        assert tool in hook
        assert tool in check
