"""Writes FHIR responses: results of entries, OperationOutcomes and the CapabilityStatement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response

from backend.core.crypto.name_hashes import hash_content
from backend.core.errors import HubError, Issue
from backend.core.http.problem_details import problem
from backend.core.preconditions import tag_of
from backend.intake.fhir.model.bundle import PARTIES
from backend.intake.pipeline.events import IntakeAnswer, MessageOutcome, StoreOutcome
from backend.records.kinds import KINDS

FHIR_JSON = "application/fhir+json"
_OF_CONTENT = frozenset({409, 412, 422})
"""Refusals that are about the content; everything else is about the request."""
_ROOT = "/fhir"

_ISSUE_CODES = {
    "invalid_fhir": "invalid",
    "not_fhir": "structure",
    "malformed_body": "structure",
    "not_supported": "not-supported",
    "unknown_patient": "not-found",
    "unknown_record": "not-found",
    "idempotency_conflict": "duplicate",
    "precondition_failed": "conflict",
    "several_records": "multiple-matches",
    "record_twice": "duplicate",
    "record_too_large": "too-long",
    "unknown_parameter": "not-supported",
}
_ISSUE_CODES_BY_STATUS: Final[dict[int, str]] = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported",
    406: "not-supported", 408: "timeout", 412: "conflict", 413: "too-long", 415: "not-supported",
    429: "throttled", 500: "exception", 503: "transient",
}  # fmt: skip
"""FHIR's word for what is wrong (R4, valueset-issue-type) where the error has none of its own."""


NOT_SHOWN = "kept as it came, and not shown to patients"
ID_NOT_HELD = (
    "its id holds in this message only: to name it in another one, PUT it, refer to an identifier"
    " of its own, or let the hub's operator declare your ids stable"
)
EXTENDED = "its extensions are kept as they came, and not shown to patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The parts of the answer to one entry; none of them comes from another facility."""

    path: str
    kind: str
    local_id: str
    """Empty where the hub gives it."""
    content_hash: bytes
    events: int
    """How many events it became. The last of them is the entry itself."""
    not_shown: str
    """Why no patient sees anything of it; empty where one does."""
    extended: bool
    files: tuple[str, ...] = ()
    """Why files of it are kept and not shown."""
    notes: tuple[str, ...] = ()
    """The phones and numbers of a Patient that were not taken as the patient's own."""
    odd: tuple[Issue, ...] = ()
    """Faults in what no patient is shown."""
    hints: tuple[str, ...] = ()
    """What is said for information only, also where all that is not shown is refused."""

    @property
    def remarks(self) -> list[str]:
        """List all that the sender should know: what no patient will see, what was not taken."""
        extended = [EXTENDED] if self.extended else []
        unseen = [self.not_shown] if self.not_shown else []
        return [*unseen, *extended, *self.files, *self.notes]


def bundle_response(kind: str) -> Callable[[Sequence[Answered]], IntakeAnswer]:
    """Write the answer to a Bundle, entry by entry in its order."""

    def of(entries: Sequence[Answered]) -> IntakeAnswer:
        def answer(told: MessageOutcome) -> str:
            said, end = [], 0
            for entry in entries:
                end += entry.events
                said.append({"response": _response(entry, told.done[end - 1], told)})
            return as_bundle(kind, said)

        return answer

    return of


def resource_response(entries: Sequence[Answered]) -> IntakeAnswer:
    """Write the answer to a single resource, with the content of a Bundle entry's answer."""

    def answer(told: MessageOutcome) -> str:
        return msgspec.json.encode(_response(entries[0], told.done[-1], told)).decode()

    return answer


def as_bundle(kind: str, said: Sequence[dict[str, Any]]) -> str:
    bundle = {"resourceType": "Bundle", "type": kind}
    return msgspec.json.encode(bundle | ({"entry": said} if said else {})).decode()


_STATUS = {StoreOutcome.CREATED: "201 Created", StoreOutcome.WAITING: "202 Accepted"}


def _response(entry: Answered, done: StoreOutcome, told: MessageOutcome) -> dict[str, Any]:
    unchanged = done is StoreOutcome.UNCHANGED
    remarks = ["unchanged", *entry.notes] if unchanged else entry.remarks
    remarks = [*remarks, *told.remarks.get(entry.path, ()), *entry.hints]
    if done is StoreOutcome.WAITING:
        remarks = [told.waits]
    said: dict[str, Any] = {"status": _STATUS.get(done, "200 OK")}
    if local_id := entry.local_id or told.names.get(entry.path):
        said["location"] = f"{entry.kind}/{local_id}"
    tag = told.tags.get(entry.path) or tag_of(hash_content(entry.content_hash))
    said["etag"] = f'W/"{tag}"'
    issues = [("information", "informational", remark, "") for remark in remarks]
    issues += [("warning", "invalid", fault.message, fault.path) for fault in entry.odd]
    if issues:
        said["outcome"] = outcome(issues)
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


def is_fhir(path: str) -> bool:
    """Say whether an address is one of the FHIR door, known or not."""
    return path == _ROOT or path.startswith(f"{_ROOT}/")


def refusal(error: HubError, request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Refuse in the words of the door: below `/fhir` as an OperationOutcome, else as a problem."""
    said = problem(error, request)
    if not is_fhir(request.scope["path"]):
        return said
    return Response(
        outcome_of(error), status_code=error.status, media_type=FHIR_JSON, headers=said.headers
    )


def is_about_content(error: HubError) -> bool:
    about = error.status in _OF_CONTENT or error.code == "other_record_id"
    return about and error.code != "not_fhir"


def outcome_of(error: HubError) -> dict[str, Any]:
    """Say an error in FHIR's words; its first issue has the code of docs/errors.md, too."""
    by_status = _ISSUE_CODES_BY_STATUS.get(error.status, "business-rule")
    code = _ISSUE_CODES.get(error.code, by_status)
    issues = [("error", code, *_told(issue)) for issue in error.faults]
    said = outcome(issues or [("error", code, error.message, "")])
    said["issue"][0]["details"] = {"coding": [{"code": error.code}], "text": error.message}
    return said


def _told(issue: Issue) -> tuple[str, str]:
    """Give the words of a fault and its FHIRPath; what is no element of a resource has none."""
    if issue.path.startswith("$"):
        return (issue.message if issue.path == "$" else f"{issue.path}: {issue.message}"), ""
    return issue.message, issue.path


_SHOWN = ("Patient", *(kind.fhir for kind in KINDS), *sorted(PARTIES))

CAPABILITIES: dict[str, Any] = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-11-25",
    "kind": "instance",
    "software": {"name": "Patient Hub"},
    "implementation": {"description": "Takes in what a hospital exports; nothing can be read."},
    "fhirVersion": "4.0.1",
    "format": ["application/fhir+json", "json"],
    "rest": [
        {
            "mode": "server",
            "documentation": "Bundles of type transaction, message, collection, searchset, "
            "history and document are taken in whole or not at all, and are about one patient; "
            "each entry of a batch stands for itself. An id names a record in other messages where "
            "it is PUT, or stands in a collection, searchset, history or document; else its own "
            "identifiers do. If-Match and If-None-Match are looked at, in a Bundle too. "
            "Patient.link merges two of your patients (replaced-by, replaces), until the "
            "old one is sent again with `active: true` and without it. Conditions are "
            "`identifier=system|value` of an identifier the resource has. Bodies may be gzip. "
            "Of Practitioner, Organization and Location the name is kept. Attachments are PDF, "
            "PNG, JPEG or plain text of up to 20 MB each, inside the resource; addresses are not "
            "fetched. Resources of other "
            "types, and extensions, are kept as they came and not shown to patients: the answer "
            "says so, and `Prefer: handling=strict` makes it a refusal. `?dry-run=true` says what "
            "would happen and stores nothing, so that its answer has no `Hub-Message-Id`. "
            "Answers are JSON of R4: whoever accepts no such (`Accept`, `_format`) is refused. "
            "`_pretty` and `_summary` change nothing; any other parameter is refused.",
            "security": {"description": "Authorization: Bearer <facility key>"},
            "interaction": [{"code": "transaction"}, {"code": "batch"}],
            "resource": [
                {
                    "type": fhir_type,
                    "versioning": "no-version",
                    "interaction": [{"code": "create"}, {"code": "update"}],
                    "updateCreate": True,
                    "conditionalCreate": True,
                    "conditionalUpdate": True,
                    "referencePolicy": ["literal", "logical", "local"],
                }
                for fhir_type in _SHOWN
            ],
        }
    ],
}
"""The CapabilityStatement that `GET /fhir/R4/metadata` gives: exactly what the hub does."""
