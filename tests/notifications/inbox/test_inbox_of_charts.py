"""One inbox over all charts that a session reaches; a report touches the chart that it is about."""

from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.database import new_id
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.reaching import App, Reach, Reaching, ids


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)


async def a_notice(hub: Reaching, chart: UUID) -> UUID:
    made = new_id()
    await hub.database.owner.execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
        " accepted_at, expires_at) SELECT $1, id, facility, 'result.ready', $1, 'routine', 2,"
        " hub_clock(), hub_clock() + interval '1 day' FROM patient WHERE id = $2",
        made, chart,
    )  # fmt: skip
    return made


async def reports(app: App, notice: UUID, said: str) -> int:
    return (await app.sends("POST", f"notifications/{notice}/{said}")).status_code


async def read(hub: Reaching) -> set[UUID]:
    rows = await hub.database.owner.fetch("SELECT id FROM notification WHERE read_at IS NOT NULL")
    return {row["id"] for row in rows}


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_the_newest_of_all_charts_come_first_a_page_at_a_time(
    hub: Reaching, count: int
) -> None:
    charts = [await hub.chart(await hub.facility(f"BV {n}")) for n in range(count)]
    elsewhere = await hub.chart()
    told = [await a_notice(hub, chart) for _ in range(3) for chart in charts]
    await a_notice(hub, elsewhere)
    app = await hub.app(*charts)

    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = (await app.sends("GET", f"notifications?limit=2{cursor}")).json()
        found += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"

    assert ids(found) == told[::-1]
    assert set(ids(found, "chart")) == set(charts)
    assert {each["facility"] for each in found} == {"Bệnh viện Mẫu"}


async def test_a_limited_reach_is_in_it_and_what_was_found_or_ended_is_not(hub: Reaching) -> None:
    weak, found, ended, another = await hub.charts(4)
    own, *_ = [await a_notice(hub, chart) for chart in (weak, found, ended, another)]
    app = await hub.app(Reach(weak, "otp-limited"), Reach(found, "found"), ended)
    await hub.app(another, device=await app.device())
    await hub.database.owner.execute(
        "UPDATE session_chart SET ended_at = hub_clock() WHERE chart = $1", ended
    )

    assert ids(await app.lists("notifications")) == [own]


@pytest.mark.parametrize("said", ["received", "read"])
async def test_only_the_trail_of_the_chart_that_it_is_about_tells_of_a_report(
    hub: Reaching, said: str
) -> None:
    """What somebody does at one hospital is not written where another one's auditor reads."""
    ours, hers = await hub.charts(2)
    notice = await a_notice(hub, hers)
    app = await hub.app(ours, hers)

    assert await reports(app, notice, said) == 204

    assert await hub.rows_of(f"notification.{said}") == [(app.session, hers, "done")]
    assert await read(hub) == ({notice} if said == "read" else set())


@pytest.mark.parametrize("said", ["received", "read"])
async def test_nothing_is_reported_about_a_chart_that_is_not_reached(
    hub: Reaching, said: str
) -> None:
    ours, found, ended, anothers = await hub.charts(4)
    notices = [await a_notice(hub, chart) for chart in (found, ended, anothers)]
    app = await hub.app(ours, Reach(found, "found"), ended)
    await hub.database.owner.execute(
        "UPDATE session_chart SET ended_at = hub_clock() WHERE chart = $1", ended
    )

    answers = [
        await app.sends("POST", f"notifications/{notice}/{said}") for notice in (*notices, new_id())
    ]

    assert all(is_problem(each, 404, "not_found") for each in answers)
    assert await read(hub) == set()


async def test_a_caregiver_reads_and_reports_nothing_in_it(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    father, daughter = await hub.app(his), await hub.app(hers)
    made = await father.sends("POST", "caregivers/invitations", {"scope": "full"})
    code = {"invitationCode": made.json()["invitationCode"]}
    assert (await daughter.sends("POST", "cared-for", code)).status_code == 201
    notice = await a_notice(hub, his)

    assert notice not in ids(await daughter.lists("notifications"))
    assert await reports(daughter, notice, "read") == 404
    assert await read(hub) == set()


async def test_a_discreet_hospitals_notices_show_after_a_step_up_only(hub: Reaching) -> None:
    quiet = await hub.chart(await hub.facility("BV KIN", discreet=True))
    ours = await hub.chart()
    hidden, shown = await a_notice(hub, quiet), await a_notice(hub, ours)
    before = await hub.app(ours, Reach(quiet, "desk", "slip"))
    after = await hub.app(ours, Reach(quiet, "desk", "slip", stepped_up=True))

    assert ids(await before.lists("notifications")) == [shown]
    assert await reports(before, hidden, "read") == 404
    assert ids(await after.lists("notifications")) == [shown, hidden]
