"""An invented record with every kind that mentions another one, and others made of it at random."""

from base64 import b64encode
from random import Random  # noqa: TID251  # nothing here is a secret
from typing import Any, Final

from backend.sandbox.demo.story_bundles import LAN
from tests.harness.intake.files import PLAIN_PDF

Resource = dict[str, Any]
WHOSE: Final = {"reference": "Patient/lan"}
DAY: Final = "2026-11-30T08:00:00+07:00"
LETTER: Final = "Giấy ra viện: tái khám sau hai tuần.".encode()


def patient(citizen_id: str = LAN.citizen_id) -> Resource:
    return {
        "resourceType": "Patient", "id": "lan", "gender": "female", "birthDate": "1985-03-14",
        "identifier": [{"system": "urn:vn:citizen-id", "value": citizen_id}],
        "name": [{"text": "Trần Thị Lan"}],
        "telecom": [{"system": "phone", "use": "mobile", "value": "0901234567"}],
    }  # fmt: skip


def _a(kind: str, name: str, status: str = "", **more: Any) -> Resource:
    whose = "patient" if kind in {"AllergyIntolerance", "Immunization"} else "subject"
    said = {"resourceType": kind, "id": name, **({"status": status} if status else {})}
    return said | {whose: WHOSE} | more


def _to(*names: str) -> list[Resource]:
    return [{"reference": name} for name in names]


def _words(text: str, code: str = "") -> Resource:
    coding = {"coding": [{"system": "urn:test:code", "code": code}]} if code else {}
    return {"text": text} | coding


def _measured(name: str, words: str, **more: Any) -> Resource:
    value = {"valueQuantity": {"value": 1.50, "unit": "g/L"}} if "hasMember" not in more else {}
    return (
        _a("Observation", name, "final", code=_words(words), effectiveDateTime=DAY, **value) | more
    )


def _named() -> list[Resource]:
    return [
        {"resourceType": "Practitioner", "id": "p1", "name": [{"text": "BS. Lê Minh"}]},
        {"resourceType": "Practitioner", "id": "p2", "name": [{"text": "BS. Ngô Hà"}],
         "identifier": [{"system": "urn:test:license", "value": "00123/CCHN"}]},
        {"resourceType": "Organization", "id": "g1", "name": "Khoa Nội tim mạch"},
        {"resourceType": "Organization", "id": "g2", "name": "Phòng khám HIV"},
        {"resourceType": "Organization", "id": "g3", "name": "Khoa Phụ sản"},
        {"resourceType": "Location", "id": "w1", "name": "Phòng 3, tầng 2"},
        {"resourceType": "HealthcareService", "id": "h1", "name": "Khám tổng quát"},
        {"resourceType": "PractitionerRole", "id": "r1", "specialty": [_words("Tim mạch")],
         "practitioner": {"reference": "Practitioner/p1"},
         "organization": {"reference": "Organization/g1"}},
        {"resourceType": "PractitionerRole", "id": "r2",
         "practitioner": {"identifier": {"system": "urn:test:license", "value": "00123/CCHN"},
                          "type": "Practitioner"},
         "organization": {"reference": "Organization/g2"}},
        {"resourceType": "Medication", "id": "d1", "code": _words("Enalapril 5 mg", "ENA5")},
        {"resourceType": "Medication", "id": "d2", "code": _words("Dolutegravir 50 mg", "DTG")},
        {"resourceType": "Specimen", "id": "s1", "type": _words("Máu tĩnh mạch")},
        {"resourceType": "Specimen", "id": "s2", "type": _words("Nước tiểu")},
        {"resourceType": "Binary", "id": "f1", "contentType": "text/plain",
         "data": b64encode(LETTER).decode()},
        {"resourceType": "Binary", "id": "f2", "contentType": "application/pdf",
         "data": b64encode(PLAIN_PDF).decode()},
    ]  # fmt: skip


def _results() -> list[Resource]:
    return [
        _measured("o1", "Natri", specimen=_to("Specimen/s1")[0], performer=_to("Organization/g1")),
        _measured("o2", "Kali", specimen=_to("Specimen/s1")[0],
                  basedOn=_to("ServiceRequest/q1")),
        _measured("o3", "Tải lượng HIV", specimen=_to("Specimen/s2")[0]),
        _measured("o4", "Hồng cầu"),
        _measured("o5", "Huyết sắc tố", identifier=[{"system": "urn:test:o", "value": "5"}]),
        _measured("o6", "Độ thanh thải", derivedFrom=_to("Observation/o4", "Observation/none")),
        _measured("n1", "Công thức máu", hasMember=_to("Observation/n2", "Observation/o4")),
        _measured("n2", "Dòng hồng cầu", hasMember=[
            {"type": "Observation", "identifier": {"system": "urn:test:o", "value": "5"}},
            *_to("QuestionnaireResponse/x"),
        ]),
        _measured("n3", "Sinh hóa", hasMember=_to("Observation/o1", "Observation/o2")),
        _a("DiagnosticReport", "k1", "final", code=_words("Điện giải đồ"), issued=DAY,
           basedOn=_to("ServiceRequest/q1"), result=_to("Observation/n3", "Observation/o6"),
           performer=_to("PractitionerRole/r1", "Practitioner/p2"),
           presentedForm=[{"url": "Binary/f2", "title": "Bản in"}]),
        _a("DiagnosticReport", "k2", "final", code=_words("Huyết học"), issued=DAY,
           result=_to("Observation/n1"),
           resultsInterpreter=_to("Practitioner/p2", "Practitioner/p1"),
           basedOn=_to("ServiceRequest/q2"), encounter=_to("Encounter/e1")[0]),
        _a("DiagnosticReport", "k3", "final", code=_words("Vi sinh"), issued=DAY,
           result=_to("Observation/o4", "Observation/o3")),
        _a("ServiceRequest", "q1", "active", intent="order", code=_words("Điện giải"),
           requisition={"value": "P1"}, requester=_to("PractitionerRole/r1")[0]),
        _a("ServiceRequest", "q2", "active", intent="order", code=_words("Máu"),
           requisition={"value": "P1"}, supportingInfo=_to("Condition/c1")),
    ]  # fmt: skip


def _care() -> list[Resource]:
    return [
        _a("Encounter", "e1", "finished", **{"class": {"code": "AMB"}}, period={"start": DAY},
           participant=[{"individual": {"reference": "Practitioner/p1"}}],
           serviceProvider={"reference": "Organization/g1"},
           location=[{"location": {"reference": "Location/w1"}}],
           diagnosis=[{"condition": {"reference": "Condition/c1"}}]),
        _a("Condition", "c1", code=_words("Tăng huyết áp"), encounter=_to("Encounter/e1")[0],
           recorder=_to("PractitionerRole/r1")[0], evidence=[{"detail": _to("Observation/o6")}]),
        _a("Condition", "c2", code=_words("Mệt mỏi"), recorder=_to("PractitionerRole/r2")[0]),
        _a("Procedure", "u1", "completed", code=_words("Nội soi"),
           report=_to("DiagnosticReport/k1"),
           performer=[{"actor": {"reference": "Practitioner/p1"}},
                      {"actor": {"reference": "Organization/g1"}}]),
        _a("AllergyIntolerance", "a1", code=_words("Penicillin"),
           asserter=_to("Practitioner/p2")[0]),
        _a("Immunization", "i1", "completed", vaccineCode=_words("Cúm"), occurrenceDateTime=DAY,
           performer=[{"actor": {"reference": "Organization/g1"}}],
           reaction=[{"detail": {"reference": "Observation/o6"}}]),
        _a("ImagingStudy", "m1", "available", started=DAY, interpreter=_to("Practitioner/p2")),
        {"resourceType": "Appointment", "id": "t1", "status": "booked",
         "start": "2027-01-20T08:00:00+07:00", "end": "2027-01-20T08:30:00+07:00",
         "participant": [{"actor": actor, "status": "accepted"} for actor in (
             WHOSE, *_to("Location/w1", "PractitionerRole/r1", "HealthcareService/h1"))]},
        _a("MedicationRequest", "x1", "active", intent="order", authoredOn=DAY,
           medicationReference={"reference": "Medication/d1", "display": "thuốc huyết áp"},
           encounter=_to("Encounter/e1")[0], requester=_to("Practitioner/p1")[0],
           dosageInstruction=[{"text": "Sáng 1 viên", "timing": {"repeat": {
               "frequency": 1, "period": 1, "periodUnit": "d"}}}]),
        _a("MedicationRequest", "x2", "active", intent="order", authoredOn=DAY,
           medicationReference={"reference": "Medication/d2"},
           priorPrescription={"reference": "MedicationRequest/x1"}),
        _a("MedicationStatement", "y1", "active", effectiveDateTime=DAY,
           medicationReference={"reference": "Medication/d1"},
           derivedFrom=_to("MedicationRequest/x1")),
        _a("DocumentReference", "l1", "current", type=_words("Giấy ra viện"), date=DAY,
           author=_to("Practitioner/p1"), custodian=_to("Organization/g1")[0],
           content=[{"attachment": {"url": "Binary/f1", "title": "Giấy ra viện"}},
                    {"attachment": {"url": "Binary/f2", "contentType": "application/pdf",
                                    "size": len(PLAIN_PDF)}}],
           context={"related": _to("DiagnosticReport/k2")}),
        _a("DocumentReference", "l2", "current", type=_words("Phiếu khám"), date=DAY,
           author=_to("Organization/g3"),
           content=[{"attachment": {"contentType": "application/pdf", "title": "Ảnh",
                                    "data": b64encode(PLAIN_PDF).decode()}},
                    {"attachment": {"url": "Binary/f1"}}, {"attachment": {"url": "Binary/f2"}}]),
    ]  # fmt: skip


def everything() -> list[Resource]:
    """Give all of it but the Patient, in an order in which each comes after what it mentions."""
    return [*_named(), *_results(), *_care()]


def some_of_it(dice: Random) -> list[Resource]:
    """Give a part of it: what is left out is mentioned and never comes."""
    whole = everything()
    return [one for one in whole if dice.random() < 0.8] if dice.random() < 0.7 else whole
