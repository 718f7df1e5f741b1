"""`make crash-intake`: hundreds of Bundles while the API is killed at six points around its commit.

Ends with 0 only when every Bundle whose sender read a 200 is stored whole, every other one whole or
not at all, none twice, and every kill that was asked for was made.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.bundles import SentBundle, a_bundle, make_facility_key, send_all
from tests.crash.campaign import LONGEST_SECONDS, running_hub
from tests.crash.kills import INTAKE_POINTS, Kills
from tests.crash.stored import Stored, look

ROUNDS = 5
"""In each one the API is killed once at every point."""
LARGE_SECONDS = 120
"""On top of what the other rounds may take: each API that was killed takes a helper with it."""
LARGE_AT_EACH_POINT = 3
"""Bundles of one more round, which the API's helper takes in."""


async def run(bundles: int) -> int:
    """Give the exit code."""
    began = time.monotonic()
    sent_bundles = [a_bundle() for _ in range(bundles)]
    large = [a_bundle(large=True) for _ in range(LARGE_AT_EACH_POINT * len(INTAKE_POINTS))]
    with tempfile.TemporaryDirectory(prefix="patient-hub-crash-") as folder:
        async with (
            asyncio.timeout(LONGEST_SECONDS + LARGE_SECONDS),
            running_hub(Path(folder)) as hub,
        ):
            kills, key = Kills(hub), await make_facility_key(hub.owner)
            steps = [point for _ in range(ROUNDS) for point in INTAKE_POINTS]
            for n, point in enumerate(steps):
                await die_there(kills, point, key, sent_bundles[n :: len(steps)])
            for n, point in enumerate(INTAKE_POINTS):
                await die_there(kills, point, key, large[n :: len(INTAKE_POINTS)])
            stored = await look(hub.owner, [*sent_bundles, *large])
            await hub.end()
    return _verdict(kills, stored, time.monotonic() - began)


async def die_there(kills: Kills, point: str, key: str, bundles: list[SentBundle]) -> None:
    """Kill the API the first time that a message stands at `point`; everybody else goes on."""
    api = await kills.arm(point)
    async with asyncio.TaskGroup() as together:
        together.create_task(send_all(kills.hub.environment["HUB_PUBLIC_URL"], key, bundles))
        together.create_task(kills.kill_there(api))


def _verdict(kills: Kills, stored: Stored, seconds: float) -> int:
    _say(f"{'point':22}{'hits':>7}{'kills':>7}")
    for point in INTAKE_POINTS:
        _say(f"{point:22}{kills.hub.spawner.passed[point]:>7}{kills.done[point]:>7}")
    for line in stored.lines():
        _say(line)
    wanted = dict.fromkeys(INTAKE_POINTS, ROUNDS + 1)
    right = stored.right and dict(kills.done) == wanted
    verdict = "every 2xx is stored whole, and nothing in part or twice" if right else "FAILED"
    _say(f"{verdict}; {seconds:.0f} s")
    return 0 if right else 1


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # a command speaks to its user


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--bundles", type=int, default=500)
    sys.exit(asyncio.run(run(asked.parse_args().bundles)))
