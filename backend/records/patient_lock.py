"""Locks a patient's record for one writer, and numbers each change of it."""

from typing import Final
from uuid import UUID

from backend.core.change_signals import publish
from backend.core.database import execute, fetch_one, fetch_value

_LOCKED: Final = "SELECT n FROM patient_change WHERE patient = $1 FOR UPDATE"


class OwnerChanged(Exception):
    """A merge was committed while this act waited: whose the number is must be asked again."""


async def lock_patient(patient: UUID) -> int:
    """Lock the record against other writers; give the number of the coming change."""
    n = await fetch_value(_LOCKED, patient)
    if n is None:  # the first that is ever filed of this patient
        await execute(
            "INSERT INTO patient_change (patient, n, epoch) VALUES ($1, 0, 0)"
            " ON CONFLICT DO NOTHING",
            patient,
        )
        n = await fetch_value(_LOCKED, patient)
    return int(n) + 1


async def lock_owner(patient: UUID, identifier: UUID) -> int:
    """Lock the record of the number's owner; give the number of the coming change.

    Raises:
        OwnerChanged: while we waited, a merge has led it to another patient.
    """
    row = await fetch_one("SELECT change_n, owner FROM lock_owner($1, $2)", patient, identifier)
    assert row, "it always answers"
    if row["owner"] != patient:
        raise OwnerChanged
    return int(row["change_n"]) + 1


async def stamp_patient(patient: UUID, change_n: int) -> None:
    publish(patient)
    await execute("UPDATE patient_change SET n = $2 WHERE patient = $1", patient, change_n)
