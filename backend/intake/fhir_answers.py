"""Says in FHIR what became of a Bundle, what is wrong with one, and what this door can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response

from backend.errors import HubError
from backend.intake.events import Answer, Done
from backend.problem_json import problem

FHIR_JSON = "application/fhir+json"
_AS_OUTCOME = frozenset({409, 422})
"""Refusals that are about the content; everything else is about the request."""

_ISSUE_CODES = {
    "invalid_fhir": "invalid",
    "not_supported": "not-supported",
    "unknown_patient": "not-found",
    "unknown_record": "not-found",
    "idempotency_conflict": "duplicate",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What the answer to one entry is made of: nothing that another facility had a part in."""

    kind: str
    local_id: str
    content_hash: bytes
    events: int
    """How many events it became. The last of them is the entry itself."""


def transaction_response(entries: Sequence[Answered]) -> Answer:
    """Make the answer to a Bundle of these entries, in their order."""

    def answer(done: Sequence[Done]) -> str:
        said, end = [], 0
        for entry in entries:
            end += entry.events
            said.append({"response": _response(entry, done[end - 1])})
        bundle = {"resourceType": "Bundle", "type": "transaction-response"}
        return msgspec.json.encode(bundle | ({"entry": said} if said else {})).decode()

    return answer


def _response(entry: Answered, done: Done) -> dict[str, Any]:
    said: dict[str, Any] = {
        "status": "201 Created" if done is Done.CREATED else "200 OK",
        "location": f"{entry.kind}/{entry.local_id}",
        "etag": f'W/"{entry.content_hash.hex()[:16]}"',
    }
    if done is Done.NOT_KEPT:
        said["outcome"] = outcome([("information", "informational", "not shown to patients", "")])
    if done is Done.UNCHANGED:
        said["outcome"] = outcome([("information", "informational", "unchanged", "")])
    return said


def outcome(issues: Sequence[tuple[str, str, str, str]]) -> dict[str, Any]:
    """Make an OperationOutcome of (severity, code, words, path)."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": severity, "code": code, "diagnostics": words}
            | ({"expression": [path]} if path else {})
            for severity, code, words, path in issues
        ],
    }


def to_outcome(_: Request[Any, Any, Any], error: HubError) -> Response[dict[str, Any]]:
    """Say what is wrong with the content in FHIR's words, all else as a problem."""
    if error.status not in _AS_OUTCOME or error.code == "not_fhir":
        return problem(error)
    code = _ISSUE_CODES.get(error.code, "business-rule")
    issues = [("error", code, each.message, each.path) for each in error.faults]
    return Response(
        outcome(issues or [("error", code, error.message, "")]),
        status_code=error.status,
        media_type=FHIR_JSON,
        headers={"Cache-Control": "no-store"},
    )


_TYPES = ("Patient", "DiagnosticReport", "Observation", "Appointment", "MedicationRequest")

CAPABILITIES: dict[str, Any] = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-11-22",
    "kind": "capability",
    "software": {"name": "Patient Hub"},
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [
        {
            "mode": "server",
            "documentation": "Takes transaction Bundles about one patient whose entries create or "
            "update (POST, PUT). Resources of other types are accepted and not shown to patients. "
            "Nothing can be read here.",
            "security": {"description": "Authorization: Bearer <facility key>"},
            "interaction": [{"code": "transaction"}],
            "resource": [{"type": each, "versioning": "no-version"} for each in _TYPES],
        }
    ],
}
"""Exactly what this door does, for `GET /fhir/R4/metadata`."""
