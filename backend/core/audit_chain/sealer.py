"""Seals the audit log: gives each row its place in the chain, and its hash.

It takes only rows below `pg_snapshot_xmin`, so no older row can appear later.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from backend.core.audit_chain.links import COLUMNS, FIRST_HASH, link_hash
from backend.core.database import execute, fetch, fetch_one, fetch_value, transaction

BATCH: Final = 1000
"""Rows that one transaction seals."""
MOST_BATCHES: Final = 20
"""Batches of one turn: the worker calls again a second later, and other duties come in between."""
SEALER_LOCK: Final = 7_301

_SEAL: Final = (
    "UPDATE audit_event SET place = s.place, chain = s.chain"
    " FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS s (id, place, chain)"
    " WHERE audit_event.id = s.id AND audit_event.id = ANY ($1)"
)


@asynccontextmanager
async def as_sealer() -> AsyncIterator[None]:
    """Open a transaction as the one role that reads all of the log and seals it."""
    async with transaction():
        await execute("SET LOCAL ROLE hub_sealer")
        yield


async def seal_chain(batch: int = BATCH, most: int = MOST_BATCHES) -> int:
    """Seal until a batch is not full, one batch a transaction; give the number of rows.

    Args:
        batch: rows of one transaction.
        most: batches of this turn; what is left is sealed in the next one.
    """
    total = 0
    for _ in range(most):
        sealed = await _seal_batch(batch)
        total += sealed
        if sealed < batch:
            break
    return total


async def _seal_batch(batch: int) -> int:
    """Seal the rows that no running transaction can precede, unless another worker does so now."""
    async with as_sealer():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", SEALER_LOCK):
            return 0
        rows = await fetch(
            f"SELECT {COLUMNS} FROM audit_event WHERE place IS NULL"
            " AND written_by < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id LIMIT $1",
            batch,
        )
        if not rows:
            return 0
        place, chain = await chain_end()
        sealed: list[tuple[UUID, int, bytes]] = []
        for row in rows:
            place, chain = place + 1, link_hash(chain, place + 1, tuple(row))
            sealed.append((row["id"], place, chain))
        await execute(_SEAL, *(list(column) for column in zip(*sealed, strict=True)))
        return len(sealed)


async def chain_end() -> tuple[int, bytes]:
    """Give place and hash of the last sealed row."""
    last = await fetch_one(
        "SELECT place, chain FROM audit_event WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1"
    )
    return (last["place"], last["chain"]) if last else (0, FIRST_HASH)
