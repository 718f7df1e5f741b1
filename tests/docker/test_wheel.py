"""The wheel that docker/Dockerfile installs holds every module and data file of the tree."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.harness.tree import ROOT, files

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
"""What pip and uv ask of the build backend; nothing is fetched for it."""


def built(folder: Path, tracked: set[str]) -> Path:
    """Build the wheel from a copy of these files, so that nothing else can get into it."""
    source = folder / "source"
    for name in ["pyproject.toml", *tracked]:
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=source, check=True, capture_output=True
    )
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.mark.processes
def test_the_wheel_holds_what_the_tree_holds(tmp_path: Path) -> None:
    tracked = {name for name in files() if name.startswith("backend/")}

    with ZipFile(built(tmp_path, tracked)) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("backend/")}

    assert packed == tracked
