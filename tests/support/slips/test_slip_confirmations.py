"""What a slip opens rises when a colleague confirms it, or after a quiet day; it is told."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.sessions.slip_rise import raise_slips
from backend.core.settings import load_settings
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.support.counter import a_counter, makes, types
from tests.harness.support.makers import WHY, Desk, a_facility, contact_of, lan


async def level(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT level FROM session_chart WHERE ended_at IS NULL ORDER BY id"
    )
    return [row["level"] for row in rows]


async def confirms(desk: Desk, patient: UUID, slip: str) -> Response:
    await desk.finds_lan()
    return await desk.asks(
        "POST", f"/patients/{patient}/slips/{slip}/confirm", proof="card", reason=WHY
    )


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_a_colleague_confirms_is_desk_whether_it_was_used_before_or_not(
    client: AsyncClient, database: Database, when: str
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    colleague = await a_counter(client, facility, "tu")
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()

    if when == "before":
        assert (await confirms(colleague, patient, slip["slip"])).status_code == 204
    await types(client, slip["activationCode"])
    if when == "after":
        assert await level(database) == ["otp"]
        assert (await confirms(colleague, patient, slip["slip"])).status_code == 204

    assert await level(database) == ["desk"]


async def test_nobody_confirms_their_own_slip(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    answer = await confirms(desk, patient, slip["slip"])

    assert (answer.status_code, answer.json()["code"]) == (409, "own_slip")
    assert await level(database) == ["otp"]


async def test_nobody_confirms_another_charts_slip(client: AsyncClient, database: Database) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, elsewhere = await lan(database, ours), await lan(database, theirs)
    desk, other = await a_counter(client, ours), await a_counter(client, theirs, "tu")
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()

    answers = [
        await confirms(other, chart, number)
        for chart, number in ((elsewhere, slip["slip"]), (elsewhere, str(UUID(int=7))))
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert (await confirms(other, patient, slip["slip"])).status_code == 403


async def test_a_day_without_objection_makes_it_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    async with time_moves(timedelta(hours=23)), database.as_worker():
        assert await raise_slips() == 0
    async with time_moves(timedelta(hours=24, seconds=1)), database.as_worker():
        assert await raise_slips() == 1

    assert await level(database) == ["desk"]


async def test_an_objection_of_the_desk_ends_what_the_slip_opened(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    answer = await desk.asks("DELETE", f"/patients/{patient}/slips")

    assert answer.status_code == 204
    assert await level(database) == []
    again = await confirms(await a_counter(client, facility, "tu"), patient, slip["slip"])
    assert again.status_code == 404
    async with time_moves(timedelta(hours=25)), database.as_worker():
        assert await raise_slips() == 0


async def test_the_owner_hears_of_a_slip_that_is_made(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    await makes(desk, patient)

    told = await database.owner.fetch(
        "SELECT n.patient, d.contact FROM notification n JOIN delivery d ON d.notification = n.id"
        " WHERE n.kind = 'slip.made'"
    )
    assert [tuple(row) for row in told] == [(patient, await contact_of(patient))]


async def test_many_slips_of_one_member_of_staff_in_a_day_raise_an_alarm(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    await makes(desk, patient)
    made_by = await database.owner.fetchval("SELECT made_by FROM activation_slip")
    await database.owner.execute(
        "INSERT INTO activation_slip (id, patient, handle, secret_hash, proof, made_by, created_at,"
        " expires_at) SELECT uuidv7(), $1, n::text, '', 'card', $2, hub_clock(), hub_clock()"
        " FROM generate_series(1, $3) n",
        patient, made_by, load_settings().slips_per_staff_day - 2,
    )  # fmt: skip

    await makes(desk, patient)
    few = await alarms(database)
    answer = await makes(desk, patient)

    assert few == []
    assert answer.status_code == 201
    assert await alarms(database) == ["staff.slips"]
