"""`make crash`: hundreds of deliveries under kills at every named point, at random, and a FLUSHALL.

Ends with 0 only when each text arrived exactly once and every kill that was asked for was made.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import httpx

from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import use_ring
from backend.core.redis import close_redis, open_redis, redis
from backend.notifications.failpoints import RECEIPT_IN_HAND
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub
from tests.crash.counting import Count, count
from tests.crash.crashing_hub import CrashingHub
from tests.crash.kills import POINTS, RANDOM, WORKER_POINTS, Kills
from tests.crash.texts import make_facility
from tests.harness.processes.victims import spawning

ROUNDS = 5
"""In each one a process is killed at every named point, and two workers at random."""
RANDOM_A_ROUND = 2
FLUSH_IN_ROUND = 3
LONGEST_SECONDS = 280
THINKING_MS = 150
"""How long the provider takes for an answer, so that many calls are open at any moment."""
SETTINGS = {
    "HUB_LEASE_SECONDS": "2.5",
    "HUB_DOUBT_SECONDS": "0.5",
    "HUB_IN_FLIGHT": "6",
    "HUB_POOL_SIZE": "4",
    "HUB_FCM_SERVICE_ACCOUNT": "",
    "HUB_FIRST_TEXTS_PER_HOUR": "100000",
    "HUB_PREFIX_TEXTS_PER_HOUR": "100000",
    "HUB_PREFIX_TEXTS_PER_DAY": "100000",
}


async def run(deliveries: int) -> int:
    """Give the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="patient-hub-crash-") as folder:
        async with asyncio.timeout(LONGEST_SECONDS), running_hub(Path(folder)) as hub:
            kills = Kills(hub)
            for number in range(1, ROUNDS + 1):
                share = deliveries * number // ROUNDS - deliveries * (number - 1) // ROUNDS
                await _round(kills, number, share)
            with suppress(TimeoutError):  # what is unfinished is counted
                await hub.everything_ends_well()
            counted = await count(hub)
            alarms = hub.log.read_text().count("proven_double")
            await hub.end()
    return _verdict(kills, counted, alarms, time.monotonic() - began)


@asynccontextmanager
async def running_hub(folder: Path) -> AsyncIterator[CrashingHub]:
    async with whole_hub(folder, apis=0, workers=0, settings=SETTINGS) as whole:
        os.environ.update(whole.environment)  # this process seals the numbers it writes down
        open_redis(whole.engines.redis_url)
        owner = await asyncpg.connect(whole.engines.database_url("postgres"))
        use_ring(ring_of(await owner.fetch(LIVE)))
        try:
            await make_facility(owner)
            async with spawning() as spawner, httpx.AsyncClient(base_url=whole.sandbox_url) as http:
                yield CrashingHub(
                    spawner=spawner, environment=whole.environment, roles=_roles(whole),
                    owner=owner, api_socket=whole.api_socket, sandbox=http,
                    log=folder / "hub.log",
                )  # fmt: skip
        finally:
            await owner.close()
            await close_redis()


def _roles(whole: WholeHub) -> dict[str, str]:
    return {kind: whole.engines.database_url(f"hub_{kind}") for kind in ("worker", "api")}


async def _round(kills: Kills, number: int, share: int) -> None:
    last = share // 5
    await _workers_die(kills, share - last, flush=number == FLUSH_IN_ROUND)
    await _an_api_dies(kills, last)
    _say(f"round {number}: {share} came due, {kills.done.total()} kills so far")


async def _workers_die(kills: Kills, share: int, *, flush: bool) -> None:
    """Nothing is receipted meanwhile: what is in doubt must be looked up at the provider."""
    hub = kills.hub
    await hub.misbehave(mode="slow", delayMs=THINKING_MS, receipts=False)
    if not hub.alive("worker"):
        await hub.start_worker()
    armed = [await kills.arm(point) for point in WORKER_POINTS]
    await hub.texts_come_due(share)
    async with asyncio.TaskGroup() as together:
        for victim in armed:
            together.create_task(kills.kill_there(victim))
        together.create_task(_random_kills(kills))
        if flush:
            await redis().flushall()


async def _an_api_dies(kills: Kills, share: int) -> None:
    await kills.hub.misbehave(mode="slow", delayMs=THINKING_MS)
    api = await kills.arm(RECEIPT_IN_HAND)
    await kills.hub.texts_come_due(share)
    await kills.kill_there(api)


async def _random_kills(kills: Kills) -> None:
    for _ in range(RANDOM_A_ROUND):
        await kills.kill_somewhere()


def _verdict(kills: Kills, counted: Count, alarms: int, seconds: float) -> int:
    _say(f"{'barrier':18}{'hits':>7}{'kills':>7}")
    for point in (*POINTS, RANDOM):
        hits = kills.hub.spawner.passed[point] if point != RANDOM else "-"
        _say(f"{point:18}{hits:>7}{kills.done[point]:>7}")
    _say("FLUSHALL                1")
    for line in counted.lines():
        _say(line)
    _say(f"doubles the hub itself alarmed: {alarms}; {seconds:.0f} s")
    wanted = dict.fromkeys(POINTS, ROUNDS) | {RANDOM: ROUNDS * RANDOM_A_ROUND}
    right = counted.right and alarms == 0 and dict(kills.done) == wanted
    _say("each text exactly once" if right else "FAILED")
    return 0 if right else 1


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # a command speaks to its user


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--deliveries", type=int, default=500)
    sys.exit(asyncio.run(run(asked.parse_args().deliveries)))
