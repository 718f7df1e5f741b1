"""`make test-fast` starts no process, and says so of a test that would."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path

import pytest

from tests.harness.tree import ROOT
from tests.harness.without_engines import ProcessStarted, needs_processes, refuse

FORGETFUL = """
import subprocess
import sys
import pytest

def test_forgets_its_mark() -> None:
    subprocess.run([sys.executable, "-c", "print('it ran')"], check=True)

@pytest.mark.processes
def test_is_left_out() -> None:
    subprocess.run([sys.executable, "-c", "print('it ran')"], check=True)

def test_starts_nothing() -> None:
    pass
"""


@pytest.mark.processes
async def test_a_test_that_forgets_its_mark_fails(tmp_path: Path) -> None:
    forgetful = tmp_path / "test_forgetful.py"
    forgetful.write_text(FORGETFUL)

    process = await create_subprocess_exec(
        sys.executable, "-m", "pytest",
        "-p", "tests.harness.without_engines", "-p", "no:cacheprovider",
        "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, forgetful,
        cwd=ROOT, stdout=PIPE,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()

    assert "ProcessStarted" in said
    assert "1 failed, 1 passed, 1 deselected" in said
    assert "it ran" not in said.splitlines()


def test_what_is_left_out_follows_from_fixtures_and_marks() -> None:
    assert needs_processes(["client", "database", "migrated", "servers"], [])
    assert needs_processes([], ["processes"])
    assert not needs_processes(["app", "tmp_path"], ["parametrize"])


@pytest.mark.parametrize("event", ["subprocess.Popen", "os.posix_spawn", "os.fork", "os.system"])
def test_no_way_to_start_a_process_is_forgotten(event: str) -> None:
    with pytest.raises(ProcessStarted):
        refuse(event, ["initdb"])
