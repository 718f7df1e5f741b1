"""Locks a patient's record for one writer, and numbers each change of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.core.change_signals import publish
from backend.core.database import execute, fetch, fetch_value
from backend.core.postgres.steps import LockOrder, claim, step

_LOCKED: Final = "SELECT n FROM patient_change WHERE patient = $1 FOR UPDATE"


class OwnerChanged(Exception):
    """A merge was committed while this act waited: whose the number is must be asked again."""


async def lock_patient(patient: UUID) -> int:
    """Lock the record against other writers; give the number of the coming change."""
    claim_owners([patient])
    n = await fetch_value(_LOCKED, patient)
    if n is None:  # the first that is ever filed of this patient
        await execute(
            "INSERT INTO patient_change (patient, n, epoch) VALUES ($1, 0, 0)"
            " ON CONFLICT DO NOTHING",
            patient,
        )
        n = await fetch_value(_LOCKED, patient)
    return int(n) + 1


def claim_owners(patients: Iterable[UUID]) -> None:
    """Say whose records this message locks, before it does (`postgres.steps.claim`)."""
    claim(("owner", patient) for patient in patients)


@dataclass(frozen=True, slots=True)
class LockedOwner:
    """What is known of a patient once nobody else writes into the record."""

    change_n: int
    """The number of the coming change."""
    homes: Sequence[UUID]
    """The charts that this one stands for, itself among them, in the order of their ids."""


async def lock_owner(patient: UUID, identifier: UUID) -> LockedOwner:
    """Lock the record of the number's owner.

    Raises:
        OwnerChanged: while we waited, a merge has led it to another patient.
    """
    claim_owners([patient])
    return await _locked_owner((patient, identifier))


@step(LockOrder.OWNERS)
async def _locked_owner(
    wanted: Sequence[tuple[UUID, UUID]],
) -> Sequence[LockedOwner | OwnerChanged]:
    rows = await fetch(
        "SELECT place, change_n, owner, homes FROM lock_owners($1, $2) ORDER BY place",
        [patient for patient, _ in wanted], [identifier for _, identifier in wanted],
    )  # fmt: skip
    return [
        LockedOwner(row["change_n"] + 1, row["homes"])
        if row["owner"] == patient else OwnerChanged()
        for row, (patient, _) in zip(rows, wanted, strict=True)
    ]  # fmt: skip


async def stamp_patient(patient: UUID, change_n: int) -> None:
    publish(patient)
    await _stamp((patient, change_n))


@step(LockOrder.LAST)
async def _stamp(changes: Sequence[tuple[UUID, int]]) -> Sequence[None]:
    await execute(
        "UPDATE patient_change c SET n = w.n FROM unnest($1::uuid[], $2::bigint[])"
        " AS w (patient, n) WHERE c.patient = w.patient",
        [patient for patient, _ in changes], [n for _, n in changes],
    )  # fmt: skip
    return [None] * len(changes)
