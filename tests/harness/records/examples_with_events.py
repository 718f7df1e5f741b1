"""Examples of the kinds of record for which intake has an event of its own; what an example is.

The kinds that are only shown stand in `everything`, with these among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from backend.sandbox.demo.story_bundles import Resource
from tests.harness.records.measurements import (
    ALONE,
    HERS,
    IN_A_REPORT,
    Fields,
    attached,
    hers,
    text,
)

PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is sent of one kind, and how it is read."""

    sent: Sequence[Resource]
    read: Sequence[Fields]
    """One for each that is sent, in any order."""
    fields: str
    """All fields that a list shows of it, however deep; a new one is added on purpose."""
    listed_at: str | None
    """The list below `/v1/patients/me/`; none where only the timeline has it."""
    has_its_own: bool = True
    """Whether one of them can be read by itself."""
    in_timeline: int = field(default=-1)
    """How many stand there; all, unless said otherwise."""


def _report(name: str, words: str, category: str, **more: Any) -> Resource:
    return hers(
        "DiagnosticReport", name, "final", code=text(words),
        category=[{"coding": [{"code": category}]}], issued="2026-10-01T09:00:00+07:00",
        performer=[{"display": "BS. Vũ Minh"}], **more,
    )  # fmt: skip


def _appointment(name: str, start: str, *others: Resource, **more: Any) -> Resource:
    actors = [{"type": "Patient", **HERS}, *others]
    who = [{"actor": each, "status": "accepted"} for each in actors]
    return hers("Appointment", name, "booked", start=start, participant=who, **more)


PRESCRIBED: Final[Fields] = {
    "requester": "BS. Vũ Minh", "reasons": ["Thiếu máu"], "statusReason": "Đổi thuốc",
    "instructions": "Uống nhiều nước", "quantity": "28 viên", "repeats": "2",
}  # fmt: skip
WITH_EVENTS: Final[dict[str, Kind]] = {
    "observation": Kind(
        fields=(
            "absentCode absentReason age appliesTo asOf bodySite code comparator components "
            "correctedAt data device dimensions facility factor high id interpretations kind low "
            "lowerLimit measuredAt method name note origin people period referenceRanges series "
            "specimen status text unit unitAsSent upperLimit value valueAsSent"
        ),
        listed_at="observations",
        has_its_own=False,
        sent=[*(each for each, _ in IN_A_REPORT.values()), ALONE[0]],
        read=[*(said for _, said in IN_A_REPORT.values()), ALONE[1]],
        in_timeline=1,
    ),
    "result": Kind(
        fields=(
            "asOf category conclusion conclusionCodes correctedAt facility files id issuedAt "
            "measuredAt mediaType missing orderComplete people shown size specimens status "
            "testName title whyNot"
        ),
        listed_at="results",
        sent=[
            _report("lab", "Sinh hoá máu", "LAB",
                    result=[{"reference": f"Observation/{name}"} for name in IN_A_REPORT]),
            _report("xray", "X-quang ngực", "RAD", conclusion="Không thấy bất thường",
                    presentedForm=[attached("application/pdf", PDF)["attachment"]]),
            _report("echo", "Siêu âm bụng", "RAD", conclusion="Gan nhiễm mỡ độ I",
                    conclusionCode=[text("Gan nhiễm mỡ")], specimen=[{"display": "Máu"}],
                    effectiveDateTime="2026-10-01T08:00:00+07:00"),
        ],
        read=[
            {"testName": "Sinh hoá máu", "category": "laboratory", "status": "final",
             "issuedAt": "2026-10-01T09:00:00+07:00", "people": ["BS. Vũ Minh"]},
            {"testName": "X-quang ngực", "category": "imaging",
             "conclusion": "Không thấy bất thường"},
            {"testName": "Siêu âm bụng", "category": "imaging", "conclusion": "Gan nhiễm mỡ độ I",
             "conclusionCodes": ["Gan nhiễm mỡ"], "specimens": ["Máu"],
             "measuredAt": "2026-10-01T08:00:00+07:00"},
        ],
    ),
    "appointment": Kind(
        fields=(
            "appointmentType asOf cancellationReason endsAt facility id instructions locations "
            "name note participants people reasons role serviceTypes specialties startsAt status "
            "what where"
        ),
        listed_at="appointments",
        sent=[
            _appointment("ap1", "2026-10-08T08:30:00+07:00", {"display": "BS. Vũ Minh"},
                         {"display": "Phòng 12", "type": "Location"},
                         description="Tái khám", serviceType=[text("Khám tim")],
                         specialty=[text("Tim mạch")], appointmentType=text("Định kỳ"),
                         reasonCode=[text("Tăng huyết áp")], comment="Mang theo sổ khám"),
            _appointment("ap2", "2026-10-15T08:30:00+07:00"),
            _appointment("ap3", "2099-01-05T08:30:00+07:00", patientInstruction="Nhịn ăn sáng"),
        ],
        read=[
            {"what": "Tái khám", "status": "booked", "where": "Phòng 12", "locations": ["Phòng 12"],
             "people": ["BS. Vũ Minh"], "participants": [{"name": "BS. Vũ Minh", "role": None}],
             "serviceTypes": ["Khám tim"], "specialties": ["Tim mạch"],
             "appointmentType": "Định kỳ", "reasons": ["Tăng huyết áp"],
             "cancellationReason": None, "note": "Mang theo sổ khám"},
            {"what": None, "instructions": None},
            {"instructions": "Nhịn ăn sáng"},
        ],
        in_timeline=2,
    ),
    "medicine": Kind(
        fields=(
            "asOf caution doNotPerform dosage dosageInWords facility id instructions intent name "
            "prescribedAt prescriptionCode quantity reasons repeats replacedBy replacedFrom "
            "requester scheduled status statusReason"
        ),
        listed_at="medicines",
        has_its_own=False,
        sent=[
            hers("MedicationRequest", f"rx{n}", "active", intent="order",
                 medicationCodeableConcept=text(name), authoredOn=f"2026-10-0{n}",
                 dosageInstruction=[{"text": dosage}], requester={"display": "BS. Vũ Minh"},
                 reasonCode=[text("Thiếu máu")], statusReason=text("Đổi thuốc"),
                 note=[{"text": "Uống nhiều nước"}],
                 dispenseRequest={"quantity": {"value": 28, "unit": "viên"},
                                  "numberOfRepeatsAllowed": 2})
            for n, name, dosage in ((1, "Amlodipin 5 mg", "Uống 1 viên buổi sáng"),
                                    (2, "Paracetamol 500 mg", "Khi sốt trên 38,5 độ"),
                                    (3, "Insulin", "10 đơn vị trước bữa ăn"))
        ],
        read=[
            {"name": "Amlodipin 5 mg", "dosage": "Uống 1 viên buổi sáng", **PRESCRIBED},
            {"name": "Paracetamol 500 mg", "dosage": "Khi sốt trên 38,5 độ", **PRESCRIBED},
            {"name": "Insulin", "dosage": "10 đơn vị trước bữa ăn", **PRESCRIBED},
        ],
    ),
}  # fmt: skip
