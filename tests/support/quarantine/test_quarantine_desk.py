"""What waits at a facility: its desk lists it, looks at both sides, lets it in or refuses it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.core.database import fetch, fetch_value
from tests.conftest import Database, Travel
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.support.makers import WHY, Desk, a_desk, an_agent, the_hubs_own

LAN_ID, OTHER_ID = "079185000011", "079161000044"
SEEN = {"proof": "card", "reason": WHY}


def patient(number: str, citizen: str, name: str, born: str, gender: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:test:mrn", "value": number,
             "type": {"coding": [{"code": "MR"}]}},
            {"system": "urn:vn:citizen-id", "value": citizen},
        ],
        "name": [{"text": name}],
        "birthDate": born,
        "gender": gender,
    }  # fmt: skip


LAN = patient("BN1", LAN_ID, "Trần Thị Lan", "1985-03-02", "female")
TU = patient("BN2", OTHER_ID, "Lê Văn Tư", "1961-07-07", "male")
CROSSED = patient("BN2", LAN_ID, "Lê Văn Tư", "1961-07-07", "male")
"""Mr Tư's own number with Lan's citizen id: a clerk typed the wrong one."""


@dataclass(frozen=True, slots=True)
class Scene:
    hospital: Hospital
    other: Hospital
    desk: Desk
    message: str
    lan: UUID
    tu: UUID


async def sends(hospital: Hospital, resource: dict[str, Any]) -> Response:
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": resource, "request": {"method": "POST", "url": "Patient"}}],
    }
    return await hospital.posts(bundle)


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    hospital, other = await a_hospital(database, client), await a_hospital(database, client, "KHAC")
    for each in (LAN, TU):
        assert (await sends(hospital, each)).status_code == 200
    lan, tu = [row["id"] for row in await fetch("SELECT id FROM patient ORDER BY id")]
    waits = await sends(hospital, CROSSED)
    desk = await a_desk(client, await an_agent("mai", "facility_admin", hospital.facility))
    return Scene(hospital, other, desk, waits.headers["hub-message-id"], lan, tu)


async def outcome(database: Database, message: str) -> tuple[str, str]:
    row = await database.owner.fetchrow(
        "SELECT outcome, reason FROM received_event WHERE id = $1", UUID(message)
    )
    return row["outcome"], row["reason"]


async def test_what_waits_is_listed_with_its_age_and_reason_and_no_name(
    scene: Scene, time_moves: Travel, client: AsyncClient
) -> None:
    async with time_moves(timedelta(minutes=5)):
        listed = await scene.desk.asks("GET", "/quarantine")

    (item,) = listed.json()["items"]
    assert (item["message"], item["reason"]) == (scene.message, "own_numbers")
    assert 300 <= item["waitsSeconds"] < 330
    assert item["toDo"]
    for hidden in (LAN_ID, "BN2", "Tư"):
        assert hidden not in listed.text


async def test_both_versions_stand_side_by_side_and_the_look_opens_cases(scene: Scene) -> None:
    answer = await scene.desk.asks("POST", f"/quarantine/{scene.message}/versions", reason=WHY)

    seen = answer.json()
    assert [each["name"] for each in seen["stated"]] == ["Lê Văn Tư"]
    assert {"system": "urn:vn:citizen-id", "value": LAN_ID} in seen["stated"][0]["numbers"]
    charts = {each["patient"]: (each["name"], each["birthDate"]) for each in seen["charts"]}
    assert charts == {
        str(scene.lan): ("Trần Thị Lan", "1985-03-02"), str(scene.tu): ("Lê Văn Tư", "1961-07-07"),
    }  # fmt: skip
    cases = await fetch("SELECT patient FROM audit_event WHERE action = 'support.case'")
    assert {row["patient"] for row in cases} == {scene.lan, scene.tu}


async def test_the_chart_that_is_meant_gets_it_and_the_other_stays_as_it_is(
    scene: Scene, database: Database
) -> None:
    before = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", scene.lan)

    answer = await scene.desk.asks(
        "POST", f"/quarantine/{scene.message}/let-in", chart=str(scene.tu), **SEEN
    )

    assert answer.status_code == 204, answer.text
    assert (await outcome(database, scene.message))[0] in {"applied", "unchanged"}
    assert await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", scene.lan) == before
    written = await fetch(
        "SELECT patient, subject, result FROM audit_event WHERE action = 'support.decide_message'"
    )
    assert [tuple(row) for row in written] == [(scene.tu, UUID(scene.message), "done")]


async def test_what_still_contradicts_waits_on_unless_a_chart_is_named(
    scene: Scene, database: Database
) -> None:
    answer = await scene.desk.asks("POST", f"/quarantine/{scene.message}/let-in", **SEEN)

    assert (answer.status_code, answer.json()["code"]) == (409, "still_contradicts")
    assert await outcome(database, scene.message) == ("quarantined", "own_numbers")
    result = await fetch_value(
        "SELECT result FROM audit_event WHERE action = 'support.decide_message'"
    )
    assert result == "still_contradicts"


async def test_a_refusal_ends_the_wait_and_the_hospital_reads_why(scene: Scene) -> None:
    answer = await scene.desk.asks(
        "POST", f"/quarantine/{scene.message}/refuse", why="wrong_number", reason=WHY
    )
    again = await scene.desk.asks(
        "POST", f"/quarantine/{scene.message}/refuse", why="wrong_number", reason=WHY
    )

    seen = await scene.hospital.sends("GET", f"/hospital/messages/{scene.message}", b"")
    assert (answer.status_code, again.status_code) == (204, 404)
    assert (seen.json()["outcome"], seen.json()["reason"]) == ("refused", "wrong_number")
    assert seen.json()["toDo"]
    assert WHY not in seen.text
    assert (await scene.desk.asks("GET", "/quarantine")).json()["items"] == []


async def test_of_two_who_decide_at_once_one_does(scene: Scene, database: Database) -> None:
    decisions = [
        scene.desk.asks("POST", f"/quarantine/{scene.message}/let-in", chart=str(scene.tu), **SEEN),
        scene.desk.asks(
            "POST", f"/quarantine/{scene.message}/refuse", why="other_person", reason=WHY
        ),
    ]

    answers = await asyncio.gather(*decisions)

    assert sorted(each.status_code for each in answers) == [204, 404]
    done = await fetch(
        "SELECT count(*) FROM audit_event WHERE action = 'support.decide_message'"
        " AND result = 'done'"
    )
    assert done[0]["count"] == 1


@pytest.mark.parametrize("who", ["another facility", "the hub's own"])
async def test_nobody_else_sees_or_decides_what_waits(
    scene: Scene, client: AsyncClient, database: Database, who: str
) -> None:
    if who == "another facility":
        facility = scene.other.facility
        desk = await a_desk(client, await an_agent("tu", "facility_admin", facility))
    else:
        desk = await the_hubs_own(client)
    about = f"/quarantine/{scene.message}"

    listed = await desk.asks("GET", "/quarantine")
    answers = [
        await desk.asks("POST", f"{about}/versions", reason=WHY),
        await desk.asks("POST", f"{about}/let-in", chart=str(scene.tu), **SEEN),
        await desk.asks("POST", f"{about}/refuse", why="other_person", reason=WHY),
    ]

    expected = (404, "not_found") if who == "another facility" else (403, "not_at_a_desk")
    assert {(each.status_code, each.json()["code"]) for each in answers} == {expected}
    assert listed.json().get("items", []) == []
    assert await outcome(database, scene.message) == ("quarantined", "own_numbers")


async def test_a_chart_of_another_facility_cannot_be_meant(
    scene: Scene, database: Database
) -> None:
    assert (await sends(scene.other, TU)).status_code == 200
    elsewhere = await database.owner.fetchval(
        "SELECT id FROM patient WHERE facility = $1", scene.other.facility
    )

    answers = [
        await scene.desk.asks(
            "POST", f"/quarantine/{scene.message}/let-in", chart=str(chart), **SEEN
        )
        for chart in (elsewhere, UUID(int=7))
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert await outcome(database, scene.message) == ("quarantined", "own_numbers")


async def test_an_agent_looks_and_only_who_answers_for_the_desk_decides(
    scene: Scene, client: AsyncClient
) -> None:
    agent = await a_desk(client, await an_agent("hoa", "agent", scene.hospital.facility))

    listed = await agent.asks("GET", "/quarantine")
    refused = await agent.asks(
        "POST", f"/quarantine/{scene.message}/refuse", why="other_person", reason=WHY
    )

    assert len(listed.json()["items"]) == 1
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
