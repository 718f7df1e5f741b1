"""Reads a FHIR Patient: identifiers, demographics and phone numbers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from backend.auth.identity import citizen_id
from backend.auth.identity.identifiers import CITIZEN_ID, FHIR_ID, Identifier
from backend.auth.phones.as_written import numbers_in, read_own, read_written
from backend.auth.registration.person import Person
from backend.intake.fhir.model.bundle import Entry, rank_of_name
from backend.intake.fhir.model.datatypes import (
    Resource,
    first_of,
    has_ended,
    instant,
    is_current,
    one_of,
    words_of,
)
from backend.intake.fhir.model.identifier_types import type_of

REPLACED_BY = "replaced-by"
_GENDERS = frozenset({"male", "female", "other", "unknown"})
_LANGUAGES = frozenset({"vi", "en"})
MOST_PHONES = 50
"""Of one person, and as many of their relatives: reading thousands would keep everybody waiting."""
SOME_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""Deceased, and nobody said when: the same each time it is said."""


def person(entry: Entry, in_message: Identifier) -> Person:
    """Read what a Patient says; what it leaves out, it does not say.

    Args:
        entry: the Patient.
        in_message: its name inside the message.
    """
    patient = entry.resource
    if "gender" in patient:
        one_of(patient, "gender", _GENDERS, entry.path)
    own, others = _phones(patient)
    return Person(
        identifiers=(
            *_numbers(patient, is_current),
            *([Identifier(FHIR_ID, f"Patient/{entry.said_id}")] if entry.holds_id else []),
            in_message,
        ),
        former=tuple(_numbers(patient, has_ended)),
        name=_name(patient),
        birth_date=patient.get("birthDate"),
        sex=patient.get("gender", ""),
        language=_language(patient),
        deceased_at=_deceased_at(patient),
        lives=_lives(patient, whole=entry.whole),
        active=_active(patient, whole=entry.whole),
        mobile=own,
        other_phones=others,
    )


def _numbers(patient: Resource, holds: Callable[[Resource], bool]) -> Iterator[Identifier]:
    """Give the numbers that are the patient's today, or that no longer are."""
    for identifier in patient.get("identifier", []):
        if identifier.get("value") and holds(identifier):
            yield Identifier(identifier.get("system", ""), identifier["value"], type_of(identifier))


def _lives(patient: Resource, *, whole: bool) -> bool:
    """Tell whether it says that the patient has not died; a whole Patient says so by silence."""
    if patient.get("deceasedBoolean") is not None:
        return patient["deceasedBoolean"] is False
    return whole and "deceasedDateTime" not in patient


def _active(patient: Resource, *, whole: bool) -> bool | None:
    """Read whether the chart is in use. One that is replaced says only that it is."""
    if any(link.get("type") == REPLACED_BY for link in patient.get("link", [])):
        return None
    said: bool | None = patient.get("active", True if whole else None)
    return said


def said_at(entry: Entry) -> datetime | None:
    return instant(entry.resource.get("meta", {}).get("lastUpdated"))


def _name(patient: Resource) -> str:
    """Write the name in use in its Vietnamese order: family name first."""
    names = sorted(patient.get("name", []), key=rank_of_name)
    if not names:
        return ""
    parts = [
        names[0].get("family", ""),
        *(given_name for given_name in names[0].get("given", []) if given_name),
    ]
    return first_of(names[0].get("text"), " ".join(part for part in parts if part)) or ""


def remarks_on_patient(patient: Resource) -> tuple[str, ...]:
    """List the phones and numbers that are not taken as the patient's own, each with its place."""
    own, _ = _phones(patient)
    return (*_remarks_on_phones(patient, own), *_remarks_on_numbers(patient))


def _remarks_on_phones(patient: Resource, own: str | None) -> Iterator[str]:
    telecom = patient.get("telecom", [])
    if len(telecom) > MOST_PHONES:
        yield f"telecom[{MOST_PHONES}] and all behind it are kept as sent: nobody has so many"
    for place, contact_point in enumerate(telecom[:MOST_PHONES]):
        if not _is_own_mobile(contact_point):
            if own is None and _might_be_own(contact_point):
                yield f"telecom[{place}] gets no texts and no codes: its use is not mobile"
            continue
        written = read_written(contact_point["value"])
        if not written.own and not written.others:
            yield f"telecom[{place}] is kept as sent: no mobile number of Vietnam was read in it"
        elif own not in written.own:
            yield f"telecom[{place}] was not taken as the patient's own phone, only as a contact"
        elif len(numbers_in(contact_point["value"])) > 1:
            yield f"telecom[{place}] has several numbers: the first is the patient's own phone"


def _remarks_on_numbers(patient: Resource) -> Iterator[str]:
    for place, identifier in enumerate(patient.get("identifier", [])):
        value = identifier.get("value", "")
        if identifier.get("system") == CITIZEN_ID and citizen_id.is_placeholder(value):
            yield f"identifier[{place}] is kept as sent and finds nobody: it is a placeholder"


def _phones(patient: Resource) -> tuple[str | None, tuple[str, ...]]:
    """Give the patient's own mobile, and every other number, as E.164."""
    telecom = sorted(
        patient.get("telecom", [])[:MOST_PHONES], key=lambda phone: phone.get("rank", 1_000_000)
    )
    own, more = read_own(phone["value"] for phone in telecom if _is_own_mobile(phone))
    relatives = [
        phone for contact in patient.get("contact", []) for phone in contact.get("telecom", [])
    ][:MOST_PHONES]
    contacts = [
        number
        for phone in (*(phone for phone in telecom if not _is_own_mobile(phone)), *relatives)
        if _is_phone_in_use(phone)
        for number in numbers_in(phone["value"])
    ]
    return own, tuple(number for number in dict.fromkeys((*more, *contacts)) if number != own)


def _is_own_mobile(contact_point: Resource) -> bool:
    return _is_phone_in_use(contact_point) and contact_point.get("use") == "mobile"


def _might_be_own(contact_point: Resource) -> bool:
    """Tell a mobile in use that its sender has not called one."""
    return _is_phone_in_use(contact_point) and bool(read_written(contact_point["value"]).own)


def _is_phone_in_use(contact_point: Resource) -> bool:
    return (
        contact_point.get("system") in {"phone", "sms"}
        and bool(contact_point.get("value"))
        and contact_point.get("use") != "old"
        and is_current(contact_point)
    )


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
    return known[0] if known else ""


def _deceased_at(patient: Resource) -> datetime | None:
    if "deceasedDateTime" in patient:
        return instant(patient["deceasedDateTime"]) or SOME_DAY
    return SOME_DAY if patient.get("deceasedBoolean") else None
