"""Names the elements that the hub reads of each kind, and parts faults by that.

A fault in what is read refuses its message: a value, a subject, a date. Any other fault is a remark
in the answer, because no patient would see anything of the element.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from backend.core.errors import Issue
from backend.intake.fhir.model.bundle import KEPT, PARTIES
from backend.intake.fhir.model.datatypes import Resource

_OF_ALL: Final = frozenset(
    {"resourceType", "id", "meta", "implicitRules", "identifier", "status", "contained", "subject",
     "patient", "modifierExtension", "note", "category", "encounter", "reasonCode",
     "reasonReference", "basedOn"}
)  # fmt: skip
_NEVER_READ: Final = frozenset({"text", "language", "extension"})
READ: Final[Mapping[str, frozenset[str]]] = {
    "Patient": frozenset(
        {"active", "name", "telecom", "gender", "birthDate", "deceased", "communication", "contact",
         "link"}
    ),
    "Observation": frozenset(
        {"code", "effective", "issued", "performer", "value", "dataAbsentReason", "interpretation",
         "bodySite", "method", "specimen", "referenceRange", "hasMember", "component"}
    ),
    "DiagnosticReport": frozenset(
        {"code", "effective", "issued", "performer", "resultsInterpreter", "specimen", "result",
         "conclusion", "conclusionCode", "presentedForm"}
    ),
    "Appointment": frozenset(
        {"cancelationReason", "serviceCategory", "serviceType", "specialty", "appointmentType",
         "description", "start", "end", "minutesDuration", "created", "comment",
         "patientInstruction", "participant"}
    ),
    "MedicationRequest": frozenset(
        {"intent", "doNotPerform", "medication", "authoredOn", "requester", "recorder", "performer",
         "groupIdentifier", "dosageInstruction", "dispenseRequest", "substitution",
         "priorPrescription", "statusReason", "reported", "courseOfTherapyType", "priority"}
    ),
    "MedicationStatement": frozenset(
        {"statusReason", "medication", "effective", "dateAsserted", "informationSource", "dosage"}
    ),
    "Encounter": frozenset(
        {"class", "type", "serviceType", "participant", "period", "diagnosis", "hospitalization",
         "location", "serviceProvider", "partOf", "appointment", "length", "priority"}
    ),
    "Condition": frozenset(
        {"clinicalStatus", "verificationStatus", "severity", "code", "bodySite", "onset",
         "abatement", "recordedDate", "recorder", "asserter", "stage", "evidence"}
    ),
    "AllergyIntolerance": frozenset(
        {"clinicalStatus", "verificationStatus", "type", "criticality", "code", "onset",
         "recordedDate", "recorder", "asserter", "lastOccurrence", "reaction"}
    ),
    "Immunization": frozenset(
        {"statusReason", "vaccineCode", "occurrence", "recorded", "location", "manufacturer",
         "lotNumber", "expirationDate", "site", "route", "doseQuantity", "performer",
         "isSubpotent", "reaction", "protocolApplied", "reportOrigin"}
    ),
    "Procedure": frozenset(
        {"statusReason", "code", "performed", "recorder", "asserter", "performer", "location",
         "bodySite", "outcome", "report", "complication", "complicationDetail", "followUp"}
    ),
    "ImagingStudy": frozenset(
        {"modality", "started", "referrer", "interpreter", "numberOfSeries", "numberOfInstances",
         "procedureCode", "procedureReference", "location", "description", "series"}
    ),
    "ServiceRequest": frozenset(
        {"replaces", "requisition", "intent", "priority", "doNotPerform", "code", "orderDetail",
         "quantity", "occurrence", "asNeeded", "authoredOn", "requester", "performerType",
         "performer", "locationCode", "locationReference", "specimen", "bodySite",
         "patientInstruction"}
    ),
    "DocumentReference": frozenset(
        {"docStatus", "type", "date", "author", "authenticator", "custodian", "relatesTo",
         "description", "securityLabel", "content", "context"}
    ),
    "Composition": frozenset(
        {"type", "date", "author", "title", "confidentiality", "attester", "custodian", "section",
         "event"}
    ),
    "Medication": frozenset({"code", "form", "amount", "ingredient", "batch"}),
    "Binary": frozenset({"contentType", "data", "securityContext"}),
    "PractitionerRole": frozenset({"practitioner", "organization", "location", "code"}),
    **dict.fromkeys(PARTIES, frozenset({"name", "alias"})),
}  # fmt: skip
"""By FHIR's word for the kind, without `[x]`. What every kind may have stands in `_OF_ALL`."""
_SAID_TWICE: Final = "the key appears more than once"
_UNKNOWN: Final = "unknown element"
_IN_ENTRY: Final = re.compile(r"Bundle\.entry\[(?P<n>\d+)\]\.(?P<rest>.+)\Z")
_CONTAINED: Final = re.compile(r"contained\[(?P<n>\d+)\]\.(?P<rest>.+)\Z")
_OF_THE_BUNDLE: Final = re.compile(r"Bundle\.(link|total|timestamp|signature|meta|language)\b")
_OF_THE_ENTRY: Final = re.compile(r"(search|response|link|extension|id)\b")


@dataclass(slots=True)
class Faults:
    """The faults of a resource: those that refuse it, and those that are only said."""

    hard: list[Issue] = field(default_factory=list)
    odd: dict[int, list[Issue]] = field(default_factory=dict)
    """By entry; those of a resource alone, and of a Bundle itself, under 0."""

    def all(self) -> list[Issue]:
        return [*self.hard, *(fault for faults in self.odd.values() for fault in faults)]


def parted(resource: Resource, faults: Sequence[Issue]) -> Faults:
    """Part the faults of a resource, or of all in a Bundle."""
    found = Faults()
    for fault in faults:
        n = _entry_if_odd(resource, fault)
        if n is None:
            found.hard.append(fault)
        else:
            found.odd.setdefault(n, []).append(fault)
    return found


def _entry_if_odd(resource: Resource, fault: Issue) -> int | None:
    """Give the entry with this fault, if no patient would see anything of its place."""
    if fault.message == _SAID_TWICE:
        return None
    if resource["resourceType"] != "Bundle":
        place = fault.path.partition(".")[2]
        return 0 if _is_never_seen(resource, place, fault) else None
    within = _IN_ENTRY.match(fault.path)
    if within is None:
        return 0 if _OF_THE_BUNDLE.match(fault.path) else None
    n, rest = int(within["n"]), within["rest"]
    if not rest.startswith("resource."):
        return n if _OF_THE_ENTRY.match(rest) else None
    entries = resource.get("entry", [])
    inner: Resource = entries[n].get("resource", {}) if n < len(entries) else {}
    return n if _is_never_seen(inner, rest.removeprefix("resource."), fault) else None


def _is_never_seen(resource: Resource, place: str, fault: Issue) -> bool:
    kind = resource.get("resourceType", "")
    if not place or not kind:
        return False
    if contained := _CONTAINED.match(place):
        parts, n = resource.get("contained", []), int(contained["n"])
        return n < len(parts) and _is_never_seen(parts[n], contained["rest"], fault)
    element = re.split(r"[.\[]", place, maxsplit=1)[0].removeprefix("_")
    misspelt = fault.message == _UNKNOWN and element == place and kind in READ
    return element != "contained" and not misspelt and not is_read(kind, element)


def is_read(kind: str, element: str) -> bool:
    """Tell whether it is read, in any of its types: `valueQuantity` is `value`."""
    if element in _NEVER_READ:
        return False
    if kind not in READ:
        return kind in KEPT
    return element in _OF_ALL or any(
        element == name or (element.startswith(name) and element[len(name)].isupper())
        for name in READ[kind]
    )
