"""Keeps a row that cannot be read, or on which a duty fails, from stopping the rows behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.alarms import AlarmKind, alarm
from backend.core.clock import now
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.log import log
from backend.core.metrics import UNREADABLE
from backend.core.postgres.database_failures import is_engine_away, is_passing

FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=10)
MOST_PUT_ASIDE: Final = 10_000
"""More rows than that are not remembered: the oldest ones are tried again."""


_ABOUT_THE_ROW: Final = (
    ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError,
    RecursionError, UnreadableSeal,
    asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.PLPGSQLError,
    asyncpg.CardinalityViolationError, asyncpg.ProgramLimitExceededError,
    asyncpg.DataCorruptedError,
)  # fmt: skip
"""What reading or moving a value raises: no text of an enum, no date, no seal. A statement that
does not fit the schema is not among it: every row would fail, and none may end for that."""


def is_about_the_row(error: Exception) -> bool:
    return isinstance(error, _ABOUT_THE_ROW)


async def report_unreadable(
    place: str, row: UUID, error: Exception | None = None, times: int = 1
) -> None:
    """Count a row that cannot be read, and raise one alarm about all rows of its place.

    Args:
        place: a table, a sealed column as `table.column`, or a duty: a closed list, no content.
        row: its id; only the audit row has it.
        error: only its type is written down.
        times: how many such rows there were; `row` is one of them.
    """
    UNREADABLE.labels(place).inc(times)
    log.error("unreadable_row", where=place, count=times, error=type(error).__name__)
    await alarm(AlarmKind.UNREADABLE_ROW, place.encode(), from_where=place, subject=row)


@dataclass(slots=True)
class PutAside:
    """The rows on which one duty failed. Each waits longer after each failure: others come first.

    One process remembers them. Another one, or the next, meets them once more and goes on.
    """

    place: str
    _waiting: dict[UUID, tuple[datetime, timedelta]] = field(default_factory=dict)
    """By row: until when, and how long the last wait was."""

    def rows(self) -> list[UUID]:
        """List the rows that the duty passes over now."""
        moment = now()
        return [row for row, (until, _) in self._waiting.items() if until > moment]

    async def put(self, row: UUID, error: Exception) -> None:
        """Let a row wait on which the duty just failed.

        Raises:
            Exception: the error itself, where it is about the engine and not about the row.
        """
        if is_engine_away(error):
            raise error
        _, before = self._waiting.pop(row, (None, FIRST_WAIT / 2))
        wait = min(LONGEST_WAIT, 2 * before)
        self._waiting[row] = now() + wait, wait
        if len(self._waiting) > MOST_PUT_ASIDE:
            del self._waiting[next(iter(self._waiting))]
        if is_passing(error):
            log.warning("row_waits", where=self.place, error=type(error).__name__)
        else:
            await report_unreadable(self.place, row, error)


async def in_batch_or_apart(
    aside: PutAside,
    due: Callable[[Sequence[UUID]], Awaitable[Sequence[UUID]]],
    act: Callable[[Sequence[UUID]], Awaitable[int]],
) -> int:
    """Act on all rows that are due, in one statement; where it fails, on each by itself.

    Args:
        aside: the rows that failed before.
        due: lists the rows that are due, without those it is given.
        act: changes these rows, where they are still due, and gives their number.
    """
    rows = await due(aside.rows())
    if not rows:
        return 0
    try:
        return await act(rows)
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        log.error("batch_unreadable", where=aside.place, error=type(surprise).__name__)
    done = 0
    for row in rows:
        try:
            done += await act([row])
        except Exception as surprise:  # noqa: BLE001  # one row must not keep the others
            await aside.put(row, surprise)
    return done
