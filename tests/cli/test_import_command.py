"""`hub import` says in words and by its exit code what it took in, left out, refused or stopped."""

import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process, create_subprocess_exec
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.harness.makers import a_facility

pytestmark = pytest.mark.processes

PATIENT = {"resourceType": "Patient", "name": [{"text": "Đỗ Văn Thử"}]}


def patients(*ids: str) -> bytes:
    return b"".join(json.dumps(PATIENT | {"id": each}).encode() + b"\n" for each in ids)


async def started(folder: Path, database: Database) -> Process:
    environment = {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
    }
    return await create_subprocess_exec(
        Path(sys.executable).with_name("hub"), "import", str(folder), env=environment,
        stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip


async def end(process: Process) -> tuple[int, str]:
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def counts(said: str) -> list[str]:
    """Give the numbers that stand in the table's line of patients."""
    line = next(line for line in said.splitlines() if "│ Patient" in line)
    return [cell.strip() for cell in line.split("│")[2:-1]]


@pytest.mark.parametrize(
    ("more", "exits", "words"),
    [
        ({}, 0, "2 messages, 0 refused, 0 files left out"),
        ({"c.json": b"{"}, 1, "refused: c.json: unreadable_file"),
        ({"old.xml": b"<Patient/>"}, 1, "left out: old.xml"),
    ],
    ids=["all", "refused", "left out"],
)
async def test_the_exit_code_says_whether_everything_came_in(
    database: Database, tmp_path: Path, more: dict[str, bytes], exits: int, words: str
) -> None:
    for name, raw in {"a.ndjson": patients("p1", "p2"), **more}.items():
        (tmp_path / name).write_bytes(raw)
    await a_facility(database)

    code, said = await end(await started(tmp_path, database))

    assert code == exits
    assert words in said
    assert counts(said) == ["2", "0", "0", "0", "0"]
    code, said = await end(await started(tmp_path, database))
    assert (code, counts(said)) == (exits, ["0", "0", "2", "0", "0"])


async def test_ctrl_c_ends_it_after_the_piece_in_hand_and_the_next_run_goes_on(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_bytes(patients("p1", "p2"))
    (tmp_path / "b.ndjson").write_bytes(patients("p3"))

    await a_facility(database)

    async with database.owner.transaction():
        await database.owner.execute("LOCK TABLE received_event IN SHARE MODE")
        process = await started(tmp_path, database)
        while not await database.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            continue
        process.send_signal(signal.SIGINT)  # its first piece is in hand, and waits
    code, said = await end(process)

    assert (code, counts(said)) == (130, ["1", "0", "0", "0", "0"])
    assert "stopped: run it again, and it goes on where it was" in said
    code, said = await end(await started(tmp_path, database))
    assert (code, counts(said)) == (0, ["2", "0", "1", "0", "0"])
