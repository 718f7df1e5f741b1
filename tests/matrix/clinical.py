"""Says, in every field that takes text, that it is clinical: what must be in no refusal."""

from base64 import b64encode
from typing import Any, Final

CLINICAL: Final = "Klinisch"


def marked(bundle: Any) -> Any:
    for entry in bundle["entry"]:
        match entry["resource"]["resourceType"]:
            case "DiagnosticReport":
                entry["resource"]["conclusion"] = CLINICAL
            case "Appointment":
                entry["resource"]["description"] = CLINICAL
            case "MedicationRequest":
                entry["resource"]["medicationCodeableConcept"]["text"] = CLINICAL
            case _:
                entry["resource"]["note"] = [{"text": CLINICAL}]
    report = bundle["entry"][0]["resource"]
    words = {"contentType": "text/plain", "data": b64encode(CLINICAL.encode()).decode()}
    letter = {"resourceType": "DocumentReference", "id": "letter", "status": "current",
              "description": CLINICAL, "subject": report["subject"],
              "content": [{"attachment": words}]}  # fmt: skip
    report["presentedForm"] = [words]
    said, whose = {"text": CLINICAL}, report["subject"]
    others = [
        letter,
        {"resourceType": "Encounter", "id": "v1", "status": "finished", "class": {"code": "AMB"},
         "type": [said], "subject": whose},
        {"resourceType": "Condition", "id": "c1", "code": said, "subject": whose},
        {"resourceType": "AllergyIntolerance", "id": "a1", "code": said, "patient": whose},
        {"resourceType": "Immunization", "id": "i1", "status": "completed", "vaccineCode": said,
         "occurrenceDateTime": "2026", "patient": whose},
    ]  # fmt: skip
    bundle["entry"] += [
        {"resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
        for each in others
    ]
    return bundle
