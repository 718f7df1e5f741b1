"""`hub serve` keeps its processes running, whatever happens to one of them."""

import asyncio
import sys
from asyncio.subprocess import Process

from backend.cli.supervisor import keep_alive

FOR_EVER = "import signal; signal.pause()"


async def test_a_process_that_cannot_be_started_just_now_is_started_later() -> None:
    stop, started = asyncio.Event(), asyncio.Event()
    tries = 0

    async def start() -> Process:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise BlockingIOError("no more processes")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", FOR_EVER)
        started.set()
        return process

    async with asyncio.timeout(20):
        keeping = asyncio.create_task(keep_alive("worker", start, stop))
        await started.wait()
        stop.set()
        await keeping

    assert tries == 2
