"""The numbers people have: what each system is worth, and which facility said what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.auth.identity import citizen_id
from backend.auth.identity.blind_index import FOUND_BY, Sought, forget, kinds_and_hashes, remember
from backend.core.crypto.sealing import seal, unseal
from backend.core.database import Row, execute, fetch, fetch_value, new_id

CITIZEN_ID = "urn:vn:citizen-id"
CMND = "urn:vn:cmnd"
NATIONAL = frozenset({CITIZEN_ID, CMND, "urn:vn:insurance-card"})
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
    home: UUID | None = None
    """Whose it is by right, while a merge has it with another patient."""


def tidy(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Write each number one way, and give each once. Nine digits are a CMND by any name.

    Raises:
        NotACitizenId: what was given as a citizen id is none.
    """
    written = [_tidied(each) for each in identifiers]
    return [each for each in dict.fromkeys(written) if each.value]


def _tidied(identifier: Identifier) -> Identifier:
    if identifier.system != CITIZEN_ID:
        return Identifier(identifier.system, identifier.value.strip())
    if citizen_id.is_cmnd(identifier.value):
        return Identifier(CMND, "".join(identifier.value.split()))
    return Identifier(CITIZEN_ID, citizen_id.digits(identifier.value))


def is_citizen_id(identifier: Identifier) -> bool:
    """Tell whether it names a citizen. A placeholder names nobody, and is only kept."""
    return identifier.system == CITIZEN_ID and not citizen_id.is_placeholder(identifier.value)


def finds_a_patient(identifier: Identifier) -> bool:
    """Tell whether a patient can be known by it: by a citizen id, or a number of the facility."""
    if identifier.system != CITIZEN_ID:
        return identifier.system not in NATIONAL
    return not citizen_id.is_cmnd(identifier.value) and is_citizen_id(identifier)


def own_of(stated: Iterable[Identifier]) -> list[Identifier]:
    """Give the facility's own numbers only: the others are the person's, wherever they go."""
    return [each for each in stated if each.system not in NATIONAL]


def sought(stated: Iterable[Identifier], facility: UUID) -> list[Sought]:
    """Give what a person may be found by: a true citizen id and the facility's own numbers."""
    return [
        ("citizen-id", each.value)
        if each.system == CITIZEN_ID
        else ("hospital-number", f"{facility}:{each.value}")
        for each in stated
        if finds_a_patient(each)
    ]


async def filed_of(patient: UUID) -> list[Filed]:
    """Give every number the patient has or had."""
    rows = await fetch(
        "SELECT id, facility, system, value, active, home FROM patient_identifier"
        " WHERE patient = $1 ORDER BY id",
        patient,
    )
    return [_filed(row) for row in rows]


async def filed_of_those(sought: Sequence[Sought]) -> dict[UUID, list[Filed]]:
    """Give every number of everybody who has one of these values, person by person."""
    rows = await fetch(
        "SELECT patient, id, facility, system, value, active, home FROM patient_identifier"
        f" WHERE patient IN ({FOUND_BY}) ORDER BY id",
        *kinds_and_hashes(sought),
    )
    found: dict[UUID, list[Filed]] = {}
    for row in rows:
        found.setdefault(row["patient"], []).append(_filed(row))
    return found


def _filed(row: Row) -> Filed:
    value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
    return Filed(
        row["id"], row["facility"], Identifier(row["system"], value), row["active"], row["home"]
    )


async def file(
    patient: UUID, identifier: Identifier, facility: UUID, home: UUID | None = None
) -> Filed:
    """Write down that this facility says so, and make the patient findable by it.

    One more number of somebody who was merged goes back with the others, if that is undone.
    """
    row = new_id()
    await execute(
        "INSERT INTO patient_identifier (id, patient, facility, system, value, home, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, hub_clock())",
        row, patient, facility, identifier.system,
        seal(identifier.value, table="patient_identifier", column="value", row=row), home,
    )  # fmt: skip
    for kind, value in sought([identifier], facility):
        await remember(patient, kind, value)
    return Filed(row, facility, identifier, home=home)


async def hand_over(before: UUID, after: UUID, facility: UUID, homes: Sequence[UUID]) -> list[UUID]:
    """Let what the facility said of `homes` be another patient's now, who is found by it instead.

    Gives the numbers that records of theirs are filed under.
    """
    rows = await fetch(
        "UPDATE patient_identifier SET patient = $2,"
        " home = nullif(coalesce(home, patient), $2)"
        " WHERE patient = $1 AND facility = $3 AND coalesce(home, patient) = ANY($4)"
        " RETURNING id, facility, system, value, active, home",
        before, after, facility, homes,
    )  # fmt: skip
    for each in map(_filed, rows):
        for kind, value in sought([each.identifier], facility) if each.active else []:
            await forget(before, kind, value)
            await remember(after, kind, value)
    return [row["id"] for row in rows]


async def has_numbers(patient: UUID) -> bool:
    """Tell whether anybody can still be found as this patient."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM patient_identifier WHERE patient = $1 AND active)", patient
        )
    )


def is_known(identifier: Identifier, facility: UUID, filed: Iterable[Filed]) -> bool:
    """Tell whether there is nothing to write down: this facility said so, or it was cancelled.

    A number does not come back because somebody's system has not heard that it is gone.
    """
    same = [each for each in filed if each.identifier == identifier]
    return any(each.facility == facility or not each.active for each in same)


def merged_away(
    filed: Iterable[Filed], stated: Iterable[Identifier], facility: UUID
) -> Filed | None:
    """Give the number by which somebody is meant whom this facility has merged into another."""
    own = {each.value for each in own_of(stated)}
    meant = [
        each
        for each in filed
        if each.facility == facility
        and each.identifier.system not in NATIONAL
        and each.identifier.value in own
    ]
    return meant[0] if meant and all(each.home for each in meant) else None


def filed_under(filed: Iterable[Filed], stated: list[Identifier], facility: UUID) -> Filed:
    """Prefer what holds, the facility's own numbers, which may move, and its word to another's."""
    own_numbers = {each.value for each in own_of(stated)}
    meant = [
        each
        for each in filed
        if (each.identifier.system in NATIONAL and each.identifier in stated)
        or (each.facility == facility and each.identifier.value in own_numbers)
    ]
    return min(
        meant,
        key=lambda each: (
            not each.active,
            each.home is not None,
            each.identifier.system in NATIONAL,
            each.identifier.system != CITIZEN_ID,
            each.facility != facility,
        ),
    )
