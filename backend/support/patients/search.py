"""Finds a patient for staff by a number, and shows only what confirms the person."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from backend.auth.identity import citizen_id
from backend.auth.identity.demographics import shortened
from backend.auth.identity.identifiers import CITIZEN_ID
from backend.auth.phones import e164
from backend.auth.phones.contact_points import OWN
from backend.auth.phones.phones import FACTS, phone_state
from backend.auth.phones.rules import PhoneState
from backend.auth.registration.patients import find_by_citizen_id, find_by_phone
from backend.core.database import Row, fetch
from backend.core.errors import HubError
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable, unsealed
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import IN_SCOPE, open_case
from backend.support.rules import Action

MOST_FOUND = 20


class OneNumber(HubError):
    """Search by either a citizen id or a phone number."""

    code = "one_number"
    status = 422


class PhoneView(Struct, frozen=True, rename="camel"):
    contact: UUID
    masked: str
    kind: str
    confirmed: bool
    wrong: bool
    state: PhoneState | None
    """Where it stands; a relative's number stands nowhere."""


class PatientView(Struct, frozen=True, rename="camel"):
    """Enough to confirm the person on the line, and no more."""

    patient: UUID
    name: str
    birth_year: int | None
    citizen_id: str | None
    phones: list[PhoneView]


class FoundPatients(Struct, frozen=True, rename="camel"):
    items: list[PatientView]


async def find_patients(
    staff: StaffCaller, citizen_number: str | None, phone_number: str | None, reason: str
) -> FoundPatients:
    """Find the patients with this number, and open a case about each.

    Raises:
        OneNumber: none or both were given.
        NotACitizenId, NotAPhone: it cannot be such a number.
    """
    async with audited_action(staff, Action.SEARCH, reason) as act:
        found = await masked_patients(staff, await _having(citizen_number, phone_number))
        if not found:
            act.result = "not_found"
        await open_case(staff, [match.patient for match in found], reason)
    return FoundPatients(found)


async def _having(citizen_number: str | None, phone_number: str | None) -> list[UUID]:
    if citizen_number and not phone_number:
        patient = await find_by_citizen_id(citizen_id.digits(citizen_number))
        return [patient] if patient else []
    if phone_number and not citizen_number:
        return await find_by_phone(e164.normalise(phone_number))
    raise OneNumber


async def masked_patients(staff: StaffCaller, patients: Sequence[UUID]) -> list[PatientView]:
    """Show those of these patients whom this member of staff may see."""
    rows = await fetch(
        f"SELECT p.id, p.name, p.birth_date FROM patient p WHERE p.id = ANY($1) AND {IN_SCOPE}"
        " ORDER BY p.id LIMIT $3",
        patients, staff.facility, MOST_FOUND,
    )  # fmt: skip
    met = [row["id"] for row in rows]
    numbers = await _citizen_ids(met)
    phones = await _phones(met)
    return [
        PatientView(
            row["id"],
            short_name(row["name"], row["id"]) or "",
            _birth_year(row),
            numbers.get(row["id"]),
            phones.get(row["id"], []),
        )
        for row in rows
    ]


def _birth_year(row: Row) -> int | None:
    if row["birth_date"] is None:
        return None
    born = unsealed(row["birth_date"], table="patient", column="birth_date", row=row["id"])
    if born is None:
        return None
    if not born[:4].isdecimal():
        note_unreadable("patient", "birth_date")
        return None
    return int(born[:4])


async def _citizen_ids(patients: Sequence[UUID]) -> dict[UUID, str]:
    rows = await fetch(
        "SELECT id, patient, value FROM patient_identifier"
        " WHERE patient = ANY($1) AND system = $2 AND active ORDER BY id",
        patients, CITIZEN_ID,
    )  # fmt: skip
    opened = [
        (row["patient"], unsealed(
            row["value"], table="patient_identifier", column="value", row=row["id"]
        ))
        for row in rows
    ]  # fmt: skip
    return {patient: citizen_id.masked(number) for patient, number in opened if number is not None}


async def _phones(patients: Sequence[UUID]) -> dict[UUID, list[PhoneView]]:
    rows = await fetch(
        "SELECT id, patient, number, kind, confirmed_at IS NOT NULL AS confirmed,"
        f" wrong_since IS NOT NULL AS wrong, {', '.join(FACTS)}, hub_clock() AS now"
        " FROM contact_point WHERE patient = ANY($1) ORDER BY id",
        patients,
    )
    found: dict[UUID, list[PhoneView]] = {}
    for row in rows:
        masked = masked_number(row["number"], row["id"])
        state = phone_state(row) if row["kind"] == OWN else None
        found.setdefault(row["patient"], []).append(
            PhoneView(row["id"], masked, row["kind"], row["confirmed"], row["wrong"], state)
        )
    return found


def masked_number(sealed: bytes, contact: UUID) -> str:
    """Mask a number for staff; one that cannot be read is still one of the patient's."""
    number = unsealed(sealed, table="contact_point", column="number", row=contact)
    return UNREADABLE_NAME if number is None else e164.masked(number)


def short_name(sealed: bytes | None, patient: UUID) -> str | None:
    """Shorten a stored name; None without one, and a sign for one that cannot be read."""
    if sealed is None:
        return None
    name = unsealed(sealed, table="patient", column="name", row=patient)
    return UNREADABLE_NAME if name is None else shortened(name)
