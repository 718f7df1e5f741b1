import pytest

from backend.intake.pipeline.failpoints import COMMITTED, UNCOMMITTED
from tests.crash.bundles import a_bundle, make_facility_key
from tests.crash.crashing_hub import CrashingHub
from tests.crash.intake_campaign import die_there
from tests.crash.kills import INTAKE_POINTS, Kills
from tests.crash.stored import look
from tests.harness.processes.failpoints import ANSWER_BEGUN


async def test_an_api_killed_at_each_point_keeps_whole_what_it_said_it_took(
    hub: CrashingHub,
) -> None:
    kills = Kills(hub)
    key = await make_facility_key(hub.owner)
    sent_bundles = [a_bundle() for _ in range(6 * len(INTAKE_POINTS))]

    for n, point in enumerate(INTAKE_POINTS):
        await die_there(kills, point, key, sent_bundles[n :: len(INTAKE_POINTS)])

    stored = await look(hub.owner, sent_bundles)
    assert stored.right, stored.lines()
    assert stored.heard <= stored.whole
    assert stored.resent >= 1
    assert dict(kills.done) == dict.fromkeys(INTAKE_POINTS, 1)


@pytest.mark.parametrize("point", [UNCOMMITTED, COMMITTED, ANSWER_BEGUN])
async def test_an_api_killed_while_its_helper_works_keeps_whole_what_it_said_it_took(
    hub: CrashingHub, point: str
) -> None:
    kills = Kills(hub)
    key = await make_facility_key(hub.owner)
    sent_bundles = [a_bundle(large=True) for _ in range(3)]

    await die_there(kills, point, key, sent_bundles)

    stored = await look(hub.owner, sent_bundles)
    assert stored.right, stored.lines()
    assert stored.heard >= 1
    assert stored.resent >= 1
    assert dict(kills.done) == {point: 1}
