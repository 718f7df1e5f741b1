"""A record that nobody named is known by its narrative, or its sender hears of it."""

import re
from typing import Any

import pytest
from httpx import AsyncClient

from backend.intake.fhir.model.names import LONGEST_LINE, called, name_and_note
from backend.intake.fhir.resources.shared_content import NAMELESS
from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import (
    ALLERGY,
    CONDITION,
    HERS,
    IMMUNIZATION,
    PROCEDURE,
    Resource,
    concept,
    sent,
)


def narrative(words: str, status: str = "generated") -> Resource:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{words}</div>'
    return {"text": {"status": status, "div": div}}


def unnamed(resource: Resource, **more: Any) -> Resource:
    return {name: part for name, part in resource.items() if name != "code"} | more


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


async def remarks(hospital: Hospital, *resources: Resource) -> list[list[str]]:
    """Post them; give the remarks on each."""
    answer = await hospital.posts(sent(*resources))
    assert answer.status_code == 200, answer.text
    outcomes = [each["response"].get("outcome", {}) for each in answer.json()["entry"]]
    return [[issue["diagnostics"] for issue in each.get("issue", [])] for each in outcomes]


async def read(database: Database, client: AsyncClient, listed: str) -> Any:
    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get(f"/v1/patients/me/{listed}", headers=lan.bearer)
    return page.json()["items"]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Đau nửa đầu", "Đau nửa đầu"),
        ("<p>Đau</p><p>nửa đầu</p>", "Đau; nửa đầu"),
        ("<table><tr><td>Đau</td><td>đầu</td></tr></table>", "Đau | đầu"),
        ("Đau &amp; sốt &lt; 38&#176;", "Đau & sốt < 38°"),
        ("Đau<br/>đầu<!-- nháp -->", "Đau; đầu"),
        ("\n   \n", ""),
    ],
)
def test_a_narrative_is_read_as_words(markup: str, words: str) -> None:
    assert name_and_note(unnamed(CONDITION, **narrative(markup))).name == words


def test_an_empty_narrative_says_nothing() -> None:
    assert name_and_note(unnamed(CONDITION, **narrative("Trống", "empty"))).name == ""


def test_a_name_goes_before_a_narrative() -> None:
    assert name_and_note(CONDITION | narrative("Khác hẳn")).name == "Viêm xoang mạn"
    only_code = CONDITION | {"code": concept("", "J32")} | narrative("Khác hẳn")
    assert name_and_note(only_code).name == "J32"


def test_a_long_narrative_begins_a_line_and_stands_whole_in_the_note() -> None:
    long = "đau đầu " * 100
    read_as = name_and_note(unnamed(CONDITION, note=[{"text": "Hẹn lại"}], **narrative(long)))

    assert read_as.name.endswith(" […]")
    assert len(read_as.name) == LONGEST_LINE + len(" […]")
    assert read_as.note == f"{long.strip()}\nHẹn lại"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"resourceType": "Practitioner", "name": [{"text": "BS. A"}]}, "BS. A"),
        ({"resourceType": "PractitionerRole", "practitioner": {"display": "BS. A"}}, "BS. A"),
        ({"resourceType": "PractitionerRole", "specialty": [concept("Tim mạch")]}, "Tim mạch"),
        ({"resourceType": "HealthcareService", "name": "Phòng khám"}, "Phòng khám"),
        ({"resourceType": "Specimen", "type": concept("Máu")}, "Máu"),
        ({"resourceType": "Device", "type": concept("Máy đo")}, "Máy đo"),
        ({"resourceType": "Device", "deviceName": [{"name": "Máy 3"}]}, "Máy 3"),
        ({"resourceType": "Condition", "code": concept("Gút")}, "Gút"),
        ({"resourceType": "Immunization", "vaccineCode": concept("Cúm")}, "Cúm"),
        ({"resourceType": "ImagingStudy", "description": "Ngực thẳng"}, "Ngực thẳng"),
        ({"resourceType": "Location"}, ""),
    ],
)
def test_what_a_record_refers_to_is_called_by_its_words(resource: Resource, name: str) -> None:
    assert called(resource) == name


@pytest.mark.parametrize(
    ("resource", "listed", "field"),
    [(CONDITION, "conditions", "name"), (ALLERGY, "allergies", "name"),
     (PROCEDURE, "timeline", "name")],
)  # fmt: skip
async def test_a_patient_reads_the_narrative_of_what_has_no_name(
    database: Database, client: AsyncClient, hospital: Hospital, resource: Resource, listed: str,
    field: str,
) -> None:  # fmt: skip
    (said,) = await remarks(hospital, unnamed(resource, **narrative("<b>Đau</b> nửa đầu")))

    (line,) = await read(database, client, listed)
    assert line.get("record", line)[field] == "Đau nửa đầu"
    assert NAMELESS not in said


async def test_of_a_record_without_any_name_its_sender_hears(hospital: Hospital) -> None:
    said = await remarks(
        hospital,
        unnamed(CONDITION),
        unnamed(ALLERGY),
        unnamed(PROCEDURE),
        IMMUNIZATION | {"vaccineCode": {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}},
        {"resourceType": "Observation", "id": "o", "status": "final", "subject": HERS,
         "code": {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}},
        CONDITION | {"id": "named"},
    )  # fmt: skip

    assert [NAMELESS in each for each in said] == [True, True, True, True, True, False]


async def test_who_wants_to_be_strict_is_refused_what_has_no_name(
    database: Database, hospital: Hospital
) -> None:
    answer = await hospital.posts(sent(unnamed(CONDITION)), prefer="handling=strict")

    assert answer.status_code == 422
    assert NAMELESS in answer.text
    assert await database.owner.fetchval("SELECT count(*) FROM condition") == 0


async def test_a_restricted_word_of_a_narrative_that_is_shown_restricts(
    database: Database, hospital: Hospital
) -> None:
    said = narrative("<p>Theo dõi <i>HIV</i></p>")
    await remarks(hospital, unnamed(CONDITION, **said), PROCEDURE | said)

    assert await database.owner.fetchval("SELECT restriction FROM condition") == "hiv"
    assert await database.owner.fetchval("SELECT restriction FROM procedure") == ""


async def test_the_sex_of_a_fetus_is_masked_in_every_text_that_is_shown(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    told, words = "Giới tính thai: Nam", concept("Giới tính thai: Nam")
    by_name = [{"display": told}]
    await remarks(
        hospital,
        unnamed(CONDITION, **narrative(told)) | {"id": "hidden"},
        CONDITION | {"bodySite": [words], "stage": [{"summary": words}], "asserter": by_name[0],
                     "evidence": [{"code": [words]}]},
        ALLERGY | {"reaction": [{"manifestation": [words], "description": told,
                                 "exposureRoute": words, "note": [{"text": told}]}]},
        PROCEDURE | {"complication": [words], "followUp": [words], "usedCode": [words],
                     "statusReason": words, "category": words, "location": by_name[0]},
        IMMUNIZATION | {"manufacturer": by_name[0], "reasonCode": [words],
                        "protocolApplied": [{"series": told, "doseNumberString": told}]},
        {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "IMP"},
         "subject": HERS, "serviceType": words, "diagnosis": [{"condition": by_name[0],
                                                               "use": words}],
         "hospitalization": {"dischargeDisposition": words}},
    )  # fmt: skip
    lan = await sign_in(client, database, LAN.citizen_id)

    pages = [
        (await client.get(f"/v1/patients/me/{each}", headers=lan.bearer)).text
        for each in ("conditions", "allergies", "timeline", "immunisations", "visits", "summary")
    ]

    assert all("[…]" in page for page in pages)
    assert [found for page in pages for found in re.findall(r"\bNam\b", page)] == []
