"""The sandbox as a process of its own: it says where it is, and leaves when it is told to."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from backend.sandbox.app import Files
from tests.sandbox.conftest import ACCOUNT, TOKEN, Patiently, Provider

pytestmark = pytest.mark.processes

PROGRAM = """
import asyncio, sys
from pathlib import Path
from backend.sandbox.app import Files, create_sandbox
from backend.sandbox.serving import serve
files = Files(*map(Path, sys.argv[3:]))
app = create_sandbox(sys.argv[1], sys.argv[2], files=files)
asyncio.run(serve(app, started=lambda url: print(url, flush=True)))
"""
Started = tuple[asyncio.subprocess.Process, Provider]


@pytest.fixture
async def started(
    files: Files, client: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[Started]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, ACCOUNT, TOKEN,
        str(files.service_account), str(files.ledger), str(files.accepted),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert files.service_account
    async with asyncio.timeout(30):
        url = (await process.stdout.readline()).decode().strip()
    yield process, Provider(url, client, files.service_account)
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_a_sandbox_leaves_cleanly_even_while_it_holds_an_answer(
    started: Started, patiently: Patiently
) -> None:
    process, provider = started
    await provider.misbehave(twilio={"mode": "slow", "delayMs": 600_000})
    held = asyncio.create_task(provider.text())

    async def accepted() -> bool:
        return bool(await provider.get("/messages"))

    await patiently(accepted)
    process.send_signal(signal.SIGTERM)

    async with asyncio.timeout(10):
        assert await process.wait() == 0
        assert (await held)[0] == 201


async def test_what_was_counted_is_on_disk_when_the_process_is_killed(
    started: Started, files: Files
) -> None:
    process, provider = started
    await provider.misbehave(twilio={"mode": "accept_then_drop"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await provider.text()

    process.kill()
    await process.wait()

    assert files.ledger
    assert files.accepted
    assert len(files.ledger.read_text().splitlines()) == 1
    assert len(files.accepted.read_text().splitlines()) == 1
