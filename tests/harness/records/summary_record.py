"""A whole invented record, as a hospital sends it, and a patient who fetches the summary of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from httpx import AsyncClient, Response

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import CITIZEN_ID, LAN, Resource, StoryPerson
from conformance.whole_records import as_written
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital, asked_for

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"


def whose(person: StoryPerson = LAN) -> Resource:
    return {"identifier": {"system": CITIZEN_ID, "value": person.citizen_id}}


def concept(system: str, code: str, text: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def an_allergy(name: str = "Penicillin", code: str = "91936005", **more: Any) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "identifier": [{"system": "urn:bvmau:allergy", "value": f"{code}-{name}"}],
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": concept(SNOMED, code, name),
        "patient": whose(),
        "criticality": "high",
        "reaction": [{"manifestation": [concept(SNOMED, "271807003", "Phát ban")]}],
    } | more


def a_medicine(name: str = "Amlodipin 5 mg", code: str = "C08CA01", **more: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "identifier": [{"system": "urn:bvmau:rx", "value": f"{code}-{name}"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept("http://www.whocc.no/atc", code, name),
        "subject": whose(),
        "authoredOn": now().date().isoformat(),
        "dosageInstruction": [{"text": "Uống 1 viên buổi sáng, sau ăn"}],
    } | more


def a_condition(name: str = "Tăng huyết áp", code: str = "38341003", **more: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "identifier": [{"system": "urn:bvmau:dx", "value": f"{code}-{name}"}],
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": concept(SNOMED, code, name),
        "subject": whose(),
        "onsetDateTime": "2015-03",
    } | more


def a_measurement(value: str = "72.50", code: str = "29463-7", **more: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:bvmau:obs", "value": f"{code}-{value}"}],
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": concept(LOINC, code, f"Chỉ số {code}"),
        "subject": whose(),
        "effectiveDateTime": now().isoformat(),
        "valueQuantity": {
            "value": Decimal(value),
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
    } | more


def a_vaccine(**more: Any) -> Resource:
    return {
        "resourceType": "Immunization",
        "identifier": [{"system": "urn:bvmau:vac", "value": "1"}],
        "status": "completed",
        "vaccineCode": concept("http://hl7.org/fhir/sid/cvx", "88", "Cúm mùa"),
        "patient": whose(),
        "occurrenceDateTime": "2026-09",
        "protocolApplied": [{"doseNumberPositiveInt": 2}],
    } | more


def a_procedure(**more: Any) -> Resource:
    return {
        "resourceType": "Procedure",
        "identifier": [{"system": "urn:bvmau:proc", "value": "1"}],
        "status": "completed",
        "code": concept(SNOMED, "80146002", "Cắt ruột thừa"),
        "subject": whose(),
        "performedDateTime": "2009-07",
    } | more


def a_statement(**more: Any) -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "identifier": [{"system": "urn:bvmau:takes", "value": "1"}],
        "status": "active",
        "medicationCodeableConcept": {"text": "Trà atisô"},
        "subject": whose(),
    } | more


def sent(*resources: Resource) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": each, "request": asked_for(each)} for each in resources],
    }


def a_whole_record() -> Resource:
    return sent(
        an_allergy(), a_medicine(), a_condition(), a_measurement(), a_vaccine(), a_procedure(),
        a_statement(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lan:
    """A patient of one hospital, with the app on her phone."""

    client: AsyncClient
    database: Database
    hospital: Hospital
    tokens: Tokens

    async def hospital_sends(self, *resources: Resource) -> None:
        answer = await self.hospital.posts(sent(*resources))
        assert answer.status_code == 200, answer.text

    async def asks(self, more: str = "", method: str = "GET", **headers: str) -> Response:
        own = {**self.tokens.bearer, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await self.client.request(method, f"/v1/patients/me/summary{more}", headers=own)

    async def text(self, **headers: str) -> str:
        answer = await self.asks(**headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def prints(self, **headers: str) -> Response:
        return await self.asks("/prints", "POST", **headers)


def resources_in(text: str) -> list[Any]:
    """Read it with every number as the letters it was written in."""
    return [each["resource"] for each in as_written(text)["entry"]]


def one(text: str, kind: str) -> Any:
    (found,) = [each for each in resources_in(text) if each["resourceType"] == kind]
    return found


def section(text: str, loinc: str) -> Any:
    (head,) = [each for each in resources_in(text) if each["resourceType"] == "Composition"]
    found = [each for each in head["section"] if each["code"]["coding"][0]["code"] == loinc]
    return found[0] if found else None
