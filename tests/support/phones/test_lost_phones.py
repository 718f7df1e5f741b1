"""A lost phone ends what reaches the chart, and holds for a day what that reached."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.sessions.lost_phone import held_of, wait_for_lost_phones
from backend.core.database import execute, fetch, fetch_value, transaction
from tests.conftest import Database, Travel
from tests.harness.support.counter import a_counter
from tests.harness.support.makers import (
    LAN_ID,
    LAN_PHONE,
    WHY,
    Desk,
    a_chart,
    a_facility,
    a_session,
    lan,
    reaches,
    somebody_waits,
    the_hubs_own,
)

LOST = {"proof": "card", "reason": "the phone was stolen"}


async def reports(desk: Desk, chart: UUID) -> int:
    await desk.finds_lan()
    return (await desk.asks("POST", f"/patients/{chart}/lost-phone", **LOST)).status_code


async def lives(session: UUID) -> bool:
    return bool(await fetch_value("SELECT ended_at IS NULL FROM session WHERE id = $1", session))


async def test_all_that_reaches_the_chart_ends_and_what_it_reached_is_held_for_a_day(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    both, other = await a_session(database, chart), await a_session(database, elsewhere)
    await reaches(database, both, chart)
    await reaches(database, both, elsewhere)
    await reaches(database, other, elsewhere)

    assert await reports(await a_counter(client, ours), chart) == 204

    assert [await lives(each) for each in (both, other)] == [False, True]
    assert await held_of([chart, elsewhere]) == {chart, elsewhere}
    left = await fetch("SELECT session FROM session_chart WHERE ended_at IS NULL")
    assert [row["session"] for row in left] == [other]
    async with time_moves(timedelta(hours=24, seconds=1)):
        assert await held_of([chart, elsewhere]) == set()


async def test_a_session_that_has_only_found_the_chart_goes_on(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    session = await a_session(database, elsewhere)
    await reaches(database, session, elsewhere)
    await reaches(database, session, chart, level="found")

    assert await reports(await a_counter(client, ours), chart) == 204

    assert await lives(session)
    assert await held_of([chart, elsewhere]) == {chart}


async def test_a_reach_that_has_ended_before_ends_nothing_more(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    session = await a_session(database, elsewhere)
    await reaches(database, session, elsewhere)
    await reaches(database, session, chart)
    await database.owner.execute(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = 'not_me' WHERE chart = $1",
        chart,
    )

    assert await reports(await a_counter(client, ours), chart) == 204

    assert await lives(session)
    assert await held_of([elsewhere]) == set()


async def test_the_devices_count_as_new_also_those_whose_session_time_has_ended(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    living, over = await a_session(database, chart), await a_session(database, chart)
    for session in (living, over):
        await reaches(database, session, chart)
    await database.owner.execute("UPDATE session SET expires_at = hub_clock() WHERE id = $1", over)

    await reports(await a_counter(client, facility), chart)

    why = await fetch("SELECT ended_why FROM session_chart")
    assert [row["ended_why"] for row in why] == ["lost_phone", "lost_phone"]


async def test_the_numbers_of_all_that_is_held_are_told_and_no_other_desk_reads_of_it(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    session = await a_session(database, chart)
    await reaches(database, session, chart)
    await reaches(database, session, elsewhere)
    desk, other = await a_counter(client, ours), await a_counter(client, theirs, "tu")

    await reports(desk, chart)

    told = await fetch("SELECT patient FROM notification WHERE kind = 'phone.lost'")
    assert {row["patient"] for row in told} == {chart, elsewhere}
    seen = await desk.asks("GET", f"/patients/{chart}/messages")
    assert seen.json()["items"] == []
    found = await other.asks("POST", "/patients/search", phone=LAN_PHONE, reason=WHY)
    assert [each["patient"] for each in found.json()["items"]] == [str(elsewhere)]
    seen = await other.asks("GET", f"/patients/{elsewhere}/messages")
    assert seen.json()["items"] == []


async def test_the_answer_is_the_same_whether_anything_reached_the_chart(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    desk = await a_counter(client, facility)
    await desk.finds_lan()

    answer = await desk.asks("POST", f"/patients/{chart}/lost-phone", **LOST)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await held_of([chart]) == {chart}


async def test_one_facility_reports_once_in_thirty_days_for_one_chart(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    assert await reports(await a_counter(client, facility), chart) == 204

    async with time_moves(timedelta(days=29, hours=23)):
        assert await reports(await a_counter(client, facility, "again"), chart) == 409
    async with time_moves(timedelta(days=30, minutes=1)):
        assert await reports(await a_counter(client, facility, "later"), chart) == 204


async def test_two_desks_that_report_one_at_once_report_it_once(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one, two = await a_counter(client, facility), await a_counter(client, facility, "tu")

    answers = await asyncio.gather(reports(one, chart), reports(two, chart))

    assert sorted(answers) == [204, 409]


@pytest.mark.parametrize("how", ["another facility", "nobody's", "not looked up", "no paper"])
async def test_no_other_desk_ends_anything(
    client: AsyncClient, database: Database, how: str
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart = await lan(database, theirs)
    await a_chart(database, ours)
    session = await a_session(database, chart)
    await reaches(database, session, chart)
    desk = await a_counter(client, theirs if how in {"not looked up", "no paper"} else ours)
    if how != "not looked up":
        await desk.finds_lan()
    about = UUID(int=7) if how == "nobody's" else chart
    said = LOST | ({"proof": "voice"} if how == "no paper" else {})

    answer = await desk.asks("POST", f"/patients/{about}/lost-phone", **said)

    assert answer.status_code == (400 if how == "no paper" else 403)
    assert await lives(session)
    assert await held_of([chart]) == set()


async def test_the_hubs_own_support_lifts_what_another_facility_holds(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    session = await a_session(database, chart)
    await reaches(database, session, chart)
    await reaches(database, session, elsewhere)
    await reports(await a_counter(client, ours), chart)
    support = await the_hubs_own(client)

    held = await support.asks("POST", "/lost-phones/search", citizenId=LAN_ID, reason=WHY)
    lifted = await support.asks("POST", f"/patients/{elsewhere}/lost-phone/lift", reason=WHY)

    assert {(each["patient"], each["facility"], each["reportedBy"])
            for each in held.json()["items"]} == {
        (str(chart), "BV 79001", "BV 79001"),
    }  # fmt: skip
    assert set(held.json()["items"][0]) == {
        "patient", "facility", "reportedBy", "reportedAt", "until",
    }  # fmt: skip
    assert lifted.status_code == 204
    assert await held_of([chart, elsewhere]) == set()
    assert not await lives(session)
    again = await support.asks("POST", f"/patients/{elsewhere}/lost-phone/lift", reason=WHY)
    assert again.status_code == 404


async def test_the_staff_of_a_facility_lift_nothing(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    await reports(await a_counter(client, facility), chart)
    head = await the_hubs_own(client, role="supervisor")
    await database.owner.execute("UPDATE staff SET facility = $1 WHERE name = 'trung'", facility)

    answers = [
        await head.asks("POST", f"/patients/{chart}/lost-phone/lift", reason=WHY),
        await head.asks("POST", "/lost-phones/search", citizenId=LAN_ID, reason=WHY),
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {
        (403, "not_of_the_hub")
    }
    assert await held_of([chart]) == {chart}


async def test_the_hubs_own_support_meets_nobody_by_a_search(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    support = await the_hubs_own(client)

    found = await support.finds_lan()
    answer = await support.asks("GET", f"/patients/{chart}/messages")

    assert found.json() == {"items": []}
    assert (answer.status_code, answer.json()["code"]) == (403, "search_first")


async def test_what_opens_a_chart_meanwhile_waits_and_then_sees_the_hold(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    desk = await a_counter(client, facility)
    await desk.finds_lan()
    opening = asyncio.Event()
    may_end = asyncio.Event()

    async def opens() -> UUID:
        async with transaction():
            await wait_for_lost_phones()
            opening.set()
            await may_end.wait()
            session = await a_session(database, chart)
            await reaches(database, session, chart)
        return session

    opened = asyncio.create_task(opens())
    await opening.wait()
    report = asyncio.create_task(desk.asks("POST", f"/patients/{chart}/lost-phone", **LOST))
    await somebody_waits(database)
    may_end.set()

    assert (await report).status_code == 204
    assert not await lives(await opened)
    async with transaction():
        assert await held_of([chart]) == {chart}
        await execute("SELECT 1")
