"""One patient's whole record, as a hospital sends it, and what of each kind must be read back.

A slice that adds a kind, or a way to read one, adds it to `EVERYTHING`: the story sends all of it
in through the FHIR endpoint and reads every list to its end. The matrix and the tests that go over
every kind take what they need of a kind from here too.
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

BINHS_NUMBER: Final = "+84907771771"
FACILITY: Final = "Bệnh viện Bảy"
LETTER: Final = "Người bệnh ra viện, tái khám sau 7 ngày.".encode()
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


def _appointment(name: str, start: str, **more: Any) -> Resource:
    who = {"actor": {"type": "Patient", **HERS}, "status": "accepted"}
    return hers("Appointment", name, "booked", start=start, participant=[who], **more)


EVERYTHING: Final[dict[str, Kind]] = {
    "visit": Kind(
        fields="asOf endsAt facility id kind note people reasons startsAt status visitClass",
        listed_at="visits",
        sent=[
            hers("Encounter", f"e{n}", "finished", **{"class": {"code": code}},
                 period={"start": f"2026-0{n}-01T08:00:00+07:00"},
                 serviceProvider={"display": "Khoa Nội"})
            for n, code in ((7, "AMB"), (8, "EMER"), (9, "IMP"))
        ],
        read=[
            {"visitClass": code, "startsAt": f"2026-0{n}-01T08:00:00+07:00",
             "status": "finished", "people": ["Khoa Nội"]}
            for n, code in ((7, "AMB"), (8, "EMER"), (9, "IMP"))
        ],
    ),
    "observation": Kind(
        fields=(
            "absentReason age appliesTo asOf bodySite code comparator components "
            "correctedAt data dimensions facility factor high id interpretations kind low "
            "lowerLimit measuredAt method name note origin period referenceRanges series "
            "specimen status text unit upperLimit value"
        ),
        listed_at="observations",
        has_its_own=False,
        sent=[*(each for each, _ in IN_A_REPORT.values()), ALONE[0]],
        read=[*(said for _, said in IN_A_REPORT.values()), ALONE[1]],
        in_timeline=1,
    ),
    "result": Kind(
        fields=(
            "asOf category conclusion correctedAt facility files id issuedAt mediaType "
            "orderComplete people shown size status testName title whyNot"
        ),
        listed_at="results",
        sent=[
            _report("lab", "Sinh hoá máu", "LAB",
                    result=[{"reference": f"Observation/{name}"} for name in IN_A_REPORT]),
            _report("xray", "X-quang ngực", "RAD", conclusion="Không thấy bất thường",
                    presentedForm=[attached("application/pdf", PDF)["attachment"]]),
            _report("echo", "Siêu âm bụng", "RAD", conclusion="Gan nhiễm mỡ độ I"),
        ],
        read=[
            {"testName": "Sinh hoá máu", "category": "laboratory", "status": "final",
             "issuedAt": "2026-10-01T09:00:00+07:00", "people": ["BS. Vũ Minh"]},
            {"testName": "X-quang ngực", "category": "imaging",
             "conclusion": "Không thấy bất thường"},
            {"testName": "Siêu âm bụng", "category": "imaging", "conclusion": "Gan nhiễm mỡ độ I"},
        ],
    ),
    "appointment": Kind(
        fields="asOf endsAt facility id instructions startsAt status what where",
        listed_at="appointments",
        sent=[
            _appointment("ap1", "2026-10-08T08:30:00+07:00", description="Tái khám"),
            _appointment("ap2", "2026-10-15T08:30:00+07:00"),
            _appointment("ap3", "2099-01-05T08:30:00+07:00", patientInstruction="Nhịn ăn sáng"),
        ],
        read=[
            {"what": "Tái khám", "status": "booked"},
            {"what": None, "instructions": None},
            {"instructions": "Nhịn ăn sáng"},
        ],
        in_timeline=2,
    ),
    "medicine": Kind(
        fields=(
            "asOf dosage facility id instructions name prescribedAt replacedBy "
            "replacedFrom scheduled status"
        ),
        listed_at="medicines",
        has_its_own=False,
        sent=[
            hers("MedicationRequest", f"rx{n}", "active", intent="order",
                 medicationCodeableConcept=text(name), authoredOn=f"2026-10-0{n}",
                 dosageInstruction=[{"text": dosage}])
            for n, name, dosage in ((1, "Amlodipin 5 mg", "Uống 1 viên buổi sáng"),
                                    (2, "Paracetamol 500 mg", "Khi sốt trên 38,5 độ"),
                                    (3, "Insulin", "10 đơn vị trước bữa ăn"))
        ],
        read=[
            {"name": "Amlodipin 5 mg", "dosage": "Uống 1 viên buổi sáng"},
            {"name": "Paracetamol 500 mg", "dosage": "Khi sốt trên 38,5 độ"},
            {"name": "Insulin", "dosage": "10 đơn vị trước bữa ăn"},
        ],
    ),
    "allergy": Kind(
        fields=(
            "asOf categories criticality facility id manifestations name noneKnown "
            "noneKnownOf note onset people reactions recordedAt severity status substance "
            "type verification"
        ),
        listed_at="allergies",
        sent=[
            hers("AllergyIntolerance", f"al{n}", code=text(name), recordedDate=f"202{n}",
                 clinicalStatus={"coding": [{"code": "active"}]},
                 reaction=[{"manifestation": [text(sign)]}])
            for n, name, sign in ((1, "Penicillin", "Nổi mề đay"), (2, "Tôm", "Khó thở"),
                                  (3, "Phấn hoa", "Hắt hơi"))
        ],
        read=[
            {"name": name, "recordedAt": f"202{n}", "status": "active", "noneKnown": False,
             "reactions": [{"substance": None, "manifestations": [sign], "severity": None,
                            "onset": None}]}
            for n, name, sign in ((1, "Penicillin", "Nổi mề đay"), (2, "Tôm", "Khó thở"),
                                  (3, "Phấn hoa", "Hắt hơi"))
        ],
    ),
    "condition": Kind(
        fields=(
            "abated asOf categories facility id name note onset people recordedAt "
            "severity status verification"
        ),
        listed_at="conditions",
        sent=[
            hers("Condition", f"c{n}", code=text(name), onsetDateTime=f"20{n}",
                 clinicalStatus={"coding": [{"code": "active"}]})
            for n, name in ((17, "Tăng huyết áp"), (18, "Đái tháo đường típ 2"), (19, "Gút"))
        ],
        read=[
            {"name": name, "onset": f"20{n}"}
            for n, name in ((17, "Tăng huyết áp"), (18, "Đái tháo đường típ 2"), (19, "Gút"))
        ],
    ),
    "immunisation": Kind(
        fields=(
            "asOf doseNumber facility id lot note occurred people route site status "
            "targets vaccine"
        ),
        listed_at="immunisations",
        sent=[
            hers("Immunization", f"i{n}", "completed", vaccineCode=text(name),
                 occurrenceDateTime=f"2025-0{n}-10", lotNumber=f"LOT0{n}")
            for n, name in ((1, "Cúm mùa"), (2, "Viêm gan B"), (3, "Uốn ván"))
        ],
        read=[
            {"vaccine": name, "occurred": f"2025-0{n}-10", "lot": f"LOT0{n}"}
            for n, name in ((1, "Cúm mùa"), (2, "Viêm gan B"), (3, "Uốn ván"))
        ],
    ),
    "document": Kind(
        fields=(
            "asOf categories createdAt facility files id kind mediaType note people shown "
            "size status title whyNot written"
        ),
        listed_at="documents",
        sent=[
            hers("DocumentReference", "d1", "current", description="Giấy ra viện",
                 date="2026-10-02T10:00:00+07:00", content=[attached("text/plain", LETTER)]),
            hers("DocumentReference", "d2", "current", description="Đơn thuốc",
                 date="2026-10-03T10:00:00+07:00", content=[attached("application/pdf", PDF)]),
            hers("DocumentReference", "d3", "current", description="Hai tệp",
                 date="2026-10-04T10:00:00+07:00",
                 content=[attached("text/plain", LETTER), attached("application/pdf", PDF)]),
        ],
        read=[{"title": "Giấy ra viện"}, {"title": "Đơn thuốc"}, {"title": "Hai tệp"}],
    ),
    "procedure": Kind(
        fields=(
            "asOf bodySites ended facility id name note outcome people performed reasons "
            "status"
        ),
        listed_at=None,
        sent=[
            hers("Procedure", f"p{n}", "completed", code=text(name), performedDateTime=f"201{n}-05")
            for n, name in ((1, "Cắt ruột thừa"), (2, "Nội soi dạ dày"), (3, "Khâu vết thương"))
        ],
        read=[
            {"name": name, "performed": f"201{n}-05"}
            for n, name in ((1, "Cắt ruột thừa"), (2, "Nội soi dạ dày"), (3, "Khâu vết thương"))
        ],
    ),
    "imaging_study": Kind(
        fields=(
            "asOf bodySites facility id images modalities name note people series started "
            "status"
        ),
        listed_at=None,
        sent=[
            hers("ImagingStudy", f"s{n}", "available", started=f"2026-0{n}-02T08:00:00+07:00",
                 description=f"Lần {n}", numberOfInstances=n,
                 series=[{"uid": f"1.2.{n}", "modality": {"code": code}}])
            for n, code in ((1, "CT"), (2, "MR"), (3, "DX"))
        ],
        read=[
            {"name": f"Lần {n}", "modalities": [code], "images": str(n)}
            for n, code in ((1, "CT"), (2, "MR"), (3, "DX"))
        ],
    ),
    "service_request": Kind(
        fields="asOf facility id intent name note orderedAt people plannedFor reasons status",
        listed_at=None,
        sent=[
            hers("ServiceRequest", f"o{n}", "completed", intent="order", code=text(name),
                 authoredOn=f"2026-05-0{n}")
            for n, name in ((1, "Công thức máu"), (2, "Điện tim"))
        ],
        read=[
            {"name": name, "intent": "order", "orderedAt": f"2026-05-0{n}"}
            for n, name in ((1, "Công thức máu"), (2, "Điện tim"))
        ],
    ),
    "medication_statement": Kind(
        fields="asOf begins dosage ends facility id name note people reasons status",
        listed_at=None,
        sent=[
            hers("MedicationStatement", f"t{n}", "active", medicationCodeableConcept=text(name),
                 effectivePeriod={"start": f"2024-0{n}"})
            for n, name in ((1, "Vitamin D"), (2, "Dầu cá"))
        ],
        read=[
            {"name": name, "begins": f"2024-0{n}"}
            for n, name in ((1, "Vitamin D"), (2, "Dầu cá"))
        ],
    ),
}  # fmt: skip


def an_example(table: str, whose: Resource, n: int = 0) -> Resource:
    """Give what is sent of a kind as one about this patient.

    Args:
        table: the kind.
        whose: a FHIR Reference to the patient.
        n: which example; all have the id of the first, so that one is another state of it.
    """
    first, said = EVERYTHING[table].sent[0], EVERYTHING[table].sent[n]
    who = {name: whose for name in ("subject", "patient") if name in said}
    return said | {"id": first["id"]} | who
