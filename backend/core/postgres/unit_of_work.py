"""Does a unit of work again when the database failed it and nothing of it was kept."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

from backend.core.metrics import DATABASE_REPEATS
from backend.core.postgres.database_failures import (
    RETRY_SECONDS,
    OutcomeUnknown,
    is_away,
    may_be_over,
)

TRIES: Final = 3
"""How often a unit is begun at most: a migration of several tables may fail it twice."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Unit:
    """What is known of a unit that runs."""

    around: "_Unit | None"
    kept: bool = False
    """Whether PostgreSQL may have kept something of it."""
    given_up: bool = False
    """Whether a unit inside it was done again already, in vain."""


_unit: ContextVar[_Unit | None] = ContextVar("unit", default=None)


def may_be_kept() -> None:
    """Say that PostgreSQL is now told to keep something, in this unit and those around it."""
    unit = _unit.get()
    while unit is not None:
        unit.kept, unit = True, unit.around


def has_kept() -> bool:
    """Tell whether something of the running unit may have been kept."""
    unit = _unit.get()
    return unit is not None and unit.kept


def is_not_kept() -> None:
    """Take `may_be_kept` back: PostgreSQL has refused it, and nothing else was kept before."""
    unit = _unit.get()
    if unit is not None:
        unit.kept = False


async def repeated(work: Callable[[], Awaitable[_T]], *, idempotent: bool = False) -> _T:
    """Do `work`, and do it again when the database failed it and kept nothing of it.

    Args:
        work: opens its own transactions, and does nothing elsewhere that must not be done twice.
        idempotent: whether it may be done again also when something of it was kept.

    Raises:
        OutcomeUnknown: the database failed it, something may have been kept, and it is not
            idempotent.
        Exception: what `work` raises; what the database is the reason of only after `TRIES` times.
    """
    unit = _Unit(_unit.get())
    token = _unit.set(unit)
    try:
        for tries_left in reversed(range(TRIES)):
            try:
                return await work()
            except Exception as failed:
                if not (is_away(failed) or isinstance(failed, OutcomeUnknown)):
                    raise
                if unit.kept and not idempotent:
                    raise OutcomeUnknown(retry_after=RETRY_SECONDS) from failed
                lasts = not (may_be_over(failed) or isinstance(failed, OutcomeUnknown))
                if lasts or unit.given_up or not tries_left:
                    _give_up(unit)
                    raise
            DATABASE_REPEATS.labels("unit").inc()
    finally:
        _unit.reset(token)
    raise AssertionError("the last try returns or raises")


def _give_up(unit: _Unit) -> None:
    if unit.around is not None:
        unit.around.given_up = True
