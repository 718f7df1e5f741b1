"""Kills at named points and at any moment: each kill is certain, none is hoped for."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field

from backend.intake.pipeline.failpoints import COMMITTED, FILED, IN_HAND, RECEIVED, UNCOMMITTED
from backend.notifications.failpoints import ANSWERED, CLAIMED, RECEIPT_IN_HAND
from tests.crash.crashing_hub import CrashingHub
from tests.harness.processes.failpoints import ANSWER_BEGUN
from tests.harness.processes.victims import Victim

WORKER_POINTS = (CLAIMED, "before_write", "written", ANSWERED)
POINTS = (*WORKER_POINTS, RECEIPT_IN_HAND)
INTAKE_POINTS = (IN_HAND, RECEIVED, FILED, UNCOMMITTED, COMMITTED, ANSWER_BEGUN)
"""A hospital's message is at one of them when the API that takes it in is killed."""
RANDOM = "at random"
LONGEST_WAIT_MS = 1500


@dataclass
class Kills:
    """Kills the hub's processes and starts others in their place."""

    hub: CrashingHub
    done: Counter[str] = field(default_factory=Counter)

    async def arm(self, point: str) -> Victim:
        """Let a process stop at `point`: one more worker, or the API that all talk to."""
        if point not in WORKER_POINTS:
            victim = next(iter(self.hub.alive("api")), None) or await self.hub.start_api()
        else:
            victim = await self.hub.start_worker()
        await victim.hold(point)
        return victim

    async def kill_there(self, victim: Victim) -> None:
        """Wait until it stands at its point, kill it there, and put an API in an API's place."""
        await victim.held()
        await victim.kill()
        self.done[victim.holding] += 1
        if victim.kind == "api":
            await self.hub.start_api()

    async def kill_somewhere(self) -> None:
        """Kill any worker that is not waiting for its own end, at any moment."""
        await asyncio.sleep(secrets.randbelow(LONGEST_WAIT_MS) / 1000)
        victim = secrets.choice([each for each in self.hub.alive("worker") if not each.holding])
        await victim.kill()
        self.done[RANDOM] += 1
        await self.hub.start_worker()
