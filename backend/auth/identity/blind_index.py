"""Finds charts by keyed hashes, and makes parallel registrations of one person wait in turn."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from backend.core.crypto.key_ring import hold_data_keys
from backend.core.crypto.sealing import lookup_hashes
from backend.core.database import execute, fetch
from backend.core.postgres.steps import LockOrder, claim, step

Sought = tuple[str, str]
"""A kind of lookup (citizen-id, chart-number, hospital-number, phone) and the value."""


def hashes_of(kind: str, value: str) -> list[bytes]:
    return [digest for _, digest in lookup_hashes(kind, value)]


def turn_of(hashed: bytes) -> int:
    """Give the number PostgreSQL knows a value's lock by."""
    return int.from_bytes(hashed[:8], signed=True)


async def lock_identifiers(sought: Iterable[Sought]) -> None:
    """Lock every value until the transaction ends, always in the same order."""
    await hold_data_keys()
    keys = {turn_of(digest) for kind, value in sought for digest in hashes_of(kind, value)}
    claim(("number", key) for key in keys)
    await _lock.all(sorted(keys))


@step(LockOrder.NUMBERS)
async def _lock(keys: Sequence[int]) -> Sequence[None]:
    await execute(
        "SELECT pg_advisory_xact_lock(key) FROM"
        " (SELECT key FROM unnest($1::bigint[]) WITH ORDINALITY AS k (key, n) ORDER BY n) k",
        sorted(keys),
    )
    return [None] * len(keys)


async def charts_having(sought: Sequence[Sought]) -> list[UUID]:
    """Give every chart, of whichever facility, that has one of these values, each once."""
    rows = await fetch(
        "SELECT DISTINCT l.patient FROM patient_lookup l"
        " JOIN unnest($1::text[], $2::bytea[]) AS s (kind, hash)"
        " ON l.kind = s.kind AND l.hash = s.hash ORDER BY l.patient",
        *kinds_and_hashes(sought),
    )
    return [row["patient"] for row in rows]


async def charts_found_by(sought: Sequence[Sought], facility: UUID) -> dict[Sought, list[UUID]]:
    """Give the charts of one facility that have these values, for each that finds any."""
    pairs = list(dict.fromkeys(sought))
    found = await _found_by.all([(pair, facility) for pair in pairs])
    return {pair: charts for pair, charts in zip(pairs, found, strict=True) if charts}


@step()
async def _found_by(wanted: Sequence[tuple[Sought, UUID]]) -> Sequence[list[UUID]]:
    hashed = [
        (n, kind, digest, facility)
        for n, ((kind, value), facility) in enumerate(wanted)
        for digest in hashes_of(kind, value)
    ]
    rows = await fetch(
        "SELECT DISTINCT s.n, l.patient FROM patient_lookup l"
        " JOIN unnest($1::int[], $2::text[], $3::bytea[], $4::uuid[])"
        " AS s (n, kind, hash, facility)"
        " ON l.kind = s.kind AND l.hash = s.hash"
        " JOIN patient p ON p.id = l.patient AND p.facility = s.facility ORDER BY l.patient",
        *(list(column) for column in zip(*hashed, strict=True)),
    )
    found: list[list[UUID]] = [[] for _ in wanted]
    for row in rows:
        found[row["n"]].append(row["patient"])
    return found


def kinds_and_hashes(sought: Sequence[Sought]) -> tuple[list[str], list[bytes]]:
    pairs = [(kind, digest) for kind, value in sought for digest in hashes_of(kind, value)]
    return [kind for kind, _ in pairs], [digest for _, digest in pairs]


async def index(patient: UUID, kind: str, value: str) -> None:
    """Make a person findable by this value, under every live key."""
    await hold_data_keys()
    hashes = lookup_hashes(kind, value)
    await execute(
        "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT $1, h.key_id, h.hash, $2 FROM unnest($3::text[], $4::bytea[]) AS h (key_id, hash)"
        " ON CONFLICT (kind, hash, patient) DO NOTHING",
        kind, patient, [key for key, _ in hashes], [digest for _, digest in hashes],
    )  # fmt: skip


async def hand_on(before: UUID, after: UUID | None, sought: Sequence[Sought]) -> None:
    """Let another chart be found by what this one is found by of these values; None: nobody."""
    await execute(
        "WITH gone AS (DELETE FROM patient_lookup l"
        "  USING unnest($2::text[], $3::bytea[]) AS s (kind, hash)"
        "  WHERE l.patient = $1 AND l.kind = s.kind AND l.hash = s.hash"
        "  RETURNING l.kind, l.key_id, l.hash)"
        " INSERT INTO patient_lookup (kind, key_id, hash, patient)"
        " SELECT DISTINCT kind, key_id, hash, $4::uuid FROM gone WHERE $4::uuid IS NOT NULL"
        " ON CONFLICT (kind, hash, patient) DO NOTHING",
        before, *kinds_and_hashes(sought), after,
    )  # fmt: skip
