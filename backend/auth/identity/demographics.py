"""What is known about a person besides numbers: sealed in the row, compared in the open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.core.crypto.sealing import seal, unseal
from backend.core.database import Row, execute, fetch, fetch_one, new_id
from backend.core.postgres.steps import LockOrder, claim, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    name: str
    birth_date: str | None
    """Partial: 1953, 1953-05 or 1953-05-02."""
    sex: str
    language: str
    deceased_at: datetime | None
    active: bool = True


async def locked_details(charts: Sequence[UUID], facility: UUID) -> dict[UUID, Details]:
    """Read those that are the facility's; whoever else changes one waits for our transaction."""
    claim(("chart", chart) for chart in charts)
    found = await _locked.all([(chart, facility) for chart in charts])
    return {chart: details for chart, details in zip(charts, found, strict=True) if details}


@step(LockOrder.CHARTS)
async def _locked(wanted: Sequence[tuple[UUID, UUID]]) -> Sequence[Details | None]:
    rows = await fetch(
        f"{_READ} WHERE (id, facility) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
        " ORDER BY id FOR NO KEY UPDATE",
        [chart for chart, _ in wanted], [facility for _, facility in wanted],
    )  # fmt: skip
    found = {row["id"]: _details(row) for row in rows}
    return [found.get(chart) for chart, _ in wanted]


async def details_of(patient: UUID) -> Details:
    row = await fetch_one(f"{_READ} WHERE id = $1", patient)
    assert row, "a lookup points to a patient"
    return _details(row)


_READ: Final = "SELECT id, name, birth_date, sex, language, deceased_at, active FROM patient"


def _details(row: Row) -> Details:
    patient = row["id"]
    return Details(
        name=unseal(row["name"], table="patient", column="name", row=patient),
        birth_date=unseal_birth_date(row["birth_date"], patient),
        sex=row["sex"],
        language=row["language"],
        deceased_at=row["deceased_at"],
        active=row["active"],
    )


def unseal_birth_date(sealed: bytes | None, patient: UUID) -> str | None:
    if sealed is None:
        return None
    return unseal(sealed, table="patient", column="birth_date", row=patient)


def shortened(name: str) -> str:
    """Show the given name, which comes last, and initials: `T. T. Lan`."""
    *others, given = name.split() or [""]
    return " ".join([*(f"{word[0]}." for word in others), given])


async def store_new(details: Details, facility: UUID) -> UUID:
    """Begin a chart of the facility."""
    patient = new_id()
    await execute(
        "INSERT INTO patient (id, name, birth_date, sex, language, deceased_at, active, facility,"
        " registered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, hub_clock())",
        *_values(patient, details), facility,
    )  # fmt: skip
    return patient


async def store(patient: UUID, details: Details) -> None:
    await execute(
        "UPDATE patient SET name = $2, birth_date = $3, sex = $4, language = $5, deceased_at = $6,"
        " active = $7 WHERE id = $1",
        *_values(patient, details),
    )


def _values(patient: UUID, details: Details) -> tuple[object, ...]:
    birth = details.birth_date
    return (
        patient,
        seal(details.name, table="patient", column="name", row=patient),
        seal(birth, table="patient", column="birth_date", row=patient) if birth else None,
        details.sex,
        details.language,
        details.deceased_at,
        details.active,
    )
