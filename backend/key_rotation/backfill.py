"""Seals stored values with the newest data key, batch by batch, while the hub runs.

A value's seal names its key, so a stopped backfill continues where it was. It never waits for a row
or a number that another transaction is writing: a later round takes those.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.auth.identity.blind_index import turn_of
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import Key, current_key, keys
from backend.core.crypto.sealing import (
    UnreadableSeal,
    lookup_hash,
    seal_bytes,
    seal_mark,
    unseal_bytes,
)
from backend.core.database import execute, fetch, fetch_value
from backend.core.log import log
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.postgres.database_failures import is_passing
from backend.key_rotation import rehashing
from backend.key_rotation.ring_changes import as_owner, live_keys
from backend.key_rotation.sealed_columns import SEALED_COLUMNS, SealedColumn, UnsealedRow

BATCH: Final = 200
"""Rows at most. Each holds a few of the locks that PostgreSQL has room for."""
ROUNDS: Final = 20
PAUSE_SECONDS: Final = 0.2
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one column."""

    sealed_column: str
    moved: int
    left: int

    def line(self) -> str:
        return f"{self.sealed_column}: {self.moved} moved, {self.left} left"


async def back_fill(
    tell: Callable[[Progress], object], settled: float = 0.0, batch: int = BATCH
) -> list[Progress]:
    """Give the final progress of each column; `left` is 0 unless a value could not be moved.

    Args:
        tell: told after every batch.
        settled: seconds the key must have been current: what had begun before may still seal
            with the key before it.
        batch: rows at a time.
    """
    await newest_is_current(settled)
    moved = {place: await _back_fill(place, tell, batch) for place in SEALED_COLUMNS}
    return [Progress(place.name, n, await _left(place)) for place, n in moved.items()]


async def newest_is_current(settled: float = 0.0) -> Key:
    """Wait some seconds until the last announced key is current, and give it."""
    while True:
        rows = [row for row in await live_keys() if row["purpose"] == "data"]
        seconds = (rows[0]["current_from"] - rows[0]["at"]).total_seconds() + settled
        if seconds <= 0:
            break
        await asyncio.sleep(seconds)
    await load_ring()
    return current_key()


async def left(place: SealedColumn) -> int:
    """Count the values that an older key sealed."""
    counted: int = await fetch_value(
        f"SELECT count(*) FROM {place.table} WHERE {_OLD.format(column=place.column)}",
        seal_mark(current_key()),
    )
    return counted


async def _back_fill(place: SealedColumn, tell: Callable[[Progress], object], batch: int) -> int:
    moved = 0
    for _ in range(ROUNDS):
        after: UUID | None = NOBODY
        stuck: set[UUID] = set()
        while after is not None:
            done, after = await move_batch(place, after, batch, stuck)
            moved += done
            if done:
                tell(Progress(place.name, moved, await _left(place)))
        if await _left(place) == len(stuck):
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return moved


async def move_batch(
    place: SealedColumn, after: UUID, batch: int, stuck: set[UUID] | None = None
) -> tuple[int, UUID | None]:
    """Move rows behind `after`; give their number and the next position, or None at the end.

    Where a batch fails, each of its rows is moved by itself. One that fails again, or does not
    open, stays as it is, and is added to `stuck`.
    """
    async with as_owner():
        found = await fetch(
            f"SELECT id FROM {place.table} WHERE id > $2 AND {_OLD.format(column=place.column)}"
            f" ORDER BY id LIMIT {min(batch, place.at_once)}",
            seal_mark(current_key()), after,
        )  # fmt: skip
    ids = [row["id"] for row in found]
    stuck = set() if stuck is None else stuck
    try:
        moved = await _move_rows(place, ids, stuck)
    except Exception as surprise:
        if is_passing(surprise):
            raise
        log.error("batch_unreadable", where=place.name, error=type(surprise).__name__)
        moved = sum([await _move_alone(place, row, stuck) for row in ids])
    return moved, ids[-1] if ids else None


async def _move_alone(place: SealedColumn, row: UUID, stuck: set[UUID]) -> int:
    try:
        return await _move_rows(place, [row], stuck)
    except Exception as surprise:
        if is_passing(surprise):
            raise
        await _note_stuck(place, row, surprise)
        stuck.add(row)
        return 0


async def _move_rows(place: SealedColumn, ids: Sequence[UUID], stuck: set[UUID]) -> int:
    """Move these rows in one transaction, but not those that somebody else is writing."""
    unreadable: list[UUID] = []
    async with as_owner():
        rows = await fetch(
            f"SELECT {', '.join(('id', place.column, *place.reads))} FROM {place.table}"
            " WHERE id = ANY($2) AND"
            f" {_OLD.format(column=place.column)} ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
            seal_mark(current_key()), ids,
        )  # fmt: skip
        opened: list[UnsealedRow] = []
        for row in rows:
            try:
                opened.append(_open(place, row))
            except UnreadableSeal:
                unreadable.append(row["id"])
        free = await _free(opened)
        await _move(place, free)
    for row_id in unreadable:
        await _note_stuck(place, row_id, UnreadableSeal())
    stuck.update(unreadable)
    return len(free)


async def _note_stuck(place: SealedColumn, row: UUID, error: Exception) -> None:
    async with as_owner():
        await report_unreadable(place.name, row, error)


_OLD = "{column} IS NOT NULL AND substring({column} FROM 1 FOR length($1::bytea)) <> $1"


async def _left(place: SealedColumn) -> int:
    async with as_owner():
        return await left(place)


def _open(place: SealedColumn, row: Any) -> UnsealedRow:
    """Open one value; what cannot be opened stays as it is, and is counted as left."""
    plain = unseal_bytes(row[place.column], place.place(row))
    return place.open(row, plain)


async def _free(opened: Sequence[UnsealedRow]) -> list[UnsealedRow]:
    """Take the turn of every number for which nobody stands in line, and leave out the others."""
    turns = {
        turn_of(lookup_hash(kind, value, key)): opened_row.id
        for opened_row in opened
        for kind, value in opened_row.turns or opened_row.sought
        for key in keys().values()
    }
    taken = await fetch(
        "SELECT turn FROM unnest($1::bigint[]) turn WHERE NOT pg_try_advisory_xact_lock(turn)",
        sorted(turns),
    )
    waiting = {turns[row["turn"]] for row in taken}
    return [opened_row for opened_row in opened if opened_row.id not in waiting]


async def _move(place: SealedColumn, opened: Sequence[UnsealedRow]) -> None:
    new = current_key()
    for old in keys().values():
        if old.name != new.name:
            await rehashing.add_lookups(opened, old, new)
            await rehashing.move_wrong_codes(opened, old, new)
            if place.table == "contact_point":
                await rehashing.move_texts(opened, old, new)
    if place.hash_column:
        await rehashing.rehash(place, opened, new)
    if place.hash_list:
        await rehashing.extend(place, opened, new)
    await execute(
        f"UPDATE {place.table} t SET {place.column} = s.sealed"
        " FROM unnest($1::uuid[], $2::bytea[]) AS s (id, sealed) WHERE t.id = s.id",
        [opened_row.id for opened_row in opened],
        [seal_bytes(opened_row.plain, opened_row.place) for opened_row in opened],
    )
