import pytest
from httpx import AsyncClient

from backend.support.staff.staff import UnknownStaff, all_staff, disable_staff, reset_staff
from tests.conftest import Database
from tests.harness.support.makers import a_desk, a_facility, an_agent, signs_in


async def test_who_is_disabled_is_out_at_the_next_request_and_does_not_come_back(
    client: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()
    desk = await a_desk(client, hoa)

    await disable_staff("hoa")

    assert (await desk.finds_lan()).status_code == 401
    assert (await signs_in(client, hoa)).status_code == 401
    row = await database.owner.fetchval(
        "SELECT subject FROM audit_event WHERE action = 'support.staff_disabled'"
    )
    assert row == hoa.id


async def test_who_is_reset_comes_in_with_the_new_password_only_and_to_no_old_session(
    client: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()
    desk = await a_desk(client, hoa)
    await disable_staff("hoa")

    again = await reset_staff("hoa")

    assert (again.id, again.name) == (hoa.id, hoa.name)
    assert (await signs_in(client, hoa)).status_code == 401
    assert (await signs_in(client, again)).status_code == 200
    assert (await desk.finds_lan()).status_code == 401


async def test_a_reset_lifts_a_lock(client: AsyncClient, database: Database) -> None:
    hoa = await an_agent()
    for _ in range(5):
        await signs_in(client, hoa, password="a wrong password")
    assert [each["state"] for each in await all_staff()] == ["locked"]

    again = await reset_staff("hoa")

    assert (await signs_in(client, again)).status_code == 200


async def test_the_list_says_who_works_where_and_shows_no_secret(database: Database) -> None:
    hoa = await an_agent(facility=await a_facility(database))
    await an_agent("tu", role="operator")
    await disable_staff("tu")

    listed = await all_staff()

    assert listed == [
        {"name": "hoa", "role": "agent", "facility": "79001", "state": "active"},
        {"name": "tu", "role": "operator", "facility": "", "state": "disabled"},
    ]
    assert hoa.password not in repr(hoa)


async def test_nobody_is_not_disabled_and_not_reset(database: Database) -> None:
    with pytest.raises(UnknownStaff):
        await disable_staff("nobody")
    with pytest.raises(UnknownStaff):
        await reset_staff("nobody")
