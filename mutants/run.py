"""Runs each mutant's one test in a copy of the work tree; the checkout is never touched."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Final, Literal, TypeVar
from xml.etree import ElementTree as ET

from mutants.mutant import Mutant, NotRunnable

ROOT: Final = Path(__file__).parents[1]
AT_ONCE: Final = 2
PATIENCE: Final = 300.0
"""Seconds for one run of pytest, its engines included."""

Verdict = Literal["seen", "SURVIVED"]
T = TypeVar("T")


async def judge_all(mutants: Sequence[Mutant], folder: Path) -> list[Verdict]:
    """Say of each mutant whether its test saw it, after each test passed on the code as it is.

    Raises:
        NotRunnable: a patch does not apply, or a test does not pass unpatched.
    """
    whole = folder / "whole"
    await copy_work_tree(whole)
    await _must_pass(sorted({mutant.test for mutant in mutants}), whole, folder / "unpatched")
    lanes = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(
        *(_in(lanes, _judge(mutant, whole, folder / mutant.name)) for mutant in mutants)
    )


async def copy_work_tree(to: Path) -> None:
    """Copy what git knows or would know, as it lies there now."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    _, names = await _run(listing, ROOT, {})
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


async def _in(lanes: asyncio.Semaphore, work: Awaitable[T]) -> T:
    async with lanes:
        return await work


async def _must_pass(tests: list[str], whole: Path, folder: Path) -> None:
    shutil.copytree(whole, folder)
    failures, errors, output = await _outcome(tests, folder)
    if failures or errors:
        raise NotRunnable(f"these do not all pass on the code as it is:\n{output[-3000:]}")


async def _judge(mutant: Mutant, whole: Path, folder: Path) -> Verdict:
    shutil.copytree(whole, folder)
    code, said = await _run(["git", "apply", "--whitespace=nowarn", str(mutant.path)], folder, {})
    if code != 0:
        raise NotRunnable(f"{mutant.path.name} does not apply:\n{said}")
    failures, errors, output = await _outcome([mutant.test], folder)
    if errors and not failures:
        raise NotRunnable(f"{mutant.name}: {mutant.test} could not run:\n{output[-3000:]}")
    verdict: Verdict = "seen" if failures else "SURVIVED"
    sys.stderr.write(f"{mutant.name}: {verdict}\n")
    return verdict


async def _outcome(tests: list[str], folder: Path) -> tuple[int, int, str]:
    """Give failures, errors and what pytest said."""
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    _, where = await _run(
        [sys.executable, "-c", "import backend; print(backend.__file__)"], folder, environment
    )
    if where.strip() != f"{folder}/backend/__init__.py":
        raise NotRunnable(f"the copy in {folder} is not what would be imported")
    report = folder / "report.xml"
    code, output = await _run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"--basetemp={folder}/basetemp", f"--junitxml={report}", *tests],
        folder, environment,
    )  # fmt: skip
    if code not in (0, 1):
        raise NotRunnable(f"pytest ended with {code} for {tests}:\n{output[-3000:]}")
    suite = ET.parse(report).getroot()[0]  # noqa: S314  # pytest wrote it just now
    return int(suite.attrib["failures"]), int(suite.attrib["errors"]), output


async def _run(command: list[str], folder: Path, more: dict[str, str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder, env=os.environ | more, start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError as slow:
        os.killpg(process.pid, signal.SIGKILL)
        raise NotRunnable(f"{command[-1]} did not end within {PATIENCE:.0f} s") from slow
    return process.returncode or 0, said.decode(errors="replace")
