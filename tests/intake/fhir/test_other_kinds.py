"""Visits, conditions, allergies and their like are read back as they came in."""

from typing import Any

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import (
    ALL,
    ALLERGY,
    CONDITION,
    ENCOUNTER,
    ONLY_SHOWN,
    PRACTITIONER,
    Resource,
    concept,
    sent,
)


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


OF_EVERY_RECORD = {"id", "facility", "asOf"}
TABLES = [kind.table for kind in ONLY_SHOWN]


async def test_every_kind_is_stored_once_and_the_same_again_changes_nothing(
    database: Database, hospital: Hospital
) -> None:
    first = await hospital.posts(sent(*ALL))
    assert first.status_code == 200, first.text
    before = await checksums(database)

    again = await hospital.posts(sent(*reversed(ALL)))

    counts = [await database.owner.fetchval(f"SELECT count(*) FROM {t}") for t in TABLES]
    assert counts == [1] * len(TABLES)
    assert {each["response"]["status"] for each in first.json()["entry"]} == {"201 Created"}
    assert {each["response"]["status"] for each in again.json()["entry"]} == {"200 OK"}
    assert await checksums(database) == before
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == 0


async def test_a_patient_reads_them_as_they_were_written(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(sent(*ALL))
    lan = await sign_in(client, database, LAN.citizen_id)

    async def read(kind: str) -> Any:
        page = await client.get(f"/v1/patients/me/{kind}", headers=lan.bearer)
        assert page.status_code == 200, page.text
        (only,) = page.json()["items"]
        one = await client.get(f"/v1/patients/me/{kind}/{only['id']}", headers=lan.bearer)
        assert one.json() == only
        return {name: value for name, value in only.items() if name not in OF_EVERY_RECORD}

    assert await read("visits") == {
        "status": "finished", "people": ["BS. Lê Minh", "Khoa Hô hấp"], "note": None,
        "visitClass": "AMB", "kind": "Khám bệnh", "reasons": ["Ho kéo dài"],
        "startsAt": "2026-10-01T08:00:00+07:00", "endsAt": "2026-10-01T09:30:00+07:00",
        "serviceType": None, "participants": [{"name": "BS. Lê Minh", "role": None}],
        "locations": [], "diagnoses": [], "admittedFrom": None, "discharge": None,
        "dischargedTo": None, "priority": None,
    }  # fmt: skip
    condition = await read("conditions")
    assert (condition["name"], condition["onset"], condition["verification"]) == (
        "Viêm xoang mạn", "2019-05", "confirmed",
    )  # fmt: skip
    allergy = await read("allergies")
    assert (allergy["name"], allergy["noneKnown"], allergy["criticality"]) == (
        "Penicillin", False, "high",
    )  # fmt: skip
    assert allergy["reactions"][0]["manifestations"] == ["Nổi mề đay"]
    dose = await read("immunisations")
    assert (dose["vaccine"], dose["occurred"], dose["lot"], dose["doseNumber"]) == (
        "Cúm mùa", "2026-09-10", "A12", "1",
    )  # fmt: skip


async def test_somebody_else_finds_none_of_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(sent(*ALL))
    tu = await sign_in(client, database, TU.citizen_id)
    row = await database.owner.fetchval("SELECT id FROM condition")

    listed = await client.get("/v1/patients/me/conditions", headers=tu.bearer)
    one = await client.get(f"/v1/patients/me/conditions/{row}", headers=tu.bearer)

    assert listed.json()["items"] == []
    assert one.status_code == 404


async def test_what_was_entered_in_error_is_hidden(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(sent(*ALL))
    wrong = {"verificationStatus": concept("", "entered-in-error")}

    await hospital.posts(sent(CONDITION | wrong, ENCOUNTER | {"status": "entered-in-error"}))

    lan = await sign_in(client, database, LAN.citizen_id)
    for kind in ("conditions", "visits"):
        page = await client.get(f"/v1/patients/me/{kind}", headers=lan.bearer)
        assert page.json()["items"] == []


async def test_no_known_allergy_is_an_answer(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    none = ALLERGY | {
        "code": {
            "coding": [{"system": "http://snomed.info/sct", "code": "716186003"}],
            "text": "Không có dị ứng",
        }
    }
    await hospital.posts(sent(none))
    lan = await sign_in(client, database, LAN.citizen_id)

    page = await client.get("/v1/patients/me/allergies", headers=lan.bearer)

    assert [each["noneKnown"] for each in page.json()["items"]] == [True]


async def test_a_name_that_came_before_is_known_later(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    assert (await hospital.posts(sent(PRACTITIONER))).status_code == 200

    await hospital.posts(sent(ENCOUNTER))

    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get("/v1/patients/me/visits", headers=lan.bearer)
    assert page.json()["items"][0]["people"] == ["BS. Lê Minh", "Khoa Hô hấp"]


async def test_another_facilitys_names_are_not_used(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.posts(sent(PRACTITIONER))

    await hospital.posts(sent(ENCOUNTER))

    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get("/v1/patients/me/visits", headers=lan.bearer)
    assert page.json()["items"][0]["people"] == ["Khoa Hô hấp"]


async def test_a_reference_to_another_patients_visit_refuses_the_whole_bundle(
    database: Database, hospital: Hospital
) -> None:
    his = {"identifier": {"system": "urn:bvmau:patient", "value": TU.hospital_number}}
    await hospital.posts(sent(ENCOUNTER | {"subject": his}))
    before = await checksums(database)

    answer = await hospital.posts(sent(CONDITION | {"encounter": {"reference": "Encounter/e1"}}))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.encounter"]
    assert await checksums(database) == before


NO_ALLERGY = concept("Không có dị ứng", "716186003")
NO_DRUG_ALLERGY = concept("Không dị ứng thuốc", "409137002")


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ([], "not_asked"),
        ([NO_ALLERGY], "none_known"),
        ([NO_DRUG_ALLERGY], "listed"),
        ([NO_ALLERGY, NO_DRUG_ALLERGY], "none_known"),
        ([NO_ALLERGY, concept("Penicillin")], "listed"),
        ([concept("Penicillin")], "listed"),
        ([concept("Không rõ", "no-allergy-info")], "listed"),
    ],
)
async def test_none_known_is_not_the_same_as_nobody_asked(
    database: Database, client: AsyncClient, hospital: Hospital, said: list[Resource], known: str
) -> None:
    if said:
        rows = [ALLERGY | {"id": f"a{n}", "code": code} for n, code in enumerate(said)]
        await hospital.posts(sent(*rows))
    lan = await sign_in(client, database, LAN.citizen_id)

    page = await client.get("/v1/patients/me/allergies", headers=lan.bearer)
    short = await client.get("/v1/patients/me/allergies?limit=1", headers=lan.bearer)

    assert page.json()["known"] == known
    assert short.json()["known"] == (known if len(said) < 2 else "listed")


async def test_a_statement_of_none_says_what_was_asked_about(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(sent(ALLERGY | {"code": NO_DRUG_ALLERGY}))
    lan = await sign_in(client, database, LAN.citizen_id)

    page = await client.get("/v1/patients/me/allergies", headers=lan.bearer)

    assert [each["noneKnownOf"] for each in page.json()["items"]] == ["medication"]


@pytest.mark.parametrize("kind", [CONDITION, ALLERGY], ids=["condition", "allergy"])
async def test_a_status_that_is_none_of_fhirs_takes_no_record_away(
    database: Database, hospital: Hospital, kind: Resource
) -> None:
    status = {"coding": [{"code": "k" * 3000}]}

    assert (await hospital.posts(sent({**kind, "clinicalStatus": status}))).status_code == 200
