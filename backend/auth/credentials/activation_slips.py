"""The slip of the counter: one code on paper that opens one session, once, within 72 hours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from backend.auth.credentials import typed_codes
from backend.auth.credentials.typed_codes import TypedCode
from backend.auth.identity.blind_index import lock_identifiers
from backend.auth.rules import SLIP_LIFETIME, SLIP_TRIES
from backend.core.database import execute, fetch, fetch_one, fetch_value, new_id

PURPOSE = "slip"


class Paper(StrEnum):
    """What the staff looked at. The hub keeps which kind it was, never what stands on it."""

    CARD = "card"
    BIRTH_CERTIFICATE = "birth_certificate"
    PASSPORT = "passport"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class NewSlip:
    """The only place where the code is ever in the open."""

    id: UUID
    code: TypedCode
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LiveSlip:
    id: UUID
    proof: str
    made_by: UUID
    created_at: datetime
    expires_at: datetime
    tries: int


async def make_slip(patient: UUID, facility: UUID | None, proof: Paper, made_by: UUID) -> NewSlip:
    """Make a slip in the caller's transaction; every older one of this patient is worthless now."""
    await lock_identifiers([(PURPOSE, str(patient))])
    await revoke_slips(patient)
    while True:
        slip, code = new_id(), typed_codes.new_code()
        row = await fetch_one(
            "INSERT INTO activation_slip (id, patient, facility, handle, secret_hash, proof,"
            " made_by, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, hub_clock(), hub_clock() + $8::interval)"
            " ON CONFLICT (handle) DO NOTHING RETURNING expires_at",
            slip, patient, facility, code.handle, typed_codes.stored_hash(PURPOSE, code),
            proof.value, made_by, SLIP_LIFETIME,
        )  # fmt: skip
        if row:
            return NewSlip(slip, code, row["expires_at"])


async def revoke_slips(patient: UUID) -> int:
    """Make every slip of this patient worthless; give how many could still have been used."""
    revoked = await fetch(
        "UPDATE activation_slip SET revoked_at = hub_clock() WHERE patient = $1"
        " AND used_at IS NULL AND revoked_at IS NULL"
        " RETURNING expires_at > hub_clock() AND tries < $2 AS live",
        patient, SLIP_TRIES,
    )  # fmt: skip
    return sum(row["live"] for row in revoked)


async def live_slips(patient: UUID, facility: UUID | None) -> list[LiveSlip]:
    """List what could still be used; with a facility, only what was made there."""
    rows = await fetch(
        "SELECT id, proof, made_by, created_at, expires_at, tries FROM activation_slip"
        " WHERE patient = $1 AND used_at IS NULL AND revoked_at IS NULL"
        " AND expires_at > hub_clock() AND tries < $2 AND ($3::uuid IS NULL OR facility = $3)"
        " ORDER BY id",
        patient, SLIP_TRIES, facility,
    )  # fmt: skip
    return [
        LiveSlip(
            row["id"], row["proof"], row["made_by"], row["created_at"], row["expires_at"],
            row["tries"],
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TriedSlip:
    """A slip that was found by what somebody typed."""

    id: UUID
    chart: UUID
    confirmed: bool
    """A colleague of the one who made it has confirmed it."""
    right: bool


async def chart_named_by(code: TypedCode | None) -> UUID | None:
    """Give whose slip has this handle, whatever became of it."""
    found: UUID | None = await fetch_value(
        "SELECT patient FROM activation_slip WHERE handle = $1", code.handle if code else ""
    )
    return found


async def try_slip(code: TypedCode | None) -> TriedSlip | None:
    """Count a try, then compare; None when no live slip is found.

    The slip stays locked until the caller's transaction ends, so that of several at once each is
    counted and only one can use it. What is no code at all costs the same statement.
    """
    named = await chart_named_by(code)
    await lock_identifiers([(PURPOSE, str(named or new_id()))])  # a desk that revokes it goes first
    row = await fetch_one(
        "UPDATE activation_slip s SET tries = s.tries + 1 FROM patient p"
        " WHERE s.handle = $1 AND s.tries < $2 AND s.used_at IS NULL AND s.revoked_at IS NULL"
        " AND s.expires_at > hub_clock() AND p.id = s.patient AND p.deceased_at IS NULL"
        " RETURNING s.id, s.patient, s.secret_hash, s.confirmed_at IS NOT NULL AS confirmed",
        code.handle if code else "", SLIP_TRIES,
    )  # fmt: skip
    right = typed_codes.fits(PURPOSE, code, row["secret_hash"] if row else None)
    return TriedSlip(row["id"], row["patient"], row["confirmed"], right) if row else None


async def use_slip(slip: UUID) -> None:
    await execute("UPDATE activation_slip SET used_at = hub_clock() WHERE id = $1", slip)
