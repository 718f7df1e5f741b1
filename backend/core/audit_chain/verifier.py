"""Checks the audit log: each hash, each place, what is not sealed, and the heads written down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from backend.core.audit_chain.dropped import chain_begin, check_dropped, kept_hashes
from backend.core.audit_chain.heads import Head
from backend.core.audit_chain.links import COLUMNS, FIRST_HASH, ChainFault, Finding, Link
from backend.core.audit_chain.sealer import as_sealer, chain_end
from backend.core.database import Row, fetch, fetch_value

BATCH: Final = 1000
"""Rows that are read and hashed before others have their turn."""
SEALED_WITHIN: Final = timedelta(minutes=5)
"""How long after it was written a row is sealed at the latest: longer than any transaction."""

Progress = Callable[[int, int], None]
"""Is told the place that was reached, and the last one."""
Reading = Callable[[], AbstractAsyncContextManager[None]]
"""Opens what reads the log: a step into the sealer's role, or nothing for its owner."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Up to which place the chain was followed, and what is wrong there."""

    place: int
    finding: Finding | None = None


def quiet(place: int, last: int) -> None:
    """Tell nobody how far it is."""


@asynccontextmanager
async def as_owner() -> AsyncIterator[None]:
    """Read with the rights of the login, for a command of the owner of the database."""
    yield


async def verify_chain(
    after: int = 0,
    until: int | None = None,
    *,
    reading: Reading = as_sealer,
    progress: Progress = quiet,
) -> Checked:
    """Follow the chain from the row behind `after`, a batch at a time, to `until` or its end.

    The hash of the row `after` is believed: whoever checks a part checks the part before it too.
    It begins behind the months that were dropped, if what is kept of each was written down.
    """
    async with reading():
        last = (await chain_end())[0] if until is None else until
        begin = await chain_begin()
        link = Link(after, await _hash_at(after)) if after > begin.place else begin
        forged = await check_dropped()
    if forged is not None:
        return Checked(0, forged)
    while link.place < last:
        async with reading():
            rows = await fetch(
                f"SELECT place, chain, {COLUMNS} FROM audit_event"
                " WHERE place > $1 AND place <= $2 ORDER BY place LIMIT $3",
                link.place, last, BATCH,
            )  # fmt: skip
            begin = await chain_begin()
        if begin.place > link.place:  # a month was dropped meanwhile
            link = begin
            continue
        for row in rows:
            place, chain, *content = row
            followed = link.extended_by(place, chain, content)
            if isinstance(followed, Finding):
                return Checked(link.place, followed)
            link = followed
        if not rows:
            return Checked(link.place, Finding(ChainFault.GAP, link.place + 1))
        progress(link.place, last)
        await asyncio.sleep(0)  # hashing holds the loop: others first
    return Checked(link.place)


async def _hash_at(place: int) -> bytes:
    if not place:
        return FIRST_HASH
    stored = await fetch_value("SELECT chain FROM audit_event WHERE place = $1", place)
    return stored or b""


async def find_unsealed(reading: Reading = as_sealer) -> Finding | None:
    """Find a row that should have been sealed long ago."""
    async with reading():
        waits = await fetch_value(
            "SELECT EXISTS (SELECT FROM audit_event WHERE place IS NULL"
            " AND at < clock_timestamp() - $1::interval)",
            SEALED_WITHIN,
        )
    return Finding(ChainFault.UNSEALED) if waits else None


async def compare_heads(heads: Sequence[Head], reading: Reading = as_sealer) -> Finding | None:
    """Find the first head that the chain does not have, in the order of the file."""
    for first in range(0, len(heads), BATCH):
        part = heads[first : first + BATCH]
        async with reading():
            begin, kept = await chain_begin(), await kept_hashes()
            rows: Sequence[Row] = await fetch(
                "SELECT place, chain FROM audit_event WHERE place = ANY ($1::bigint[])",
                [head.place for head in part],
            )
        stored = {row["place"]: row["chain"] for row in rows} | kept | {0: FIRST_HASH}
        for head in part:
            if head.place < begin.place and head.place not in stored:
                continue  # its row went with its month
            if stored.get(head.place) != head.hash:
                return Finding(ChainFault.HEAD, head.place)
    return None
