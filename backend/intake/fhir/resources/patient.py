"""Reads a FHIR Patient: identifiers, demographics and phone numbers."""

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
    names = [human_name for human_name in patient.get("name", []) if human_name.get("use") != "old"]
    names.sort(key=lambda human_name: human_name.get("use") not in {"official", "usual"})
    if not names:
        return ""
    parts = [
        names[0].get("family", ""),
        *(given_name for given_name in names[0].get("given", []) if given_name),
    ]
    return first_of(names[0].get("text"), " ".join(part for part in parts if part)) or ""


def _phones(patient: Resource) -> tuple[str | None, tuple[str, ...]]:
    """Give the patient's own mobile, and every other number."""
    spoken = [
        contact_point
        for contact_point in patient.get("telecom", [])
        if contact_point.get("system") in {"phone", "sms"}
        and contact_point.get("value")
        and _is_in_use(contact_point)
    ]
    spoken.sort(key=lambda contact_point: contact_point.get("rank", 1_000_000))
    own = next(
        (
            contact_point["value"]
            for contact_point in spoken
            if contact_point.get("use") == "mobile"
        ),
        None,
    )
    relatives = [
        contact_point["value"]
        for contact in patient.get("contact", [])
        for contact_point in contact.get("telecom", [])
        if contact_point.get("system") in {"phone", "sms"}
        and contact_point.get("value")
        and _is_in_use(contact_point)
    ]
    rest = [contact_point["value"] for contact_point in spoken if contact_point["value"] != own]
    return own, (*rest, *relatives)


def _is_in_use(telecom: Resource) -> bool:
    return telecom.get("use") != "old" and "end" not in telecom.get("period", {})


def _language(patient: Resource) -> str:
    spoken = sorted(
        patient.get("communication", []), key=lambda language: not language.get("preferred", False)
    )
    codes = [
        coding.get("code", "")[:2]
        for language in spoken
        for coding in language.get("language", {}).get("coding", [])
    ]
    known = [language for language in codes if language in _LANGUAGES]
    if not known and any(words_of(language.get("language")) for language in spoken):
        return "en"
    return known[0] if known else "vi"


def _deceased_at(patient: Resource) -> datetime | None:
    if "deceasedDateTime" in patient:
        return instant(patient["deceasedDateTime"]) or SOME_DAY
    return SOME_DAY if patient.get("deceasedBoolean") else None
