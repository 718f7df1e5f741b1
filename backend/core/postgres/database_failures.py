"""Tells what PostgreSQL could not do just now from what it will never do, and what may be repeated.

Only the kind of an error counts (SQLSTATE, Appendix A of PostgreSQL), never its words; asyncpg's
InterfaceError alone has one kind for a lost connection and for a mistake of ours.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from backend.core.errors import HubError, Unavailable

GONE: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
)
"""PostgreSQL is gone, going or not there yet; or the connection to it is, in the middle of a talk.
`OSError` includes `TimeoutError`."""
UNABLE: Final = (
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.OutdatedSchemaCacheError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
)
"""It is there, and refuses: full, only readable, a lock or a deadlock, or a migration at work."""
AWAY: Final = (*GONE, *UNABLE)
"""What a query raises for no fault of its own."""
LASTS: Final = (
    TimeoutError,
    ConnectionRefusedError,
    FileNotFoundError,
    asyncpg.QueryCanceledError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
)
"""What is not over in the next moment: whoever asked has waited already, or would only add load."""

STALE: Final = (
    asyncpg.InternalServerError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.OutdatedSchemaCacheError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
)
"""What connections that are older than a change keep saying: they know statements of types that are
gone («cache lookup failed»), or lead to a server that is no longer the primary."""

_OF_ONE_ROW: Final = (
    TimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
)

_CLOSED: Final = re.compile(r"connection (is|was) closed|has been released|pool is clos")


class DatabaseAway(Unavailable):
    """The hub cannot reach its database just now. Nothing was changed; try again in a moment."""

    code = "database_away"


class DatabaseUnable(Unavailable):
    """The database cannot do this just now. Nothing was changed; try again in a moment."""

    code = "database_unable"


class OutcomeUnknown(Unavailable):
    """The hub lost its database and cannot say whether this was stored. Look, then try again."""

    code = "outcome_unknown"


class NotCommitted(RuntimeError):
    """A statement inside the transaction had failed and somebody went on: nothing was kept."""


RETRY_SECONDS: Final = 2


def is_closed(error: asyncpg.InterfaceError) -> bool:
    """Tell a connection that is gone from a mistake of ours.

    A connection that PostgreSQL closes between two statements has, for asyncpg, been released.
    """
    return _CLOSED.search(str(error)) is not None


@contextmanager
def closed_is_gone() -> Iterator[None]:
    """Raise a lost connection as what it is: asyncpg has one class for it and for our mistakes."""
    try:
        yield
    except asyncpg.InterfaceError as error:
        if is_closed(error):
            raise ConnectionResetError from error
        raise


def is_away(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return is_closed(error)
    return isinstance(error, AWAY)


def is_passing(error: BaseException) -> bool:
    """Tell whether an error says nothing about the row that met it: the same again may succeed."""
    if isinstance(error, asyncpg.DataCorruptedError):
        return False
    return isinstance(error, Unavailable) or is_away(error)


def is_engine_away(error: BaseException) -> bool:
    """Tell whether an error says that no other row would fare better just now.

    A time-out, a lock or a deadlock does not: they may be about a row that no other one needs.
    """
    return is_passing(error) and not isinstance(error, _OF_ONE_ROW)


def may_be_over(error: BaseException) -> bool:
    """Tell whether the same may succeed in the next moment."""
    return is_away(error) and not isinstance(error, LASTS)


def is_certain(error: BaseException) -> bool:
    """Tell whether PostgreSQL itself refused, so that nothing of a commit was kept."""
    return isinstance(error, asyncpg.PostgresError) and not isinstance(error, GONE)


def refusal_for(error: BaseException) -> HubError:
    """Give what a caller is told about a database that is away or unable."""
    if isinstance(error, UNABLE) and not isinstance(error, GONE):
        return DatabaseUnable(retry_after=RETRY_SECONDS)
    return DatabaseAway(retry_after=RETRY_SECONDS)
