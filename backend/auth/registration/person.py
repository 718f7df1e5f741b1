"""What a facility says of one of its patients, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from backend.auth.identity.demographics import Details
from backend.auth.identity.identifiers import Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a hospital says about a patient. What it leaves out stays as it is."""

    identifiers: tuple[Identifier, ...]
    name: str = ""
    birth_date: str | None = None
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex: str = ""
    language: str = ""
    deceased_at: datetime | None = None
    lives: bool = False
    """It says that the patient has not died."""
    active: bool | None = None
    mobile: str | None = None
    """The patient's own phone, as written."""
    other_phones: tuple[str, ...] = ()
    former: tuple[Identifier, ...] = ()
    """Numbers that it says are no longer the patient's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A chart that a facility means."""

    patient: UUID
    identifier: UUID
    """The patient_identifier row that records are filed under."""
    home: UUID
    """Whose the number is by right: another chart than it leads to while the two are merged."""
    changed: bool = False
    created: bool = False
    replaced: bool = False
    """It has another citizen id from now on."""
    remarks: tuple[str, ...] = ()
    """What its facility should hear of the numbers it stated."""


_NOBODY = Details(name="", birth_date=None, sex="unknown", language="vi", deceased_at=None)


def described(person: Person) -> Details:
    """Describe a new chart."""
    return updated(_NOBODY, person)


def updated(before: Details, person: Person) -> Details:
    """Take over what a facility says; what it leaves out stays."""
    return Details(
        name=normalize("NFC", " ".join(person.name.split())) or before.name,
        birth_date=person.birth_date or before.birth_date,
        sex=person.sex or before.sex,
        language=person.language or before.language,
        deceased_at=person.deceased_at or (None if person.lives else before.deceased_at),
        active=before.active if person.active is None else person.active,
    )
