"""Reads a FHIR Patient: who it is and how the person can be reached."""

from datetime import UTC, datetime

from backend.auth.registration.patients import Identifier, Person
from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.datatypes import Resource, first_of, instant, one_of, words_of
from backend.intake.fhir.model.references import FHIR_ID

_GENDERS = frozenset({"male", "female", "other", "unknown"})
_LANGUAGES = frozenset({"vi", "en"})
SOME_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""Deceased, and nobody said when: the same each time it is said."""


def person(entry: Entry, local_id: str) -> Person:
    patient = entry.resource
    if "gender" in patient:
        one_of(patient, "gender", _GENDERS, entry.path)
    own, others = _phones(patient)
    return Person(
        identifiers=(
            *(Identifier(system, value) for system, value in entry.identifiers),
            Identifier(FHIR_ID, f"Patient/{local_id}"),
        ),
        name=_name(patient),
        birth_date=patient.get("birthDate"),
        sex=patient.get("gender", "unknown"),
        language=_language(patient),
        deceased_at=_deceased_at(patient),
        mobile=own,
        other_phones=others,
    )


def said_at(entry: Entry) -> datetime | None:
    return instant(entry.resource.get("meta", {}).get("lastUpdated"))


def _name(patient: Resource) -> str:
    """Write the official name in its Vietnamese order: family name first."""
    names = [each for each in patient.get("name", []) if each.get("use") != "old"]
    names.sort(key=lambda each: each.get("use") not in {"official", "usual"})
    if not names:
        return ""
    parts = [names[0].get("family", ""), *(each for each in names[0].get("given", []) if each)]
    return first_of(names[0].get("text"), " ".join(each for each in parts if each)) or ""


def _phones(patient: Resource) -> tuple[str | None, tuple[str, ...]]:
    """Give the patient's own mobile, and every other number."""
    spoken = [
        each
        for each in patient.get("telecom", [])
        if each.get("system") in {"phone", "sms"} and each.get("value") and _is_in_use(each)
    ]
    spoken.sort(key=lambda each: each.get("rank", 1_000_000))
    own = next((each["value"] for each in spoken if each.get("use") == "mobile"), None)
    relatives = [
        each["value"]
        for contact in patient.get("contact", [])
        for each in contact.get("telecom", [])
        if each.get("system") in {"phone", "sms"} and each.get("value") and _is_in_use(each)
    ]
    rest = [each["value"] for each in spoken if each["value"] != own]
    return own, (*rest, *relatives)


def _is_in_use(telecom: Resource) -> bool:
    return telecom.get("use") != "old" and "end" not in telecom.get("period", {})


def _language(patient: Resource) -> str:
    spoken = sorted(
        patient.get("communication", []), key=lambda each: not each.get("preferred", False)
    )
    codes = [
        coding.get("code", "")[:2]
        for each in spoken
        for coding in each.get("language", {}).get("coding", [])
    ]
    known = [each for each in codes if each in _LANGUAGES]
    if not known and any(words_of(each.get("language")) for each in spoken):
        return "en"
    return known[0] if known else "vi"


def _deceased_at(patient: Resource) -> datetime | None:
    if "deceasedDateTime" in patient:
        return instant(patient["deceasedDateTime"]) or SOME_DAY
    return SOME_DAY if patient.get("deceasedBoolean") else None
