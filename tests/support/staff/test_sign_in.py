import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.facilities.suspension import resume, suspend
from backend.core.clock import now
from backend.core.database import fetch_value
from backend.core.refusals import PERIOD, close_refusals
from backend.support.staff.staff import NameTaken, UnknownRole, WeakPassword, add_staff
from tests.conftest import Database, Travel
from tests.harness.support.makers import (
    a_desk,
    a_facility,
    an_agent,
    code_of,
    signs_in,
    the_hubs_own,
)


async def test_password_and_code_open_a_session_of_which_only_the_hash_is_kept(
    client: AsyncClient, database: Database
) -> None:
    answer = await signs_in(client, await an_agent())

    assert answer.status_code == 200
    assert answer.json()["expiresIn"] == 900
    assert answer.headers["cache-control"] == "no-store"
    stored = await database.owner.fetchval("SELECT token_hash FROM staff_session")
    assert answer.json()["token"].encode() not in stored
    staff = await database.owner.fetchrow("SELECT password_hash, totp_secret FROM staff")
    assert staff["password_hash"].startswith("$argon2id$")


async def test_every_failure_looks_alike_and_is_written_down(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    hoa = await an_agent()

    answers = [
        await signs_in(client, hoa, password="a wrong password"),
        await signs_in(client, hoa, totp="000000" if code_of(hoa) != "000000" else "111111"),
        await signs_in(client, hoa, totp="sáu số"),
        await signs_in(client, hoa, totp=" - "),
        await signs_in(client, hoa, name="nobody"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    async with time_moves(PERIOD), database.as_worker():
        await close_refusals()
    rows = await database.owner.fetch(
        "SELECT actor IS NULL AS nobody, result, stands_for FROM audit_event"
        " WHERE action = 'support.sign_in' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (False, "wrong_sign_in", 1), (True, "wrong_sign_in", 1), (False, "wrong_sign_in", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written", ["{} {}", "{}-{}", " {}{}\n", "{}\u00a0{}", "{}\u200b{}", "{}\u2013{}"]
)
async def test_staff_write_the_code_as_their_authenticator_shows_it(
    client: AsyncClient, written: str
) -> None:
    hoa = await an_agent()
    code = code_of(hoa)

    answer = await signs_in(client, hoa, totp=written.format(code[:3], code[3:]))

    assert answer.status_code == 200


async def test_a_code_works_once_even_for_two_who_use_it_at_the_same_time(
    client: AsyncClient,
) -> None:
    hoa = await an_agent()

    both = await asyncio.gather(signs_in(client, hoa), signs_in(client, hoa))
    again = await signs_in(client, hoa)

    assert sorted(answer.status_code for answer in both) == [200, 401]
    assert again.status_code == 401


async def test_the_code_of_the_step_before_is_still_good_and_an_older_one_is_not(
    client: AsyncClient, time_moves: Travel
) -> None:
    hoa = await an_agent()
    code = code_of(hoa)
    to_next_step = timedelta(seconds=31 - now().timestamp() % 30)

    async with time_moves(to_next_step + timedelta(seconds=30)):
        too_old = await signs_in(client, hoa, totp=code)
    async with time_moves(to_next_step):
        one_before = await signs_in(client, hoa, totp=code)

    assert (too_old.status_code, one_before.status_code) == (401, 200)


async def test_five_failures_lock_the_account_for_fifteen_minutes(
    client: AsyncClient, time_moves: Travel
) -> None:
    hoa = await an_agent()
    for _ in range(5):
        await signs_in(client, hoa, password="a wrong password")

    locked = await signs_in(client, hoa)
    async with time_moves(timedelta(minutes=14)):
        still_locked = await signs_in(client, hoa)
    async with time_moves(timedelta(minutes=16)):
        open_again = await signs_in(client, hoa)

    assert [each.status_code for each in (locked, still_locked, open_again)] == [401, 401, 200]


async def test_guesses_made_at_once_are_counted_each(client: AsyncClient) -> None:
    hoa = await an_agent()

    wrong = [signs_in(client, hoa, password="a wrong password") for _ in range(12)]
    await asyncio.gather(*wrong)

    assert await fetch_value("SELECT failures FROM staff_place WHERE network <> 'elsewhere'") == 5
    assert (await signs_in(client, hoa)).status_code == 401


async def test_success_forgets_the_failures_before_it(client: AsyncClient) -> None:
    hoa = await an_agent()
    for _ in range(4):
        await signs_in(client, hoa, password="a wrong password")

    assert (await signs_in(client, hoa)).status_code == 200
    assert await fetch_value("SELECT failures FROM staff_place WHERE known_at IS NOT NULL") == 0


async def test_a_session_ends_when_idle_when_old_and_when_signed_out(
    client: AsyncClient, time_moves: Travel
) -> None:
    desk = await a_desk(client)

    async with time_moves(timedelta(minutes=16)):
        assert (await desk.finds_lan()).status_code == 401
    assert (await desk.finds_lan()).status_code == 200
    assert (await desk.asks("POST", "/sign-out")).status_code == 204
    assert (await desk.finds_lan()).status_code == 401


async def test_a_session_that_is_never_idle_ends_after_twelve_hours(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    desk = await a_desk(client)

    async with time_moves(timedelta(hours=11, minutes=59)):
        await database.owner.execute("UPDATE staff_session SET used_at = hub_clock()")
        assert (await desk.finds_lan()).status_code == 200
    async with time_moves(timedelta(hours=12, minutes=1)):
        await database.owner.execute("UPDATE staff_session SET used_at = hub_clock()")
        assert (await desk.finds_lan()).status_code == 401


async def test_a_disabled_person_is_out_at_once(client: AsyncClient, database: Database) -> None:
    desk = await a_desk(client)

    await database.owner.execute("UPDATE staff SET disabled_at = hub_clock()")

    assert (await desk.finds_lan()).status_code == 401


async def test_no_name_twice_no_unknown_role_and_no_short_password(database: Database) -> None:
    await an_agent("hoa")

    with pytest.raises(NameTaken):
        await an_agent("hoa")
    with pytest.raises(UnknownRole):
        await add_staff("tu", "root")
    with pytest.raises(UnknownRole):
        await add_staff("tu", "facility_admin")
    with pytest.raises(WeakPassword):
        await add_staff("tu", "agent", password="short")


async def test_staff_of_a_suspended_facility_may_only_sign_out(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    own = await a_desk(client, await an_agent("mai", facility=facility))
    hubs = await the_hubs_own(client)
    await suspend(facility, "its desk was taken over")

    refused = await own.asks("GET", "/tasks")
    others = await hubs.asks("GET", "/tasks")
    await resume(facility, "all is well")
    again = await own.asks("GET", "/tasks")
    await suspend(facility, "once more")
    out = await own.asks("POST", "/sign-out")

    assert (refused.status_code, refused.json()["code"]) == (403, "facility_suspended")
    assert (others.status_code, again.status_code, out.status_code) == (200, 200, 204)
