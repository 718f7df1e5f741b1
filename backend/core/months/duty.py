"""Makes the months of what grows before they begin, and drops those that are kept no longer.

A change of the partitions takes its locks for a tenth of a second at most, and is tried again.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from backend.core.alarms import AlarmKind, alarm
from backend.core.audit_chain.verifier import verify_chain
from backend.core.clock import now
from backend.core.database import fetch, fetch_value
from backend.core.log import log
from backend.core.metrics import MONTHS_MISSING, OF_NO_MONTH
from backend.core.months.tables import MONTHLY

EVERY: Final = timedelta(hours=1)
AGAIN: Final = timedelta(minutes=1)
"""After a turn that did not get its locks."""
FEW: Final = 10_000
"""Rows of one month that are moved at once, while who needs rows of no month waits."""
TRIES: Final = 5
PAUSE_SECONDS: Final = 0.5
"""Between two tries: whoever waited behind the first goes first."""


@dataclass(slots=True)
class MonthsDuty:
    """What a worker does once an hour; of several workers, one does it."""

    due_at: datetime | None = None

    async def __call__(self) -> None:
        """Make what is missing, drop what is over, and raise an alarm for a missing month."""
        at = now()
        if self.due_at is not None and self.due_at - EVERY <= at < self.due_at:
            return
        self.due_at = at + AGAIN
        try:
            while await _tried("SELECT hub_make_month($1)", FEW):
                pass
        except asyncpg.LockNotAvailableError:
            log.warning("month_not_made")
            await _look()
            return
        await _look()
        for table in MONTHLY:
            try:
                await _drop(table)
            except asyncpg.LockNotAvailableError:
                log.warning("month_not_dropped", where=table)
                return
        self.due_at = at + EVERY


async def _look() -> None:
    """Count the months that are missing, and the rows that are of none."""
    missing = 0
    for table, months, rows in await fetch("SELECT * FROM hub_month_state()"):
        MONTHS_MISSING.labels(table).set(months)
        OF_NO_MONTH.labels(table).set(rows)
        missing += months
    if missing:
        await alarm(AlarmKind.MONTH_MISSING)


async def _drop(table: str) -> None:
    """Drop the months that are over, the oldest first; one of the audit log only if it is whole."""
    while table != "audit_event" or await _is_whole():
        dropped: str | None = await _tried("SELECT hub_drop_month($1)", table)
        if dropped is None:
            return
        log.info("month_dropped", where=dropped)


async def _is_whole() -> bool:
    """Follow the chain to the end of the month that would go: what is broken is evidence."""
    end: int | None = await fetch_value("SELECT hub_end_of_due_audit()")
    if end is None:
        return True
    checked = await verify_chain(until=end)
    if checked.finding is not None:
        log.error("month_not_dropped", where="audit_event", kind=checked.finding.fault.value)
        await alarm(AlarmKind.AUDIT_CHAIN)
    return checked.finding is None


async def _tried(statement: str, value: object) -> str | None:
    """Do it, and again when somebody holds a lock.

    Raises:
        LockNotAvailableError: each time somebody held one; nothing was changed.
    """
    for _ in range(TRIES - 1):
        try:
            done: str | None = await fetch_value(statement, value)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return done
    last: str | None = await fetch_value(statement, value)
    return last
