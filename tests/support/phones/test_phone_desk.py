"""The desk binds a number: a paper is seen, and a code or a colleague stands for it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.credentials.one_time_codes import make_code, take_up, untold_challenges
from backend.auth.phones.phones import phones_of
from backend.core.database import fetch, fetch_value
from tests.conftest import Database, Travel
from tests.harness.makers import a_contact
from tests.harness.reasons import opened
from tests.harness.support.counter import a_counter
from tests.harness.support.makers import (
    LAN_PHONE,
    WHY,
    Desk,
    a_chart,
    a_facility,
    contact_of,
    lan,
    the_hubs_own,
)

HOUR = timedelta(hours=1)
NEW = "0987654321"
SEEN = {"proof": "card", "reason": WHY}


async def adds(desk: Desk, chart: UUID, phone: str = NEW) -> Response:
    await desk.finds_lan()
    return await desk.asks("POST", f"/patients/{chart}/numbers", phone=phone, **SEEN)


async def says(desk: Desk, chart: UUID, number: UUID | str, decision: str) -> Response:
    path = f"/patients/{chart}/contacts/{number}/{decision}"
    if decision == "decision":
        return await desk.asks("DELETE", path)
    return await desk.asks("POST", path, **(SEEN if decision == "confirm" else {"reason": WHY}))


async def code_at(database: Database, challenge: str) -> str:
    async with database.as_worker():
        untold = await untold_challenges(100)
        await take_up(untold, {})
        code = await make_code(UUID(challenge))
    assert code is not None
    return code


async def bound(chart: UUID) -> set[UUID]:
    return {each.id for each in await phones_of(chart) if each.bound}


async def two_desks(client: AsyncClient, facility: UUID) -> tuple[Desk, Desk]:
    return await a_counter(client, facility), await a_counter(client, facility, "tu")


async def test_a_paper_and_the_code_at_the_new_phone_bind_it(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart, desk = await lan(database, facility), await a_counter(client, facility)
    added = (await adds(desk, chart)).json()

    code = await code_at(database, added["challengeId"])
    shown = await desk.asks(
        "POST", f"/patients/{chart}/contacts/{added['contact']}/code",
        challengeId=added["challengeId"], code=code,
    )  # fmt: skip

    assert added["step"] == "needs_second"
    assert (shown.status_code, shown.json()["step"]) == (200, "bound")
    assert await bound(chart) == {UUID(added["contact"])}
    told = await fetch("SELECT kind FROM notification")
    assert [row["kind"] for row in told] == ["phone.changed"]
    row = await database.owner.fetchrow(
        "SELECT patient, subject, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.new_number' ORDER BY id LIMIT 1"
    )
    assert opened(row) == (chart, UUID(added["contact"]), f"card: {WHY}", "done")


async def test_a_paper_and_a_colleague_bind_it_and_one_alone_never_does(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one, other = await two_desks(client, facility)
    number = (await adds(one, chart)).json()["contact"]

    alone = [(await says(one, chart, number, "confirm")).json()["step"] for _ in range(2)]
    assert await bound(chart) == set()
    second = await says(other, chart, number, "confirm")

    assert alone == ["needs_second"] * 2
    assert second.json()["step"] == "bound"
    assert await bound(chart) == {UUID(number)}


async def test_a_paper_of_yesterday_needs_to_be_seen_again(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one = await a_counter(client, facility)
    number = (await adds(one, chart)).json()["contact"]

    async with time_moves(timedelta(hours=25)):
        later = await a_counter(client, facility, "later")
        answer = await says(later, chart, number, "confirm")

    assert answer.json()["step"] == "needs_second"
    assert await bound(chart) == set()


async def test_of_two_colleagues_at_once_one_is_the_first_and_one_the_second(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one, other = await two_desks(client, facility)
    number = await contact_of(chart)

    answers = await asyncio.gather(*(says(each, chart, number, "confirm") for each in (one, other)))

    assert sorted(each.json()["step"] for each in answers) == ["bound", "needs_second"]


async def test_a_number_that_takes_anothers_place_waits_a_day(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one, other = await two_desks(client, facility)
    number = UUID((await adds(one, chart)).json()["contact"])
    await says(other, chart, number, "confirm")

    states = {each.id: each.state.value for each in await phones_of(chart)}
    async with time_moves(25 * HOUR):
        later = {each.id: each.state.value for each in await phones_of(chart)}

    assert states == {await contact_of(chart): "in_use", number: "waiting"}
    assert later == {await contact_of(chart): "replaced", number: "in_use"}


async def test_a_change_of_the_persons_that_waits_gives_way_to_the_paper(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    typed = await a_contact(database, chart, "+84933333333")
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_by = 'patient', confirmed_at = hub_clock(),"
        " usable_from = hub_clock() + interval '1 day' WHERE id = $1",
        typed,
    )
    one, other = await two_desks(client, facility)
    number = (await adds(one, chart)).json()["contact"]

    answer = await says(other, chart, number, "confirm")

    assert answer.json()["step"] == "bound"
    assert await bound(chart) == {UUID(number)}


async def test_what_the_person_did_with_their_numbers_changes_no_byte(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    own = await contact_of(chart)
    desk = await a_counter(client, facility)
    seen: dict[str, set[bytes]] = {}

    for change in (
        "confirmed_by = 'facility'",
        "confirmed_by = 'patient', proved_at = hub_clock()",
        "replaced_at = hub_clock()",
        "declined_at = hub_clock(), declined_by = 'patient', confirmed_at = NULL",
    ):
        await database.owner.execute(f"UPDATE contact_point SET {change} WHERE id = $1", own)
        for decision in ("decline", "wrong"):
            answer = await says(desk, chart, own, decision)
            seen.setdefault(decision, set()).add(answer.content)

    assert {decision: len(answers) for decision, answers in seen.items()} == {
        "decline": 1, "wrong": 1,
    }  # fmt: skip


async def test_what_a_desk_decided_is_taken_back_within_a_day(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    one, other = await two_desks(client, facility)
    number = (await adds(one, chart)).json()["contact"]
    await says(other, chart, number, "confirm")

    undone = await says(one, chart, number, "decision")
    nothing = await says(one, chart, number, "decision")

    assert undone.json()["step"] == "undone"
    assert await bound(chart) == set()
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_undo")
    await says(other, chart, number, "decline")
    async with time_moves(25 * HOUR):
        late = await says(await a_counter(client, facility, "late"), chart, number, "decision")
        assert late.json()["code"] == "nothing_to_undo"


async def test_a_number_that_is_not_theirs_opens_again_after_a_paper(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart = await lan(database, facility)
    await database.owner.execute("UPDATE contact_point SET not_theirs_since = hub_clock()")
    one, other = await two_desks(client, facility)
    number = await contact_of(chart)

    await says(one, chart, number, "confirm")
    await says(other, chart, number, "confirm")

    assert await bound(chart) == {number}
    assert await fetch_value("SELECT not_theirs_since FROM contact_point") is None


@pytest.mark.parametrize("decision", ["confirm", "decline", "decision", "wrong"])
async def test_no_desk_decides_about_another_facilitys_number_or_one_it_did_not_give(
    client: AsyncClient, database: Database, decision: str
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    chart, elsewhere = await lan(database, ours), await a_chart(database, theirs)
    typed = await a_contact(database, chart, "+84933333333")
    desk = await a_counter(client, ours)
    await desk.finds_lan()
    before = [dict(row) for row in await fetch("SELECT * FROM contact_point ORDER BY id")]

    answers = [
        await says(desk, whose, number, decision)
        for whose, number in (
            (elsewhere, await contact_of(elsewhere)), (chart, await contact_of(elsewhere)),
            (chart, typed), (chart, UUID(int=7)),
        )
    ]  # fmt: skip

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert [dict(row) for row in await fetch("SELECT * FROM contact_point ORDER BY id")] == before


async def test_a_code_binds_nothing_where_nobody_saw_a_paper(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    chart, desk = await lan(database, facility), await a_counter(client, facility)
    added = (await adds(desk, chart)).json()
    code = await code_at(database, added["challengeId"])
    await says(desk, chart, added["contact"], "decline")
    shown: dict[str, Any] = {"challengeId": added["challengeId"], "code": code}
    path = f"/patients/{chart}/contacts/{added['contact']}/code"

    wrong = await desk.asks("POST", path, **(shown | {"code": "000000"}))
    answer = await desk.asks("POST", path, **shown)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_phone_code")
    assert (answer.status_code, answer.json()["code"]) == (409, "paper_not_seen")
    assert await bound(chart) == set()


async def test_codes_of_a_desk_have_a_limit_for_each_chart(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    chart, desk = await lan(database, facility), await a_counter(client, facility)

    answers = [await adds(desk, chart, f"09876543{n:02}") for n in range(6)]

    assert [each.status_code for each in answers] == [200] * 5 + [429]


async def test_support_of_no_facility_decides_about_no_number(
    client: AsyncClient, database: Database
) -> None:
    chart = await lan(database, await a_facility(database))
    support = await the_hubs_own(client)

    answer = await says(support, chart, await contact_of(chart), "confirm")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_at_a_desk")
    assert LAN_PHONE not in answer.text
