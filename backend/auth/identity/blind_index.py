"""Finds people by keyed hashes, and makes parallel registrations of one person wait in turn."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from backend.core.crypto.key_ring import hold_data_keys
from backend.core.crypto.sealing import lookup_hashes
from backend.core.database import execute, fetch

Sought = tuple[str, str]
"""A kind of lookup (citizen-id, hospital-number, phone) and the value."""


def hashes_of(kind: str, value: str) -> list[bytes]:
    return [each for _, each in lookup_hashes(kind, value)]


def turn_of(hashed: bytes) -> int:
    """Give the number PostgreSQL knows a value's lock by."""
    return int.from_bytes(hashed[:8], signed=True)


async def wait_in_turn(sought: Iterable[Sought]) -> None:
    """Lock every value until the transaction ends, always in the same order."""
    await hold_data_keys()
    keys = {turn_of(each) for kind, value in sought for each in hashes_of(kind, value)}
    await execute(
        "SELECT pg_advisory_xact_lock(key) FROM"
        " (SELECT key FROM unnest($1::bigint[]) WITH ORDINALITY AS k (key, n) ORDER BY n) k",
        sorted(keys),
    )


async def people_found_by(sought: Sequence[Sought]) -> list[UUID]:
    """Give everybody who has one of these values, each once."""
    rows = await fetch(f"{FOUND_BY} ORDER BY l.patient", *kinds_and_hashes(sought))
    return [row["patient"] for row in rows]


FOUND_BY = (
    "SELECT DISTINCT l.patient FROM patient_lookup l"
    " JOIN unnest($1::text[], $2::bytea[]) AS s (kind, hash)"
    " ON l.kind = s.kind AND l.hash = s.hash"
)
"""Takes `kinds_and_hashes`."""


def kinds_and_hashes(sought: Sequence[Sought]) -> tuple[list[str], list[bytes]]:
    pairs = [(kind, each) for kind, value in sought for each in hashes_of(kind, value)]
    return [kind for kind, _ in pairs], [each for _, each in pairs]


async def remember(patient: UUID, kind: str, value: str) -> None:
    """Make a person findable by this value, under every live key."""
    await hold_data_keys()
    hashes = lookup_hashes(kind, value)
    await execute(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT $1, h.key_id, h.hash, $2 FROM unnest($3::text[], $4::bytea[]) AS h (key_id, hash)"
        " ON CONFLICT (kind, hash, patient) DO NOTHING",
        kind, patient, [key for key, _ in hashes], [each for _, each in hashes],
    )  # fmt: skip


async def forget(patient: UUID, kind: str, value: str) -> None:
    """Let nobody find this person by the value any more: it may be given to somebody else."""
    await execute(
        "DELETE FROM patient_lookup WHERE patient = $1 AND kind = $2 AND hash = ANY($3::bytea[])",
        patient, kind, hashes_of(kind, value),
    )  # fmt: skip
