"""The numbers people have: what each system is worth, and which facility said what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth import citizen_id
from backend.auth.lookups import FOUND_BY, Sought, kinds_and_hashes, remember
from backend.crypto import seal, unseal
from backend.database import Row, execute, fetch, new_id

CITIZEN_ID = "urn:vn:citizen-id"
NATIONAL = frozenset({CITIZEN_ID, "urn:vn:cmnd", "urn:vn:insurance-card"})
"""Any other system is the facility's own patient number."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number and who gives such numbers: one of ours, else the facility's own patient number."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A number a patient has, and the facility that said so."""

    id: UUID
    facility: UUID
    identifier: Identifier
    active: bool = True
    """False once the number was cancelled: it is history, and finds nobody."""


def tidy(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Write each number one way, and give each once.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    written = [
        Identifier(each.system, citizen_id.digits(each.value))
        if each.system == CITIZEN_ID
        else Identifier(each.system, each.value.strip())
        for each in identifiers
    ]
    return [each for each in dict.fromkeys(written) if each.value]


def sought(stated: Iterable[Identifier], facility: UUID) -> list[Sought]:
    """Give what a person may be found by: the citizen id and the facility's own numbers."""
    return [
        ("citizen-id", each.value)
        if each.system == CITIZEN_ID
        else ("hospital-number", f"{facility}:{each.value}")
        for each in stated
        if each.system == CITIZEN_ID or each.system not in NATIONAL
    ]


async def filed_of(patient: UUID) -> list[Filed]:
    """Give every number the patient has or had."""
    rows = await fetch(
        "SELECT id, facility, system, value, active FROM patient_identifier"
        " WHERE patient = $1 ORDER BY id",
        patient,
    )
    return [_filed(row) for row in rows]


async def filed_of_those(sought: Sequence[Sought]) -> dict[UUID, list[Filed]]:
    """Give every number of everybody who has one of these values, person by person."""
    rows = await fetch(
        "SELECT patient, id, facility, system, value, active FROM patient_identifier"
        f" WHERE patient IN ({FOUND_BY}) ORDER BY id",
        *kinds_and_hashes(sought),
    )
    found: dict[UUID, list[Filed]] = {}
    for row in rows:
        found.setdefault(row["patient"], []).append(_filed(row))
    return found


def _filed(row: Row) -> Filed:
    value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
    return Filed(row["id"], row["facility"], Identifier(row["system"], value), row["active"])


async def file(patient: UUID, identifier: Identifier, facility: UUID) -> Filed:
    """Write down that this facility says so, and make the patient findable by it."""
    row = new_id()
    await execute(
        "INSERT INTO patient_identifier (id, patient, facility, system, value, created_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())",
        row, patient, facility, identifier.system,
        seal(identifier.value, table="patient_identifier", column="value", row=row),
    )  # fmt: skip
    for kind, value in sought([identifier], facility):
        await remember(patient, kind, value)
    return Filed(row, facility, identifier)


def is_known(identifier: Identifier, facility: UUID, filed: Iterable[Filed]) -> bool:
    """Tell whether there is nothing to write down: this facility said so, or it was cancelled.

    A number does not come back because somebody's system has not heard that it is gone.
    """
    same = [each for each in filed if each.identifier == identifier]
    return any(each.facility == facility or not each.active for each in same)


def filed_under(filed: Iterable[Filed], stated: list[Identifier], facility: UUID) -> UUID:
    """Prefer the citizen id to other numbers, this facility's word to another's, and what holds."""
    own_numbers = {each.value for each in stated if each.system not in NATIONAL}
    meant = [
        each
        for each in filed
        if (each.identifier.system in NATIONAL and each.identifier in stated)
        or (each.facility == facility and each.identifier.value in own_numbers)
    ]
    best = min(
        meant,
        key=lambda each: (
            not each.active,
            each.identifier.system != CITIZEN_ID,
            each.facility != facility,
        ),
    )
    return best.id
