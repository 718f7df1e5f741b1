"""What the worker does for the audit log besides sealing it: writes heads down, checks it daily."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from piccolo import columns
from piccolo.columns import BigInt, Timestamptz, Varchar
from piccolo.table import Table

from backend.core.alarms import AlarmKind, alarm
from backend.core.audit_chain.heads import (
    Head,
    first_out_of_order,
    first_untrusted,
    ring_keys,
    sign_head,
)
from backend.core.audit_chain.heads_file import EVERY, append_when_due, heads_in
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import as_sealer, chain_end
from backend.core.audit_chain.verifier import (
    Reading,
    compare_heads,
    find_unsealed,
    verify_chain,
)
from backend.core.clock import now
from backend.core.database import DB, TimeOrderedId, execute, fetch_one, fetch_value
from backend.core.log import log

LATE: Final = EVERY * 3
"""How old the newest head may be: workers may stand still for an hour, not for three."""
SLICES: Final = 30
"""The part of the old chain that a daily check looks at again: each row once in so many days."""
AGAIN: Final = timedelta(minutes=1)
"""How long a worker waits before it tries again to write a head down."""
CHECK_LOCK: Final = 7_315


class AuditCheck(Table, tablename="audit_check", db=DB):
    """One daily check of the chain."""

    id = columns.UUID(primary_key=True, default=TimeOrderedId())
    started_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    place = BigInt(default=0)
    """The last place when it began: the next check begins there."""
    fault = Varchar(length=20)
    """What was wrong, in the words of `ChainFault`; empty for nothing."""


@dataclass(slots=True)
class HeadsDuty:
    """Writes the head of the chain down once an hour, and looks whether the last one still fits."""

    path: str
    due_at: datetime | None = None

    async def __call__(self) -> None:
        """Do it when an hour is over. A file that cannot be written raises an alarm."""
        at = now()
        if self.due_at is not None and self.due_at - EVERY <= at < self.due_at:
            return
        self.due_at = at + AGAIN
        if not self.path:
            self.due_at = at + EVERY
            log.warning("heads_not_kept")
            await alarm(AlarmKind.AUDIT_HEADS)
            return
        async with as_sealer():
            place, chain = await chain_end()
        if not place and not await asyncio.to_thread(Path(self.path).exists):
            return  # a new hub: its first head is worth writing in a minute
        try:
            newest, before = await asyncio.to_thread(
                append_when_due, Path(self.path), at, lambda: sign_head(at, place, chain)
            )
        except OSError as unwritable:
            log.error("heads_not_written", error=type(unwritable).__name__)
            await alarm(AlarmKind.AUDIT_HEADS)
            return
        self.due_at = newest.at + EVERY
        await self._look_at(newest, before)

    async def _look_at(self, newest: Head, before: Head | None) -> None:
        """Raise an alarm for a file that began anew, or whose last head the chain has no more."""
        if before is None and await _is_old():
            log.warning("heads_begun_anew")
            await alarm(AlarmKind.AUDIT_HEADS)
        if before is not None and await compare_heads([before]) is not None:
            log.error("audit_head_lost")
            await alarm(AlarmKind.AUDIT_CHAIN)
        if not newest.is_signed_by(ring_keys()):
            log.error("audit_head_forged")
            await alarm(AlarmKind.AUDIT_CHAIN)


async def _is_old() -> bool:
    """Tell whether the log is older than a file of heads that begins now should be."""
    async with as_sealer():
        return bool(
            await fetch_value(
                "SELECT at < clock_timestamp() - $1::interval FROM audit_event"
                " WHERE place IS NOT NULL ORDER BY place LIMIT 1",
                EVERY * 2,
            )
        )


@dataclass(frozen=True, slots=True)
class CheckDuty:
    """Checks the chain once a day: what is new, a part of what is old, and every head."""

    path: str

    async def __call__(self) -> None:
        """Do it when a day is over; of several workers, one does."""
        check = await _begin()
        if check is None:
            return
        after = await _checked_before(check)
        async with as_sealer():
            last, _ = await chain_end()
        finding = await self._look(after, last)
        async with as_sealer():
            await execute(
                "UPDATE audit_check SET ended_at = hub_clock(), place = $2, fault = $3"
                " WHERE id = $1",
                check, last, finding.fault.value if finding else "",
            )  # fmt: skip
        if finding is not None:
            log.error("audit_chain_broken", kind=finding.fault.value, count=finding.place)
            of_file = finding.fault in {ChainFault.NO_HEADS, ChainFault.LATE}
            await alarm(AlarmKind.AUDIT_HEADS if of_file else AlarmKind.AUDIT_CHAIN)

    async def _look(self, after: int, last: int) -> Finding | None:
        turn = now().toordinal() % SLICES
        old = await verify_chain(after * turn // SLICES, after * (turn + 1) // SLICES)
        new = await verify_chain(after, last)
        return old.finding or new.finding or await find_unsealed() or await self._heads()

    async def _heads(self) -> Finding | None:
        if not self.path:
            return None
        found = await check_heads(Path(self.path), by_ring=True)
        missing = found is not None and found.fault is ChainFault.NO_HEADS
        return None if missing and not await _is_old() else found  # a new hub writes it in a minute


async def check_heads(path: Path, *, by_ring: bool, reading: Reading = as_sealer) -> Finding | None:
    """Compare the chain with a file of heads, and check their signatures.

    Args:
        path: of the file, or of a copy.
        by_ring: whether it is the file that is written now: its newest head is from these hours,
            and signed by a key that the hub has.
        reading: opens what reads the log.
    """
    try:
        heads = await asyncio.to_thread(heads_in, path)
    except OSError:
        return Finding(ChainFault.NO_HEADS)
    if not heads:
        return Finding(ChainFault.NO_HEADS)
    if first_untrusted(heads, frozenset()) or (by_ring and not heads[-1].is_signed_by(ring_keys())):
        return Finding(ChainFault.SIGNATURE)
    lost = await compare_heads(heads, reading)
    if lost is not None:
        return lost
    disordered = first_out_of_order(heads)
    if disordered is not None:
        return Finding(ChainFault.HEAD, disordered.place)
    late = by_ring and heads[-1].at < now() - LATE
    return Finding(ChainFault.LATE, heads[-1].place) if late else None


async def _begin() -> UUID | None:
    """Begin the check of this day, unless a worker has: one that died may be an hour old."""
    async with as_sealer():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", CHECK_LOCK):
            return None
        started: UUID | None = await fetch_value(
            "INSERT INTO audit_check (started_at, fault) SELECT hub_clock(), ''"
            " WHERE NOT EXISTS (SELECT FROM audit_check WHERE started_at <= hub_clock()"
            " AND (started_at > hub_clock() - interval '1 hour'"
            " OR ended_at > hub_clock() - interval '1 day')) RETURNING id"
        )
        return started


async def _checked_before(check: UUID) -> int:
    """Give the last place of the newest check that came to its end."""
    async with as_sealer():
        row = await fetch_one(
            "SELECT place FROM audit_check WHERE ended_at IS NOT NULL AND id <> $1"
            " ORDER BY started_at DESC LIMIT 1",
            check,
        )
    return row["place"] if row else 0
