"""One patient's whole record, as a hospital sends it, and what of each kind must be read back.

A slice that adds a kind, or a way to read one, adds it to `EVERYTHING`: the story sends all of it
in through the FHIR endpoint and reads every list to its end. The matrix and the tests that go over
every kind take what they need of a kind from here too.
"""

from typing import Final

from backend.sandbox.demo.story_bundles import Resource
from tests.harness.records.examples_with_events import PDF, WITH_EVENTS, Kind
from tests.harness.records.measurements import attached, hers, text

BINHS_NUMBER: Final = "+84907771771"
FACILITY: Final = "Bệnh viện Bảy"
LETTER: Final = "Người bệnh ra viện, tái khám sau 7 ngày.".encode()

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
    **WITH_EVENTS,
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
        fields="asOf caution doNotPerform facility id intent name note orderedAt people "
        "plannedFor reasons status",
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
        fields="asOf begins caution dosage dosageInWords ends facility id name note people "
        "reasons status",
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
