"""At the desk: a mother with a birth certificate, and what the desk may not do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.core.clock import now
from tests.conftest import Database, Travel
from tests.harness.auth.caregiving import (
    LAN,
    NOBODY,
    TU,
    Family,
    a_child,
    a_family,
    in_days,
    signed_in,
    until,
)
from tests.harness.auth.reviews import worker_looks
from tests.harness.reasons import opened
from tests.harness.support.makers import WHY, Desk, a_desk, an_agent
from tests.harness.support.makers import a_facility as another_facility


@pytest.fixture
async def family(client: AsyncClient, database: Database) -> Family:
    return await a_family(client, database)


async def the_desk(family: Family) -> Desk:
    return await a_desk(family.client, await an_agent(facility=family.hospital.facility))


async def looks_up(desk: Desk, *citizen_ids: str) -> None:
    for each in citizen_ids:
        await desk.asks("POST", "/patients/search", citizenId=each, reason=WHY)


async def lets_in(desk: Desk, patient: UUID, caregiver: UUID | str, **other: Any) -> Response:
    said = {
        "caregiver": str(caregiver), "kind": "parent", "scope": "full",
        "evidence": "birth_certificate",
    }  # fmt: skip
    return await desk.asks("POST", f"/patients/{patient}/caregivers", **said | other)


async def test_a_mother_with_a_birth_certificate_reads_for_her_child(
    family: Family, database: Database
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person, with_visit=True), await family.registers(LAN)
    desk = await the_desk(family)
    await looks_up(desk, person.citizen_id, LAN.citizen_id)

    made = await lets_in(desk, child, mother)

    assert made.status_code == 201, made.text
    assert (await family.reads(await signed_in(mother), child, "results")).status_code == 200
    (shown,) = (await desk.asks("GET", f"/patients/{child}/caregivers")).json()["items"]
    assert (shown["id"], shown["caregiver"], shown["name"]) == (
        made.json()["id"], str(mother), "T. T. Lan",
    )  # fmt: skip
    rows = await database.owner.fetch(
        "SELECT actor_kind, patient, why, why_digest FROM audit_event"
        " WHERE action = 'caregiver.added'"
        " ORDER BY id"
    )
    assert [opened(row) for row in rows] == [("staff", child, WHY), ("staff", mother, WHY)]
    kept = await database.owner.fetchrow("SELECT evidence, made_by FROM caregiver_grant")
    assert kept["evidence"] == "birth_certificate"
    assert kept["made_by"] == await database.owner.fetchval("SELECT id FROM staff")


async def test_the_desk_ends_it_and_both_hear_of_it(family: Family) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    desk = await the_desk(family)
    await looks_up(desk, person.citizen_id, LAN.citizen_id)
    grant = (await lets_in(desk, child, mother)).json()["id"]

    answers = [
        await desk.asks("DELETE", f"/patients/{child}/caregivers/{each}")
        for each in (NOBODY, grant, grant)
    ]
    elsewhere = await desk.asks("DELETE", f"/patients/{mother}/caregivers/{grant}")

    assert [each.status_code for each in answers] == [404, 204, 404]
    assert elsewhere.status_code == 404
    assert (await family.reads(await signed_in(mother), child)).status_code == 404
    assert await family.told(mother) == ["caregiver.ended"]
    assert await family.told(child) == ["caregiver.added", "caregiver.ended"]


async def test_a_review_is_done_by_granting_anew(
    family: Family, database: Database, time_moves: Travel
) -> None:
    seventh = in_days(2)
    person = a_child(seventh)
    child, mother = await family.registers(person), await family.registers(LAN)
    desk = await the_desk(family)
    await looks_up(desk, person.citizen_id, LAN.citizen_id)
    await lets_in(desk, child, mother)

    async with time_moves(until(seventh) + timedelta(hours=9)):
        await worker_looks(database)
        desk = await the_desk_again(family)
        await looks_up(desk, person.citizen_id, LAN.citizen_id)
        renewed = await lets_in(desk, child, mother)
        assert (await family.reads(await signed_in(mother), child)).status_code == 200

    assert renewed.status_code == 201
    task = await database.owner.fetchrow("SELECT outcome, done_by FROM desk_task")
    assert task["outcome"] == "renewed"
    assert task["done_by"] is not None


async def the_desk_again(family: Family) -> Desk:
    return await a_desk(family.client, await an_agent("minh", facility=family.hospital.facility))


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"kind": "chosen", "evidence": "written_request", "scope": "summary"}, "$.patient"),
        ({"evidence": "written_request"}, "$.evidence"),
        ({"evidence": "in_app"}, "$.evidence"),
        ({"kind": "institution", "evidence": "institution_paper"}, "$.scope"),
        ({"endsAt": "2020-01-01T00:00:00+07:00"}, "$.endsAt"),
    ],
)
async def test_a_paper_that_does_not_allow_it_lets_nobody_in(
    family: Family, database: Database, other: dict[str, str], where: str
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    desk = await the_desk(family)
    await looks_up(desk, person.citizen_id, LAN.citizen_id)

    answer = await lets_in(desk, child, mother, **other)

    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_grant")
    assert [each["path"] for each in answer.json()["errors"]] == [where]
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_grant") == 0


@pytest.mark.parametrize(
    "other", [{"scope": "own"}, {"kind": "friend"}, {"evidence": "his word"}, {"madeBy": NOBODY}]
)
async def test_what_the_tables_do_not_know_is_not_taken(
    family: Family, other: dict[str, str]
) -> None:
    child = await family.registers(a_child(in_days(300)))

    answer = await lets_in(await the_desk(family), child, NOBODY, **other)

    assert answer.status_code == 400


async def test_who_was_not_looked_up_is_admitted_nowhere(
    family: Family, database: Database
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    desk = await the_desk(family)

    nobody = await lets_in(desk, child, mother)
    await looks_up(desk, person.citizen_id)
    only_the_child = await lets_in(desk, child, mother)
    await looks_up(desk, LAN.citizen_id)
    herself = await lets_in(desk, child, child)

    assert [each.json()["code"] for each in (nobody, only_the_child, herself)] == [
        "search_first", "search_first", "cannot_grant",
    ]  # fmt: skip
    assert await database.owner.fetchval("SELECT count(*) FROM caregiver_grant") == 0


async def test_a_desk_does_nothing_about_the_patients_of_another_hospital(
    family: Family, database: Database
) -> None:
    person = a_child(in_days(300))
    child, mother = await family.registers(person), await family.registers(LAN)
    elsewhere = await another_facility(database, "79009")
    desk = await a_desk(family.client, await an_agent("ha", facility=elsewhere))
    nowhere = await a_desk(family.client, await an_agent("call-centre"))

    for each in (desk, nowhere):
        await looks_up(each, person.citizen_id, LAN.citizen_id)
    refused = [await lets_in(each, child, mother) for each in (desk, nowhere)]

    assert [each.json()["code"] for each in refused] == ["search_first", "not_at_a_desk"]


async def test_a_guardian_of_an_adult_reads_for_a_year_at_most(family: Family) -> None:
    tu, lan = await family.registers(TU), await family.registers(LAN)
    desk = await the_desk(family)
    await looks_up(desk, TU.citizen_id, LAN.citizen_id)
    court = {"kind": "guardian", "evidence": "court_decision"}

    answers = [
        await lets_in(desk, tu, lan, **court, **more)
        for more in (
            {},
            {"endsAt": (now() + timedelta(days=400)).isoformat()},
            {"endsAt": (now() + timedelta(days=300)).isoformat()},
        )
    ]

    assert [each.status_code for each in answers] == [409, 409, 201]
