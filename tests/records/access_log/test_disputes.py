"""«I do not recognise this»: one case about one line, for the patient and for who looks into it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.rules import Level
from tests.conftest import Database
from tests.harness.auth.caregiving import LAN, TU, Bearer, Family, a_family, signed_in
from tests.harness.records.acts import NOON, an_act, lines
from tests.harness.support.makers import WHY, Desk, a_desk, an_agent

SAID = "Hôm đó tôi không đến bệnh viện."


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


async def disputes(
    family: Family, who: Bearer, line: UUID | str, patient: str = "me", **said: str
) -> Response:
    return await family.client.post(
        f"/v1/patients/{patient}/access-log/{line}/dispute", headers=who, json=said
    )


async def withdraws(family: Family, who: Bearer, line: UUID | str, patient: str = "me") -> Response:
    return await family.client.delete(
        f"/v1/patients/{patient}/access-log/{line}/dispute", headers=who
    )


async def a_line_of(database: Database, patient: UUID, staff: UUID, **more: Any) -> UUID:
    acted: Mapping[str, Any] = {"actor_kind": "staff", "actor": staff, "action": "support.case"}
    return await an_act(database, patient, NOON, **{**acted, "why": WHY, **more})


async def state_of(family: Family, who: Bearer, line: UUID) -> str | None:
    (found,) = [each for each in await lines(family.client, who) if each["id"] == str(line)]
    return found["disputed"] and str(found["disputed"]["state"])


async def tasks(desk: Desk) -> list[dict[str, Any]]:
    answer = await desk.asks("GET", "/tasks")
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["items"] if each["kind"] == "access_disputed"]


async def settles(desk: Desk, task: str) -> Response:
    return await desk.asks("POST", f"/tasks/{task}/done", outcome="settled", reason=WHY)


async def test_a_disputed_line_is_looked_into_and_the_patient_sees_how_far_it_is(
    family: Family, database: Database
) -> None:
    lan, facility = await family.registers(LAN), family.hospital.facility
    bearer, hoa = await signed_in(lan), await an_agent("hoa", facility=facility)
    line = await a_line_of(database, lan, hoa.id)
    minh = await a_desk(family.client, await an_agent("minh", facility=facility))

    answer = await disputes(family, bearer, line, words=SAID)
    opened, (task,) = await state_of(family, bearer, line), await tasks(minh)
    settled = await settles(minh, task["task"])

    assert (answer.status_code, answer.json()["state"]) == (200, "open")
    assert opened == "open"
    assert task["disputed"] | {"at": ""} == {
        "at": "", "actorKind": "staff", "actor": str(hoa.id), "staffName": "hoa",
        "facility": "Bệnh viện Mẫu", "what": "support.case", "why": WHY, "result": "done",
        "words": SAID,
    }  # fmt: skip
    assert settled.status_code == 204
    assert await state_of(family, bearer, line) == "closed"
    assert await tasks(minh) == []


async def test_nobody_looks_into_what_they_did_themselves(
    family: Family, database: Database
) -> None:
    lan, facility = await family.registers(LAN), family.hospital.facility
    bearer, hoa = await signed_in(lan), await an_agent("hoa", facility=facility)
    await disputes(family, bearer, await a_line_of(database, lan, hoa.id))
    desk = await a_desk(family.client, hoa)
    task = await database.owner.fetchval("SELECT id FROM desk_task WHERE done_at IS NULL")

    refused = await settles(desk, str(task))

    assert await tasks(desk) == []
    assert refused.status_code == 404
    assert await database.owner.fetchval("SELECT done_at FROM desk_task") is None


async def test_another_hospital_hears_nothing_of_it(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    hoa = await an_agent("hoa", facility=family.hospital.facility)
    await disputes(family, await signed_in(lan), await a_line_of(database, lan, hoa.id))
    elsewhere = await a_family(family.client, database)
    far = await an_agent("xa", facility=elsewhere.hospital.facility)

    assert await tasks(await a_desk(family.client, far)) == []


async def test_the_same_line_again_and_at_once_is_the_same_case(
    family: Family, database: Database
) -> None:
    lan = await family.registers(LAN)
    bearer, line = await signed_in(lan), await an_act(database, lan, NOON)

    at_once = await asyncio.gather(*(disputes(family, bearer, line, words=SAID) for _ in range(6)))
    again = await disputes(family, bearer, line, words="something else")

    assert {each.status_code for each in (*at_once, again)} == {200}
    assert len({each.json()["openedAt"] for each in (*at_once, again)}) == 1
    assert await database.owner.fetchval("SELECT count(*) FROM access_dispute") == 1
    assert await database.owner.fetchval("SELECT count(*) FROM desk_task") == 1


async def test_a_dispute_is_taken_back_while_it_is_open_and_may_come_again(
    family: Family, database: Database
) -> None:
    lan = await family.registers(LAN)
    bearer, line = await signed_in(lan), await an_act(database, lan, NOON)
    await disputes(family, bearer, line)

    taken_back, twice = await withdraws(family, bearer, line), await withdraws(family, bearer, line)
    after, waiting = (
        await state_of(family, bearer, line),
        await database.owner.fetchval("SELECT count(*) FROM desk_task WHERE done_at IS NULL"),
    )
    again = await disputes(family, bearer, line)

    assert (taken_back.status_code, twice.status_code) == (204, 404)
    assert (after, waiting) == (None, 0)
    assert (again.status_code, await state_of(family, bearer, line)) == (200, "open")
    codes = [each["code"] for each in await lines(family.client, bearer)]
    assert {"access-log.disputed", "access-log.dispute_withdrawn"} <= set(codes)


async def test_a_settled_dispute_stays_settled(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    bearer, line = await signed_in(lan), await an_act(database, lan, NOON)
    await disputes(family, bearer, line)
    desk = await a_desk(family.client)
    await settles(desk, (await tasks(desk))[0]["task"])

    refused, again = await withdraws(family, bearer, line), await disputes(family, bearer, line)

    assert (refused.status_code, refused.json()["code"]) == (409, "dispute_closed")
    assert (again.status_code, again.json()["state"]) == (200, "closed")


async def test_a_line_of_somebody_else_is_not_there(family: Family, database: Database) -> None:
    lan, tu = await family.registers(LAN), await family.registers(TU)
    as_lan, as_tu = await signed_in(lan), await signed_in(tu)
    await family.lets_in(as_lan, as_tu, "full")
    line = await an_act(database, lan, NOON)
    await disputes(family, as_lan, line)

    answers = [
        await disputes(family, as_tu, line),
        await disputes(family, as_tu, line, str(lan)),
        await withdraws(family, as_tu, line),
        await withdraws(family, as_tu, line, str(lan)),
        await disputes(family, as_lan, line, str(tu)),
    ]

    assert [each.status_code for each in answers] == [404] * 5
    assert await state_of(family, as_lan, line) == "open"


async def test_a_weak_session_disputes_nothing(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    line, limited = await an_act(database, lan, NOON), await signed_in(lan, Level.OTP_LIMITED)

    assert (await disputes(family, limited, line)).status_code == 403
    assert await database.owner.fetchval("SELECT count(*) FROM access_dispute") == 0


async def test_words_are_kept_sealed_and_not_too_many(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    bearer, line = await signed_in(lan), await an_act(database, lan, NOON)

    too_long = await disputes(family, bearer, line, words="x" * 501)
    kept = await disputes(family, bearer, line, words=SAID)

    assert (too_long.status_code, kept.status_code) == (400, 200)
    sealed = await database.owner.fetchval("SELECT words FROM access_dispute")
    assert sealed
    assert SAID.encode() not in sealed


async def test_ten_a_day_and_no_more(family: Family, database: Database) -> None:
    lan = await family.registers(LAN)
    bearer = await signed_in(lan)
    made = [await an_act(database, lan, NOON) for _ in range(11)]

    answers = [(await disputes(family, bearer, each)).status_code for each in made]

    assert answers == [200] * 10 + [429]
    assert (await disputes(family, bearer, made[0])).status_code == 200
