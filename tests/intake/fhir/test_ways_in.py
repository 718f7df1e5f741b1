"""A Bundle whole, a batch entry by entry, one resource alone; only tried, or strictly."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from backend.sandbox.demo.story_bundles import LAN, TU, encoded, visit
from tests.api.conftest import is_outcome
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import (
    Hospital,
    a_hospital,
    an_hour_ago,
    only,
    without_message_id,
)
from tests.harness.intake.other_kinds import ALL, CONDITION, ENCOUNTER, ORDER, sent

Resource = dict[str, Any]
GOAL = {"resourceType": "Goal", "lifecycleStatus": "active",
        "subject": CONDITION["subject"], "description": {"text": "Đi bộ"}}  # fmt: skip
EXTENDED = CONDITION | {"extension": [{"url": "urn:test:x", "valueString": "y"}]}
NAMED = ORDER | {"identifier": [{"system": "urn:bvmau:order", "value": "R1"}]}


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def rows(database: Database, table: str) -> int:
    return int(await database.owner.fetchval(f"SELECT count(*) FROM {table}"))


async def put(hospital: Hospital, path: str, resource: Resource, **headers: str) -> Response:
    return await hospital.sends("PUT", f"/fhir/R4/{path}", encoded(resource), **headers)


async def create(hospital: Hospital, resource: Resource, **headers: str) -> Response:
    path = f"/fhir/R4/{resource['resourceType']}"
    return await hospital.sends("POST", path, encoded(resource), **headers)


def statuses(answer: Response) -> list[str]:
    return [each["response"]["status"] for each in answer.json().get("entry", [])]


@pytest.mark.parametrize("kind", ["message", "collection"])
async def test_what_only_says_what_is_so_is_taken_in_whole(
    database: Database, hospital: Hospital, kind: str
) -> None:
    header = {"resourceType": "MessageHeader", "id": "m1", "eventUri": "urn:test",
              "source": {"endpoint": "urn:his"}}  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": kind,
              "entry": [{"resource": each} for each in (header, ENCOUNTER, CONDITION)]}  # fmt: skip

    first, again = await hospital.posts(bundle), await hospital.posts(bundle)

    assert statuses(first) == ["200 OK", "201 Created", "201 Created"]
    assert (first.json()["type"], again.status_code) == (kind, 200)
    assert (await rows(database, "visit"), await rows(database, "condition")) == (1, 1)


async def test_a_wrong_entry_of_a_batch_hinders_no_other(
    database: Database, hospital: Hospital
) -> None:
    stranger = {"identifier": {"system": "urn:bvmau:patient", "value": "nobody"}}
    batch = sent(ENCOUNTER, CONDITION | {"onsetDateTime": "gestern"}, ORDER | {"subject": stranger},
                 ORDER) | {"type": "batch"}  # fmt: skip

    answer = await hospital.posts(batch)

    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "batch-response"
    refused = "422 Unprocessable Entity"
    assert statuses(answer) == ["201 Created", refused, refused, "201 Created"]
    why = [each["response"].get("outcome", {}).get("issue") for each in answer.json()["entry"]]
    assert why[1][0]["expression"] == ["Bundle.entry[1].resource.onsetDateTime"]
    assert why[2][0]["code"] == "not-found"
    assert (await rows(database, "visit"), await rows(database, "condition")) == (1, 0)


async def test_entries_of_one_batch_may_be_about_different_people(
    database: Database, hospital: Hospital
) -> None:
    his = {"identifier": {"system": "urn:bvmau:patient", "value": TU.hospital_number}}

    answer = await hospital.posts(
        sent(CONDITION, CONDITION | {"id": "c2", "subject": his}) | {"type": "batch"}
    )

    assert statuses(answer) == ["201 Created"] * 2
    assert await database.owner.fetchval("SELECT count(DISTINCT patient) FROM condition") == 2


async def test_one_resource_alone(database: Database, hospital: Hospital) -> None:
    first = await create(hospital, CONDITION)
    same = await put(hospital, "Condition/c1", CONDITION)
    changed = await put(hospital, "Condition/c1", CONDITION | {"onsetDateTime": "2018"})

    assert [each.status_code for each in (first, same, changed)] == [201, 200, 200]
    assert same.headers["location"] == "/fhir/R4/Condition/c1"
    assert first.headers["etag"] == same.headers["etag"] != changed.headers["etag"]
    assert same.json()["issue"][0]["diagnostics"] == "unchanged"
    assert await rows(database, "condition") == 1


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("Condition/other", CONDITION), ("Encounter/c1", CONDITION), ("Condition/c$1", CONDITION),
        ("Nothing/c1", CONDITION),
    ],
)  # fmt: skip
async def test_an_address_that_does_not_fit_is_refused(
    database: Database, hospital: Hospital, path: str, resource: Resource
) -> None:
    answer = await put(hospital, path, resource)

    assert answer.status_code == 422
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert await rows(database, "condition") == 0


async def test_created_only_if_there_is_none(database: Database, hospital: Hospital) -> None:
    condition = "identifier=urn:bvmau:order|R1"
    first = await create(hospital, NAMED, If_None_Exist=condition)
    before = await checksums(database)

    second = await create(hospital, NAMED | {"status": "completed"}, If_None_Exist=condition)

    assert (first.status_code, second.status_code) == (201, 200)
    assert await checksums(database) == before


async def test_updated_where_the_identifier_leads(database: Database, hospital: Hospital) -> None:
    await create(hospital, NAMED)
    request = {"method": "PUT", "url": "ServiceRequest?identifier=urn:bvmau:order|R1"}
    other_id = NAMED | {"id": "another", "status": "completed"}

    answer = await hospital.posts(sent() | {"entry": [{"resource": other_id, "request": request}]})

    assert statuses(answer) == ["200 OK"]
    assert await database.owner.fetchval("SELECT status FROM service_request") == "completed"


@pytest.mark.parametrize("condition", ["identifier=urn:x|R1", "name=Lan", "identifier=R1&a=b"])
async def test_a_condition_the_resource_does_not_meet_is_refused(
    database: Database, hospital: Hospital, condition: str
) -> None:
    answer = await create(hospital, NAMED, If_None_Exist=condition)

    assert answer.status_code == 422
    assert await rows(database, "service_request") == 0


async def test_what_nobody_will_see_is_said(hospital: Hospital) -> None:
    goal, extended = await create(hospital, GOAL), await create(hospital, EXTENDED)

    assert (goal.status_code, extended.status_code) == (200, 201)
    assert "not shown to patients" in goal.json()["issue"][0]["diagnostics"]
    assert "extensions" in extended.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("resource", [GOAL, EXTENDED])
@pytest.mark.parametrize("said", ["handling=strict", 'foo; x, Handling = "strict"'])
async def test_a_strict_sender_hears_a_refusal_instead(
    database: Database, hospital: Hospital, resource: Resource, said: str
) -> None:
    answer = await create(hospital, resource, Prefer=said)

    assert answer.status_code == 422
    assert await rows(database, "condition") == 0
    assert (await create(hospital, CONDITION, Prefer="handling=strict")).status_code == 201


async def test_a_modifier_that_nobody_knows_is_refused(
    database: Database, hospital: Hospital
) -> None:
    answer = await create(
        hospital, CONDITION | {"modifierExtension": [{"url": "urn:not", "valueBoolean": True}]}
    )

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Condition.modifierExtension"]


async def test_a_dry_run_says_what_would_happen_and_keeps_nothing(
    database: Database, hospital: Hospital
) -> None:
    before = await checksums(database)
    events = await rows(database, "received_event")

    tried = await hospital.sends(
        "POST", "/fhir/R4?dry-run=true", encoded(without_message_id(visit(LAN, an_hour_ago())))
    )

    assert set(statuses(tried)) == {"201 Created"}
    assert "hub-message-id" not in tried.headers
    assert await checksums(database) == before
    assert await rows(database, "received_event") == events
    done = await hospital.posts(without_message_id(visit(LAN, an_hour_ago())))
    assert set(statuses(done)) == {"201 Created"}


async def test_a_dry_run_of_one_resource_names_no_message(
    database: Database, hospital: Hospital
) -> None:
    tried = await hospital.sends("POST", "/fhir/R4/Condition?dry-run=true", encoded(CONDITION))
    done = await create(hospital, CONDITION)

    assert (tried.status_code, done.status_code) == (201, 201)
    assert "hub-message-id" not in tried.headers
    named = await hospital.sends("GET", f"/hospital/messages/{done.headers['hub-message-id']}", b"")
    assert named.status_code == 200


@pytest.mark.parametrize("misspelt", ["dryRun=true", "dry_run=true", "Dry-Run=true"])
async def test_a_misspelt_dry_run_is_refused_in_fhirs_words_and_stores_nothing(
    database: Database, hospital: Hospital, misspelt: str
) -> None:
    before = await checksums(database)

    answer = await hospital.sends(
        "POST", f"/fhir/R4?{misspelt}", encoded(visit(LAN, an_hour_ago()))
    )

    assert is_outcome(answer, 400, "unknown_parameter")
    (issue,) = answer.json()["issue"]
    assert issue["code"] == "not-supported"
    assert issue["diagnostics"] == "Known here: _format, _pretty, _summary, dry-run."
    assert await checksums(database) == before


async def test_what_fhir_clients_add_by_themselves_changes_nothing(hospital: Hospital) -> None:
    usual = "_format=json&_pretty=true&_summary=false"

    described = await hospital.sends("GET", f"/fhir/R4/metadata?{usual}", b"")
    taken = await hospital.sends("POST", f"/fhir/R4?{usual}", encoded(visit(LAN, an_hour_ago())))

    assert described.content == (await hospital.sends("GET", "/fhir/R4/metadata", b"")).content
    assert set(statuses(taken)) == {"201 Created"}


async def test_every_problem_of_every_entry_is_named_at_once(hospital: Hospital) -> None:
    bundle = only(visit(LAN, an_hour_ago()), "Observation", "Appointment")
    bundle["entry"][0]["resource"]["status"] = "nonsense"
    bundle["entry"][1]["resource"]["subject"] = {"reference": "Patient/of/nobody"}
    bundle["entry"][2]["request"] = {"method": "DELETE", "url": "Observation"}

    method = await hospital.posts(bundle)
    bundle["entry"][2]["request"] = {"method": "POST", "url": "Observation"}
    rest = await hospital.posts(bundle)

    assert [each["expression"] for each in method.json()["issue"]] == [
        ["Bundle.entry[2].request.method"]
    ]
    told = {each["expression"][0] for each in rest.json()["issue"]}
    assert {"Bundle.entry[0].resource.status", "Bundle.entry[1].resource.subject"} <= told


async def test_the_description_names_what_is_taken(client: AsyncClient) -> None:
    said = (await client.get("/fhir/R4/metadata")).json()

    rest = said["rest"][0]
    assert {each["code"] for each in rest["interaction"]} == {"transaction", "batch"}
    described = {each["type"] for each in rest["resource"]}
    assert {each["resourceType"] for each in ALL} <= described
    assert "Goal" not in described


async def test_every_problem_of_one_resource_is_named_at_once(hospital: Hospital) -> None:
    medicine = {
        "resourceType": "MedicationRequest", "status": "nonsense", "intent": "nonsense",
        "subject": CONDITION["subject"], "medicationCodeableConcept": {"text": "x"},
    }  # fmt: skip
    report = {
        "resourceType": "DiagnosticReport", "status": "nonsense", "code": {"text": "x"},
        "subject": CONDITION["subject"],
        "result": [{"reference": "Condition/c1"}, {"reference": "Encounter/e1"}],
    }  # fmt: skip

    told = [
        [each["expression"][0] for each in (await create(hospital, one)).json()["issue"]]
        for one in (medicine, report)
    ]

    assert told == [
        ["MedicationRequest.status", "MedicationRequest.intent"],
        ["DiagnosticReport.status", "DiagnosticReport.result[0]", "DiagnosticReport.result[1]"],
    ]
