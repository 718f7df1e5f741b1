"""Reads the profile of a patient, for the patient or for a person with a grant."""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.database import fetch_one
from backend.core.errors import NotFound
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed


@dataclass(frozen=True, slots=True)
class Profile:
    id: UUID
    name: str
    birth_date: str | None
    sex: str
    language: str


async def profile(caller: Caller, patient: UUID | None) -> Profile:
    """Read a profile through the gate; `None` means the caller's own.

    The citizen id is not in it, not even masked: nobody who reads may open that seal.

    Raises:
        NotSignedIn: the session has ended.
        NotFound: no such patient, or no grant.
        StrongerSignInNeeded: signed in too weakly for this.
    """
    async with reading_as(caller, patient, RecordClass.PROFILE) as reader:
        return await profile_of(reader.patient)


async def profile_of(patient: UUID) -> Profile:
    """Read a profile inside `reading_as`.

    Raises:
        NotFound: no such patient.
    """
    row = await fetch_one(
        "SELECT id, name, birth_date, sex, language FROM patient WHERE id = $1", patient
    )
    if row is None:
        raise NotFound
    return Profile(
        id=row["id"],
        name=_name(row["name"], row["id"]),
        birth_date=_birth_date(row["birth_date"], row["id"]),
        sex=row["sex"],
        language=row["language"],
    )


def _name(sealed: bytes, patient: UUID) -> str:
    name = unsealed(sealed, table="patient", column="name", row=patient)
    return UNREADABLE_NAME if name is None else name


def _birth_date(sealed: bytes | None, patient: UUID) -> str | None:
    if sealed is None:
        return None
    return unsealed(sealed, table="patient", column="birth_date", row=patient)
