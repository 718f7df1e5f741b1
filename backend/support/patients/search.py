"""Finds charts of the own facility by a number, and shows only what confirms the person.

Of the phones, staff see those that their facility has given, and nothing that the person did with
them: what a chart shows depends on the facility's own words, but for whether an app reaches it.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from backend.auth.identity import citizen_id
from backend.auth.identity.blind_index import charts_having, hashes_of
from backend.auth.identity.demographics import shortened
from backend.auth.identity.identifiers import ANY_SYSTEM, CITIZEN_ID, Identifier
from backend.auth.phones import e164
from backend.auth.registration.patients import charts_meant
from backend.auth.sessions.lost_phone import REACHES
from backend.core.database import Row, fetch
from backend.core.errors import HubError
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable, unsealed
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import IN_SCOPE, open_case
from backend.support.rules import Action

MOST_FOUND = 20
GIVEN = "(c.proposed_by = $2)"
"""For statements with a contact point as `c` and the staff's facility as `$2`: it gave this one."""
_BY_PHONE = (
    "SELECT DISTINCT c.patient FROM contact_point c JOIN patient p ON p.id = c.patient"
    f" WHERE c.number_hash = ANY($1::bytea[]) AND c.kind = 'own' AND {GIVEN} AND {IN_SCOPE}"
)
APP_REACHES = (
    "EXISTS (SELECT FROM session_chart c JOIN session s ON s.id = c.session"
    f" WHERE c.chart = p.id AND {REACHES} AND s.ended_at IS NULL"
    " AND s.expires_at > hub_clock())"
)
"""For statements with the chart as `p`."""


class OneNumber(HubError):
    """Search by one number: a citizen id, a phone number, or one of your own numbers."""

    code = "one_number"
    status = 422


class PhoneView(Struct, frozen=True, rename="camel"):
    """A number that the facility has given."""

    contact: UUID
    masked: str
    kind: str
    wrong: bool
    """Staff of this facility have said that it is not the patient's."""


class PatientView(Struct, frozen=True, rename="camel"):
    """Enough to confirm the person on the line, and no more."""

    patient: UUID
    name: str
    birth_year: int | None
    citizen_id: str | None
    phones: list[PhoneView]
    app_reaches: bool
    """Somebody is signed in who sees this chart."""


class FoundPatients(Struct, frozen=True, rename="camel"):
    items: list[PatientView]


class OwnNumber(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A number that the facility has given a chart, with the system that it is of."""

    system: Annotated[str, Meta(max_length=200)]
    """Empty for the facility's own numbers."""
    value: Annotated[str, Meta(min_length=1, max_length=60)]


class Searched(Struct, frozen=True, kw_only=True):
    """By what staff look somebody up: exactly one of these."""

    citizen_id: str | None = None
    phone: str | None = None
    hospital_number: str | OwnNumber | None = None
    """A number of the main system, else one that only one chart has; or one with its system."""


async def find_patients(staff: StaffCaller, searched: Searched, reason: str) -> FoundPatients:
    """Find the facility's own charts with this number, and open a case about each.

    Raises:
        OneNumber: none or several were given.
        NotACitizenId, NotAPhone: it cannot be such a number.
    """
    async with audited_action(staff, Action.SEARCH, reason) as act:
        having = await _having(staff, searched)
        found = await masked_patients(staff, having)
        if not found:
            act.result = "not_found"
        await open_case(staff, [match.patient for match in found], reason)
    return FoundPatients(found)


async def _having(staff: StaffCaller, searched: Searched) -> list[UUID]:
    match searched:
        case Searched(citizen_id=str(number), phone=None, hospital_number=None):
            return await having_citizen_id(citizen_id.digits(number))
        case Searched(citizen_id=None, phone=str(number), hospital_number=None):
            hashes = hashes_of("phone", e164.normalise(number))
            return [row["patient"] for row in await fetch(_BY_PHONE, hashes, staff.facility)]
        case Searched(citizen_id=None, phone=None, hospital_number=str() | OwnNumber() as number):
            return await _having_own(staff, number)
        case _:
            raise OneNumber


async def _having_own(staff: StaffCaller, number: str | OwnNumber) -> list[UUID]:
    """Give the charts of the staff's own facility that one of its numbers leads to."""
    if staff.facility is None:
        return []
    stated = (
        Identifier(ANY_SYSTEM, number)
        if isinstance(number, str)
        else Identifier(number.system, number.value)
    )
    return await charts_meant([stated], staff.facility)


async def having_citizen_id(number: str) -> list[UUID]:
    """Give every chart with this citizen id, whosever it is: the caller leaves out the others."""
    return await charts_having([("citizen-id", number)])


async def masked_patients(staff: StaffCaller, patients: Sequence[UUID]) -> list[PatientView]:
    """Show those of these charts that this member of staff may see."""
    rows = await fetch(
        f"SELECT p.id, p.name, p.birth_date, {APP_REACHES} AS app_reaches FROM patient p"
        f" WHERE p.id = ANY($1) AND {IN_SCOPE} ORDER BY p.id LIMIT $3",
        patients, staff.facility, MOST_FOUND,
    )  # fmt: skip
    met = [row["id"] for row in rows]
    numbers = await _citizen_ids(met)
    phones = await _phones(staff, met)
    return [
        PatientView(
            row["id"],
            short_name(row["name"], row["id"]) or "",
            _birth_year(row),
            numbers.get(row["id"]),
            phones.get(row["id"], []),
            row["app_reaches"],
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


async def _phones(staff: StaffCaller, patients: Sequence[UUID]) -> dict[UUID, list[PhoneView]]:
    rows = await fetch(
        "SELECT c.id, c.patient, c.number, c.kind, EXISTS (SELECT FROM number_report r"
        "  WHERE r.contact = c.id AND r.undone_at IS NULL) AS wrong"
        f" FROM contact_point c WHERE c.patient = ANY($1) AND {GIVEN} ORDER BY c.id",
        patients, staff.facility,
    )  # fmt: skip
    found: dict[UUID, list[PhoneView]] = {}
    for row in rows:
        masked = masked_number(row["number"], row["id"])
        found.setdefault(row["patient"], []).append(
            PhoneView(row["id"], masked, row["kind"], row["wrong"])
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
