"""Wrong tries lock a name where they come from, and never where its owner signs in."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient, Response

from backend.support.staff.sign_in_tries import MOST_PLACES, TRIES, TRIES_ELSEWHERE
from backend.support.staff.staff import NewStaff, all_staff, reset_staff
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.support.makers import an_agent, code_of

DESK = "198.51.100.10"
HOME = "203.0.113.20"
A_STEP = timedelta(seconds=60)
"""After which there is another code: each works once."""


async def tries(
    proxied: AsyncClient, person: NewStaff, place: str, *, password: str = "", name: str = ""
) -> Response:
    said = {
        "name": name or person.name,
        "password": password or person.password,
        "totp": code_of(person),
    }
    return await proxied.post("/support/v1/sign-in", json=said, headers={"X-Forwarded-For": place})


async def fails(proxied: AsyncClient, person: NewStaff, place: str, times: int) -> None:
    for _ in range(times):
        answer = await tries(proxied, person, place, password="a wrong password")
        assert answer.status_code == 401


async def test_five_wrong_ones_from_elsewhere_leave_the_right_one_in(proxied: AsyncClient) -> None:
    hoa = await an_agent()
    await fails(proxied, hoa, HOME, TRIES)

    assert (await tries(proxied, hoa, HOME)).status_code == 401
    assert (await tries(proxied, hoa, DESK)).status_code == 200


async def test_a_place_where_they_signed_in_before_stays_open_while_a_crowd_tries_the_name(
    proxied: AsyncClient, time_moves: Travel, database: Database
) -> None:
    hoa = await an_agent()
    assert (await tries(proxied, hoa, DESK)).status_code == 200
    for n in range(30):
        await fails(proxied, hoa, f"203.0.113.{n}", 1)

    async with time_moves(A_STEP):
        new_place = await tries(proxied, hoa, "192.0.9.9")
        at_the_desk = await tries(proxied, hoa, DESK)

    assert (new_place.status_code, at_the_desk.status_code) == (401, 200)
    assert await alarms(database) == ["staff.guessed"]
    async with time_moves(timedelta(hours=1) + A_STEP):
        assert (await tries(proxied, hoa, "192.0.9.9")).status_code == 200


async def test_a_crowd_has_twenty_tries_in_an_hour_however_many_places_it_has(
    proxied: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()

    await asyncio.gather(
        *(fails(proxied, hoa, f"203.0.113.{n}", 1) for n in range(TRIES_ELSEWHERE + 10))
    )

    assert (
        await database.owner.fetchval(
            "SELECT failures FROM staff_place WHERE network = 'elsewhere'"
        )
        == TRIES_ELSEWHERE
    )
    assert (await tries(proxied, hoa, HOME)).status_code == 401


async def test_a_known_place_still_locks_itself_after_five(
    proxied: AsyncClient, time_moves: Travel
) -> None:
    hoa = await an_agent()
    assert (await tries(proxied, hoa, DESK)).status_code == 200
    await fails(proxied, hoa, DESK, TRIES)

    async with time_moves(A_STEP):
        assert (await tries(proxied, hoa, DESK)).status_code == 401
    async with time_moves(timedelta(minutes=16)):
        assert (await tries(proxied, hoa, DESK)).status_code == 200


async def test_three_places_in_an_hour_raise_the_alarm_and_two_do_not(
    proxied: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()
    await fails(proxied, hoa, HOME, 1)
    await fails(proxied, hoa, DESK, 1)
    after_two = await alarms(database)

    await fails(proxied, hoa, "192.0.9.9", 1)

    assert (after_two, await alarms(database)) == ([], ["staff.guessed"])


async def test_addresses_of_one_household_are_one_place(proxied: AsyncClient) -> None:
    hoa = await an_agent()
    for n in range(TRIES):
        await fails(proxied, hoa, f"2001:db8:1:2::{n}", 1)

    assert (await tries(proxied, hoa, "2001:db8:1:2::ffff")).status_code == 401
    assert (await tries(proxied, hoa, "2001:db8:1:3::1")).status_code == 200


async def test_who_claims_to_come_through_a_proxy_of_ours_is_not_believed(
    client: AsyncClient,
) -> None:
    hoa = await an_agent()
    for n in range(TRIES):
        await fails(client, hoa, f"203.0.113.{n}", 1)

    assert (await tries(client, hoa, DESK)).status_code == 401


async def test_a_name_that_nobody_has_writes_what_a_known_one_does_and_answers_alike(
    proxied: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()
    known = await tries(proxied, hoa, HOME, password="a wrong password")
    rows = "SELECT count(*) FROM staff_place"
    after_known = await database.owner.fetchval(rows)
    unknown = await tries(proxied, hoa, DESK, name="nobody")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert await database.owner.fetchval(rows) == 2 * after_known


async def test_sixty_names_that_nobody_has_share_a_few_rows(
    proxied: AsyncClient, database: Database
) -> None:
    hoa = await an_agent()
    for n in range(60):
        await tries(proxied, hoa, HOME, name=f"nobody-{n}")

    assert await database.owner.fetchval("SELECT count(*) FROM staff_place") <= 2 * 16


async def test_a_reset_opens_the_name_everywhere(proxied: AsyncClient, database: Database) -> None:
    hoa = await an_agent()
    for n in range(TRIES_ELSEWHERE + 1):
        await fails(proxied, hoa, f"203.0.113.{n}", 1)

    again = await reset_staff(hoa.name)

    assert (await tries(proxied, again, HOME)).status_code == 200


async def test_the_list_of_staff_says_who_is_locked_somewhere(proxied: AsyncClient) -> None:
    hoa = await an_agent()
    await fails(proxied, hoa, HOME, TRIES)

    assert (await all_staff())[0]["state"] == "locked"


@pytest.mark.parametrize("place", [HOME, DESK])
async def test_a_code_works_once_at_every_place(proxied: AsyncClient, place: str) -> None:
    hoa = await an_agent()
    assert (await tries(proxied, hoa, DESK)).status_code == 200

    assert (await tries(proxied, hoa, place)).status_code == 401


@pytest.mark.parametrize("name", ["", "nobody-has-this-name"])
async def test_a_crowd_of_many_places_makes_no_row_for_each(
    proxied: AsyncClient, database: Database, time_moves: Travel, name: str
) -> None:
    hoa = await an_agent()
    await tries(proxied, hoa, HOME, password="a wrong password", name=name)
    await database.owner.execute(
        "INSERT INTO staff_place (id, about, network, failures, begun_at)"
        " SELECT uuidv7(), about, '2001:db8:0:' || n || '::', 1, hub_clock()"
        " FROM staff_place, generate_series(1, $1) n WHERE network = $2",
        MOST_PLACES, HOME,
    )  # fmt: skip
    before = await database.owner.fetchval("SELECT count(*) FROM staff_place")

    for n in range(10):
        await tries(proxied, hoa, f"203.0.113.{n}", password="a wrong password", name=name)

    after = await database.owner.fetchval("SELECT count(*) FROM staff_place")
    assert after - before == 1
    async with time_moves(timedelta(hours=1) + A_STEP):
        assert (await tries(proxied, hoa, DESK)).status_code == 200
    async with time_moves(timedelta(hours=1) + 2 * A_STEP):
        await fails(proxied, hoa, "203.0.113.99", TRIES)
        assert (await tries(proxied, hoa, DESK)).status_code == 200
