"""Runs the real `hub import` over the FHIR files of a folder."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from typer import echo

ENDINGS = ("*.json", "*.ndjson")


async def imported(folder: Path, code: str) -> list[str]:
    """Import it for a facility; give what the command complains of, nothing where all went well.

    What else lies there, as a licence does, is no file of a hospital: the command would name it.
    """
    with TemporaryDirectory(prefix="hub-import-") as only:
        _link(folder, Path(only))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend.cli.main", "import", only, "--facility-code", code,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, complained = await process.communicate()
    echo(said.decode())
    if process.returncode == 0:
        return []
    return [f"hub import exited {process.returncode}", *complained.decode().splitlines()[-5:]]


def _link(folder: Path, into: Path) -> None:
    for ending in ENDINGS:
        for file in folder.glob(ending):
            (into / file.name).symlink_to(file)
