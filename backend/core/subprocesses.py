"""Starts commands of the hub as child processes, and ends them in order."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path


class CommandFailed(Exception):
    """One of the hub's own commands did not succeed."""


STOP_SECONDS = 25.0
"""How long a process may take to finish what is under way."""


async def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    log: Path | None = None,
    inherited: Sequence[int] = (),
    tree: Path | None = None,
) -> Process:
    """Start `hub <command>`; its log goes to the end of `log`, or to ours.

    Args:
        tree: another checkout, set up in its `.venv`, whose command it is.
    """
    output = None if log is None else log.open("ab")
    try:
        return await asyncio.create_subprocess_exec(
            tree / ".venv/bin/python" if tree else sys.executable, "-m", "backend.cli.main",
            *command,
            cwd=tree,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=tuple(inherited),
            start_new_session=True,  # Ctrl-C is for the parent, which ends its children in order
        )  # fmt: skip
    finally:
        if output is not None:
            output.close()


async def output_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run `hub <command>` to its end and give its output.

    Raises:
        CommandFailed: it did not exit with 0; its log says why.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli.main", *command,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    if process.returncode != 0:
        raise CommandFailed(command[0])
    return printed.decode()


async def end(process: Process) -> None:
    """Ask a process to stop, and kill it after `STOP_SECONDS`."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


async def kill(process: Process) -> None:
    """Kill a process at once, as a power cut would."""
    process.kill()
    await process.wait()
