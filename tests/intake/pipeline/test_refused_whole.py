"""What cannot be filed is refused whole, in words that repeat nothing, and none of it is kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response

from backend.sandbox.demo.story_bundles import LAN, TU, Resource, registration, visit
from conformance.stored import stored
from tests.conftest import Database
from tests.harness.intake.hospital import (
    Hospital,
    a_hospital,
    an_hour_ago,
    only,
    resource,
    without_message_id,
)


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


def issues(answer: Response) -> list[tuple[str, str]]:
    assert answer.headers["content-type"] == "application/fhir+json", answer.text
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [(each["code"], each.get("expression", [""])[0]) for each in outcome["issue"]]


def tus_number_in_one_observation(bundle: Resource) -> None:
    resource(bundle, "Observation", 3)["subject"] = resource(
        visit(TU, an_hour_ago()), "Observation"
    )["subject"]


def a_stranger(bundle: Resource) -> None:
    resource(bundle, "DiagnosticReport")["subject"] = {"reference": "Patient/nobody"}


def a_name_of_no_entry(bundle: Resource) -> None:
    resource(bundle, "DiagnosticReport")["result"][2] = {"reference": "urn:uuid:0"}


def another_servers_patient(bundle: Resource) -> None:
    resource(bundle, "Appointment")["participant"][0]["actor"] = {
        "reference": "https://other.example/fhir/Patient/1"
    }


def nobody(bundle: Resource) -> None:
    del resource(bundle, "MedicationRequest")["subject"]
    resource(bundle, "MedicationRequest")["subject"] = {"display": "Lan"}


def an_unknown_status(bundle: Resource) -> None:
    resource(bundle, "DiagnosticReport")["status"] = "finished"


def a_deletion(bundle: Resource) -> None:
    bundle["entry"][0]["request"]["method"] = "DELETE"


def one_record_twice(bundle: Resource) -> None:
    named = {"request": {"method": "PUT", "url": "Observation/o1"}}
    bundle["entry"][1] |= named
    bundle["entry"].append(bundle["entry"][2] | named | {"fullUrl": "urn:uuid:1"})


def another_type(bundle: Resource) -> None:
    bundle["type"] = "transaction-response"


def a_path_as_id(bundle: Resource) -> None:
    bundle["entry"][0]["request"] = {"method": "PUT", "url": "DiagnosticReport/../../x"}


def a_name_as_id(bundle: Resource) -> None:
    resource(bundle, "Observation")["id"] = "Trần Thị Lan"


WRONG: dict[Callable[[Resource], None], tuple[str, str]] = {
    tus_number_in_one_observation: ("business-rule", "Bundle.entry[4].resource.subject"),
    a_stranger: ("not-found", "Bundle.entry[0].resource.subject"),
    a_name_of_no_entry: ("business-rule", "Bundle.entry[0].resource.result[2]"),
    another_servers_patient: ("business-rule", "Bundle.entry[6].resource.participant[0].actor"),
    nobody: ("business-rule", "Bundle.entry[7].resource"),
    an_unknown_status: ("business-rule", "Bundle.entry[0].resource.status"),
    a_deletion: ("business-rule", "Bundle.entry[0].request.method"),
    one_record_twice: ("business-rule", "Bundle.entry[8].resource"),
    another_type: ("not-supported", ""),
    a_name_as_id: ("business-rule", "Bundle.entry[1].resource.id"),
    a_path_as_id: ("business-rule", "Bundle.entry[0].request.url"),
}


@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
async def test_a_bundle_with_one_wrong_entry_is_refused_whole(
    database: Database, hospital: Hospital, spoil: Callable[[Resource], None]
) -> None:
    before = await stored(database.owner)
    bundle = visit(LAN, an_hour_ago())
    spoil(bundle)

    answer = await hospital.posts(bundle)

    assert answer.status_code == 422
    assert issues(answer) == [WRONG[spoil]]
    assert await stored(database.owner) == before


async def test_two_people_in_one_bundle_are_refused(database: Database, hospital: Hospital) -> None:
    before = await stored(database.owner)
    both = without_message_id(registration(LAN))
    both["entry"] += registration(TU)["entry"]

    answer = await hospital.posts(both)

    assert issues(answer) == [("business-rule", "Bundle.entry[1].resource")]
    assert await stored(database.owner) == before


async def test_everything_that_leads_nowhere_is_named_at_once(hospital: Hospital) -> None:
    bundle = without_message_id(visit(LAN, an_hour_ago()))
    report = resource(bundle, "DiagnosticReport")
    report["result"][1] = {"reference": "urn:uuid:0"}
    report["result"][3] = {"reference": "urn:oid:2.999.1"}
    at = {id(each["resource"]): n for n, each in enumerate(bundle["entry"])}[id(report)]

    answer = await hospital.posts(bundle)

    places = {f"Bundle.entry[{at}].resource.result[{n}]" for n in (1, 3)}
    assert {place for _, place in issues(answer)} == places


async def test_every_stranger_is_named(hospital: Hospital) -> None:
    bundle = without_message_id(visit(LAN, an_hour_ago()))
    for n in (0, 1):
        resource(bundle, "Observation", n)["subject"] = {"reference": f"Patient/nobody-{n}"}

    strangers = await hospital.posts(bundle)

    assert [code for code, _ in issues(strangers)] == ["not-found"] * 2


async def test_a_second_patient_hides_no_other_mistake(hospital: Hospital) -> None:
    bundle = without_message_id(visit(LAN, an_hour_ago()))
    people = registration(LAN)["entry"] + registration(TU)["entry"]
    bundle["entry"] = [*people, *bundle["entry"]]
    resource(bundle, "DiagnosticReport")["status"] = "finished"

    answer = await hospital.posts(bundle)

    assert [place.rpartition(".")[2] for _, place in issues(answer)] == ["resource", "status"]


async def test_a_report_never_shows_what_another_hospital_sent(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    measured = only(visit(LAN, an_hour_ago()), "Observation")
    for n, each in enumerate(measured["entry"]):
        each["request"] = {"method": "PUT", "url": f"Observation/o{n}"}
    assert (await hospital.posts(measured)).status_code == 200
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)
    report = only(visit(LAN, an_hour_ago()), "DiagnosticReport")
    answers, shown = [], []

    for name in ("o0", "no-such-name"):
        said = resource(report, "DiagnosticReport")
        said |= {"result": [{"reference": f"Observation/{name}"}], "id": name, "identifier": []}
        del said["identifier"]
        answers.append(await other.posts(report))
        shown.append(json.loads(await database.owner.fetchval(
            "SELECT body FROM result ORDER BY id DESC LIMIT 1"
        )))  # fmt: skip

    same = ["observations", "missing", "testName"]
    assert [each.status_code for each in answers] == [200, 200]
    assert [shown[0][name] for name in same] == [shown[1][name] for name in same]
    assert (shown[0]["observations"], shown[0]["missing"]) == ([], 1)


async def test_own_measurements_of_an_earlier_message_may_be_referred_to(
    database: Database, hospital: Hospital
) -> None:
    measured = only(visit(LAN, an_hour_ago()), "Observation")
    for n, each in enumerate(measured["entry"]):
        each["request"] = {"method": "PUT", "url": f"Observation/o{n}"}
    await hospital.posts(measured)
    report = only(visit(LAN, an_hour_ago()), "DiagnosticReport")
    resource(report, "DiagnosticReport")["result"] = [
        {"reference": f"Observation/o{n}"} for n in (2, 0)
    ]

    answer = await hospital.posts(report)

    assert answer.status_code == 200, answer.text
    document = json.loads(await database.owner.fetchval("SELECT body FROM result"))
    assert [each["value"] for each in document["observations"]] == [13.2, 6.8]


async def test_another_patients_measurement_cannot_be_put_into_a_report(
    database: Database, hospital: Hospital
) -> None:
    measured = only(visit(TU, an_hour_ago()), "Observation")
    measured["entry"][0]["request"] = {"method": "PUT", "url": "Observation/of-tu"}
    await hospital.posts(measured)
    before = await stored(database.owner)
    report = only(visit(LAN, an_hour_ago()), "DiagnosticReport")
    resource(report, "DiagnosticReport")["result"] = [{"reference": "Observation/of-tu"}]

    answer = await hospital.posts(report)

    assert answer.status_code == 422
    assert await stored(database.owner) == before


async def test_a_record_does_not_wander_to_another_patient(
    database: Database, hospital: Hospital
) -> None:
    await hospital.posts(visit(LAN, an_hour_ago()))
    before = await stored(database.owner)
    taken = without_message_id(visit(LAN, an_hour_ago()))
    for each in taken["entry"]:
        tus = resource(visit(TU, an_hour_ago()), "Observation")["subject"]
        each["resource"].pop("participant", None)
        each["resource"]["subject"] = tus
        if each["resource"]["resourceType"] == "Appointment":
            del each["resource"]["subject"]
            each["resource"]["participant"] = [{"actor": tus, "status": "accepted"}]

    answer = await hospital.posts(taken)

    assert answer.status_code == 422
    assert await stored(database.owner) == before


async def test_a_patient_known_only_elsewhere_is_a_stranger(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    told: list[str] = []

    for citizen_id in (LAN.citizen_id, "079190000099"):
        event: dict[str, Any] = {"eventId": "e-1", "type": "queue.called", "ticket": "A1",
                                 "counter": "3", "patient": {"citizenId": citizen_id}}  # fmt: skip
        told.append((await other.says(event)).text)

    assert json.loads(told[0])["code"] == "unknown_patient"
    assert told[0] == told[1]
