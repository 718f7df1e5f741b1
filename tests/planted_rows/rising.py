"""Planted rows of charts that rise: by a slip after a day, by a second code after three."""

from uuid import UUID

from backend.core.database import new_id
from tests.harness.makers import a_patient
from tests.harness.support.makers import a_session
from tests.planted_rows.ground import MANY, Ground, Look


async def a_reach_that_cannot_rise(ground: Ground) -> Look:
    tu = ground.tu
    charts = [(await a_patient(ground.database, tu.facility, phone=None)).id for _ in range(MANY)]
    charts.append(tu.id)
    session = await a_session(ground.database, tu.id)
    for chart in charts:
        slip, reach = new_id(), new_id()
        await ground.run(
            "INSERT INTO activation_slip (id, patient, handle, secret_hash, proof, made_by,"
            " expires_at, used_at) VALUES ($1, $2, $3, '', 'card', $1, hub_clock(),"
            " hub_clock() - interval '25 hours')",
            slip, chart, slip.hex[-8:],
        )  # fmt: skip
        await ground.run(
            "INSERT INTO session_chart (id, session, chart, level, proof, slip)"
            " VALUES ($1, $2, $3, 'otp', 'slip', $4)",
            reach, session, chart, slip,
        )  # fmt: skip
    await ground.refuse("UPDATE", "session_chart", f"NEW.chart <> '{tu.id}'")

    async def look() -> str:
        rose = await ground.column("SELECT chart FROM session_chart WHERE level = 'desk'")
        assert rose == {tu.id}
        return f"the reach behind {MANY} is raised; they wait"

    return look


async def _waiting_devices(ground: Ground) -> list[UUID]:
    """As many sessions as a duty takes at once and one more, each with a chart that is due."""
    await ground.run(
        "INSERT INTO session (id, expires_at, refresh_hash)"
        " SELECT uuidv7(), hub_clock() + interval '1 day', int4send(n)"
        " FROM generate_series(0, $1) n",
        MANY,
    )
    await ground.run(
        "INSERT INTO session_chart (session, chart, level, proof, tell_again_at)"
        " SELECT s.id, $1, 'otp-limited', 'code', hub_clock() - interval '1 hour'"
        " FROM session s WHERE s.device IS NULL ORDER BY s.id",
        ground.tu.id,
    )
    rows = await ground.database.owner.fetch(
        "SELECT id FROM session_chart WHERE tell_again_at IS NOT NULL ORDER BY id"
    )
    return [row["id"] for row in rows]


async def a_device_that_cannot_be_told_of(ground: Ground) -> Look:
    charts = await _waiting_devices(ground)
    await ground.refuse("UPDATE", "session_chart", f"NEW.id <> '{charts[-1]}'")

    async def look() -> str:
        told = await ground.column(
            "SELECT id FROM session_chart WHERE tell_again_at IS NULL AND level = 'otp-limited'"
        )
        assert told == {charts[-1]}
        return f"the device behind {MANY} is told of; they wait"

    return look
