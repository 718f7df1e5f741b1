"""Says, in every field that takes text, that it is clinical: what must be in no refusal."""

from base64 import b64encode
from typing import Any, Final

from backend.records.kinds import LISTED
from tests.harness.intake.hospital import asked_for
from tests.harness.intake.other_kinds import READ_APART
from tests.harness.records.everything import an_example

CLINICAL: Final = "Klinisch"


MADE_CLINICAL: Final = tuple(
    kind.table for kind in LISTED if kind.fhir not in READ_APART and not kind.has_files
)
"""The listed kinds that are neither in the story's visit nor have files."""


def _clinical(said: Any) -> Any:
    """Write it into every field that takes text for people."""
    match said:
        case dict():
            return {
                name: CLINICAL if name in {"text", "display"} else _clinical(each)
                for name, each in said.items()
            }
        case list():
            return [_clinical(each) for each in said]
        case _:
            return said


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
    others = [
        letter,
        *(_clinical(an_example(table, report["subject"])) for table in MADE_CLINICAL),
    ]
    bundle["entry"] += [{"resource": each, "request": asked_for(each)} for each in others]
    return bundle
