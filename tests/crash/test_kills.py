import pytest

from tests.crash.counting import count
from tests.crash.crashing_hub import CrashingHub
from tests.crash.kills import POINTS, Kills

pytestmark = pytest.mark.xdist_group("crash")


async def test_processes_killed_at_each_point_send_each_text_once(hub: CrashingHub) -> None:
    kills = Kills(hub)
    await hub.misbehave(mode="slow", delayMs=100)
    armed = [await kills.arm(point) for point in POINTS]
    await hub.texts_come_due(40)

    for victim in armed:
        await kills.kill_there(victim)
    await hub.start_worker()
    await hub.everything_ends_well()

    counted = await count(hub)
    assert counted.right, counted.lines()
    assert dict(kills.done) == dict.fromkeys(POINTS, 1)
