from backend.notifications.failpoints import RECEIPT_IN_HAND
from tests.crash.counting import count
from tests.crash.crashing_hub import CrashingHub
from tests.crash.kills import POINTS, WORKER_POINTS, Kills


async def test_processes_killed_at_each_point_send_each_text_once(hub: CrashingHub) -> None:
    kills = Kills(hub)
    await hub.misbehave(mode="slow", delayMs=100, receipts=False)
    for point in WORKER_POINTS:  # one after the other: a worker claims all that is due
        worker = await kills.arm(point)
        await hub.texts_come_due(6)
        await kills.kill_there(worker)

    await hub.misbehave(receipts=True)
    api = await kills.arm(RECEIPT_IN_HAND)
    await hub.start_worker()
    await hub.texts_come_due(10)
    await kills.kill_there(api)

    await hub.everything_ends_well()

    counted = await count(hub)
    assert counted.right, counted.lines()
    assert dict(kills.done) == dict.fromkeys(POINTS, 1)
