"""Runs each mutant's one test in a copy of the work tree; the checkout is never touched."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final, Literal
from xml.etree import ElementTree as ET

from mutants.mutant import Mutant, NotRunnable, broken_files

ROOT: Final = Path(__file__).parents[1]
AT_ONCE: Final = 2
PATIENCE: Final = 300.0
"""Seconds for one test, its engines included."""
PATIENCE_WITH_ALL: Final = 1800.0
"""Seconds for all tests together on the code as it is."""

Verdict = Literal["seen", "SURVIVED", "NOT RUN"]


async def judge_all(mutants: Sequence[Mutant], folder: Path) -> list[Verdict]:
    """Say of each mutant whether its test saw it, after each test passed on the code as it is.

    Raises:
        NotRunnable: a mutant does not fit the code, or a test does not pass before it.
    """
    whole = folder / "whole"
    await copy_work_tree(whole)
    for mutant in mutants:
        broken_files(mutant, whole)
    tests = sorted({mutant.test for mutant in mutants})
    sys.stderr.write(f"{len(tests)} tests on the code as it is ...\n")
    await _must_pass(tests, whole, folder / "unpatched")
    lanes = asyncio.Semaphore(AT_ONCE)
    so_far = count(1)

    async def judged(mutant: Mutant) -> Verdict:
        async with lanes:
            verdict = await _tried(mutant, whole, folder / mutant.name)
        sys.stderr.write(f"{next(so_far)} of {len(mutants)}  {mutant.name}: {verdict}\n")
        return verdict

    return await asyncio.gather(*(judged(mutant) for mutant in mutants))


async def copy_work_tree(to: Path) -> None:
    """Copy what git knows or would know, as it lies there now."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    _, names = await _run(listing, ROOT, {}, PATIENCE)
    for name in names.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


async def _must_pass(tests: list[str], whole: Path, folder: Path) -> None:
    shutil.copytree(whole, folder)
    several = ["-n", str(AT_ONCE), "--dist", "loadfile"] if len(tests) > 1 else []
    failures, errors, output = await _outcome([*several, *tests], folder, PATIENCE_WITH_ALL)
    if failures or errors:
        raise NotRunnable(f"these do not all pass on the code as it is:\n{output[-3000:]}")


async def _tried(mutant: Mutant, whole: Path, folder: Path) -> Verdict:
    """Judge one; a mutant that cannot run is said, and stops no other."""
    try:
        return await _judge(mutant, whole, folder)
    except NotRunnable as wrong:
        sys.stderr.write(f"{wrong}\n")
        return "NOT RUN"


async def _judge(mutant: Mutant, whole: Path, folder: Path) -> Verdict:
    shutil.copytree(whole, folder)
    for name, text in broken_files(mutant, folder).items():
        (folder / name).write_text(text)
    failures, errors, output = await _outcome([mutant.test], folder, PATIENCE)
    if errors and not failures:
        raise NotRunnable(f"{mutant.name}: {mutant.test} could not run:\n{output[-3000:]}")
    return "seen" if failures else "SURVIVED"


async def _outcome(arguments: list[str], folder: Path, patience: float) -> tuple[int, int, str]:
    """Give failures, errors and what pytest said."""
    environment = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    _, where = await _run(
        [sys.executable, "-c", "import backend; print(backend.__file__)"],
        folder,
        environment,
        PATIENCE,
    )
    if where.strip() != f"{folder}/backend/__init__.py":
        raise NotRunnable(f"the copy in {folder} is not what would be imported")
    report = folder / "report.xml"
    code, output = await _run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"--basetemp={folder}/basetemp", f"--junitxml={report}", *arguments],
        folder, environment, patience,
    )  # fmt: skip
    if code not in (0, 1):
        raise NotRunnable(f"pytest ended with {code} for {arguments}:\n{output[-3000:]}")
    suite = ET.parse(report).getroot()[0]  # noqa: S314  # pytest wrote it just now
    return int(suite.attrib["failures"]), int(suite.attrib["errors"]), output


async def _run(
    command: list[str], folder: Path, more: dict[str, str], patience: float
) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder, env=os.environ | more, start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), patience)
    except TimeoutError as slow:
        os.killpg(process.pid, signal.SIGKILL)
        raise NotRunnable(f"{command[-1]} did not end within {patience:.0f} s") from slow
    return process.returncode or 0, said.decode(errors="replace")
