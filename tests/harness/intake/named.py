"""Records with ids and identifiers, how they are sent, and what of them is stored."""

import json
from typing import Any, Final

from httpx import Response

from backend.sandbox.demo.story_bundles import LAN, TU, Resource, encoded
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital

V2: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
HERS: Final = {"identifier": {"system": "urn:bvmau:patient", "value": LAN.hospital_number}}
HIS: Final = {"identifier": {"system": "urn:bvmau:patient", "value": TU.hospital_number}}
DAY: Final = "2026-10-01T08:00:00+07:00"


def number(value: str, system: str = "urn:test:own", kind: str = "") -> Resource:
    typed = {"type": {"coding": [{"system": V2, "code": kind}]}} if kind else {}
    return {"system": system, "value": value} | typed


def measured(name: str, value: float, *numbers: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "Observation", "status": "final", "code": {"text": name}, "subject": HERS,
        "effectiveDateTime": DAY, "valueQuantity": {"value": value, "unit": "mmol/L"},
        **({"identifier": list(numbers)} if numbers else {}),
    } | more  # fmt: skip


def bundle(*resources: Resource, kind: str = "transaction", **requests: Any) -> Resource:
    """POST resources; in a Bundle that asks for nothing they just stand there."""
    asks = kind in {"transaction", "batch"}
    entries: list[Resource] = [
        {"resource": each}
        | ({"request": {"method": "POST", "url": each["resourceType"]} | requests} if asks else {})
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


async def put(hospital: Hospital, resource: Resource, **headers: str) -> Response:
    address = f"/fhir/R4/{resource['resourceType']}/{resource['id']}"
    return await hospital.sends("PUT", address, encoded(resource), **headers)


async def post(hospital: Hospital, resource: Resource, **headers: str) -> Response:
    address = f"/fhir/R4/{resource['resourceType']}"
    return await hospital.sends("POST", address, encoded(resource), **headers)


async def stored(database: Database, table: str = "observation") -> list[tuple[str, Any]]:
    """Name the rows of measurements with their values, in order."""
    rows = await database.owner.fetch(f"SELECT body FROM {table}")
    read = [json.loads(row["body"]) for row in rows]
    return sorted((each["name"], each.get("value")) for each in read)


def said(answer: Response) -> list[str]:
    """List what an answer remarks, entry by entry or alone."""
    body = answer.json() if answer.content else {}
    entries = [each["response"] for each in body.get("entry", [])]
    outcomes = [each.get("outcome", {}) for each in entries] if entries else [body]
    return [issue["diagnostics"] for one in outcomes for issue in one.get("issue", [])]
