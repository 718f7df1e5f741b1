"""Access to PostgreSQL: pool, transactions, savepoints and single statements."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeAlias, cast
from uuid import UUID

import asyncpg
from piccolo.columns.defaults.uuid import UUID7
from piccolo.engine.postgres import PostgresEngine
from uuid_utils.compat import uuid7

from backend.core.metrics import DATABASE_REPEATS
from backend.core.postgres.database_failures import (
    AWAY,
    RETRY_SECONDS,
    STALE,
    DatabaseAway,
    NotCommitted,
    OutcomeUnknown,
    closed_is_gone,
    is_certain,
    is_closed,
    may_be_over,
)
from backend.core.postgres.pools import new_pool
from backend.core.postgres.steps import leave_if_shared
from backend.core.postgres.unit_of_work import TRIES, has_kept, is_not_kept, may_be_kept


class _LateEngine(PostgresEngine):
    """Does not call the server while modules are being imported, as Piccolo's would."""

    async def check_version(self) -> None:
        return


DB = _LateEngine(config={"database": "hub"})
"""What every table is bound to. A process opens its pool once, at its start."""

Connection: TypeAlias = asyncpg.Connection
Row: TypeAlias = asyncpg.Record


class TimeOrderedId(UUID7):
    """A UUIDv7 key, made by PostgreSQL, or here if the row needs its name before it is stored."""

    def python(self) -> UUID:
        return new_id()


def new_id() -> UUID:
    return uuid7()


START_PATIENCE_SECONDS = 30.0
"""How long an API or a worker that starts waits for its database."""
AGAIN_SECONDS = 0.1
CLOSE_SECONDS = 5.0
"""How long connections that are still in use may take to come back when a process ends."""


@dataclass(slots=True)
class _Open:
    """What Piccolo asks of a current transaction, so that its queries join ours."""

    connection: Connection
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a statement runs: the messages of a set share the connection."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)


async def open_pool(url: str, *, size: int, process: str, patience: float = 0.0) -> None:
    """Open this process's connections to PostgreSQL.

    Args:
        url: where it is, and as which role.
        size: connections at most.
        process: what PostgreSQL's own lists call them.
        patience: seconds to wait for a server, or a role, that is not there yet.

    Raises:
        DatabaseAway: nobody answered at `url` in that time.
    """
    deadline = monotonic() + patience
    while not await _opened(url, size, process):
        if monotonic() >= deadline:
            raise DatabaseAway
        await asyncio.sleep(AGAIN_SECONDS)  # nobody tells us when it is there


async def _opened(url: str, size: int, process: str) -> bool:
    try:
        DB.pool = await new_pool(url, size, process)
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def close_pool() -> None:
    if DB.pool is not None:
        pool, DB.pool = DB.pool, None
        try:
            await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            pool.terminate()


def in_transaction() -> bool:
    """Tell whether a transaction is open, which `transaction` would join."""
    return DB.current_transaction.get() is not None


@asynccontextmanager
async def transaction() -> AsyncIterator[Connection]:
    """Join the open transaction, or open one. For service functions only.

    Piccolo's own transaction loses its connection when a task is cancelled in BEGIN or before the
    release; here the slot goes back on every way out, and a connection that comes back inside a
    transaction is rolled back first.

    Raises:
        OutcomeUnknown: the connection was lost in COMMIT.
    """
    joined = DB.current_transaction.get()
    if joined is not None:
        yield cast("_Open", joined).connection
        return
    pool, connection = await _begun()
    try:
        opened = _Open(connection)
        token = DB.current_transaction.set(cast("Any", opened))
        try:
            try:
                yield connection
            except BaseException as failed:
                await _roll_back(connection, failed)
                raise
            await _commit(connection)
        finally:
            DB.current_transaction.reset(token)
    finally:
        await pool.release(connection)
    for act in opened.afterwards:
        act()


async def _begun() -> tuple[Any, Connection]:
    """Take a connection and begin. One that was lost while it lay in the pool is taken anew."""
    for tries_left in reversed(range(TRIES)):
        with closed_is_gone():
            pool = _pool()
            connection = await pool.acquire()
            try:
                await connection.execute("BEGIN")
            except BaseException as failed:
                await pool.release(connection)
                if not tries_left or not may_be_over(failed):
                    raise
            else:
                return pool, connection
    raise AssertionError("the last try returns or raises")


async def _commit(connection: Connection) -> None:
    kept_before = has_kept()
    may_be_kept()
    try:
        with closed_is_gone():
            done = await connection.execute("COMMIT")
    except Exception as failed:
        if not is_certain(failed):
            raise OutcomeUnknown(retry_after=RETRY_SECONDS) from failed
        if not kept_before:
            is_not_kept()
        raise
    if done != "COMMIT":
        raise NotCommitted


def after_commit(act: Callable[[], None]) -> None:
    """Run a function after the open transaction commits, never after a rollback; else at once."""
    joined = DB.current_transaction.get()
    if joined is None:
        act()
    else:
        cast("_Open", joined).afterwards.append(act)


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Roll back only the block if it raises; the open transaction goes on.

    Raises:
        LeavesSet: other messages write in the transaction too.
    """
    leave_if_shared()
    await execute("SAVEPOINT before_the_block")
    try:
        yield
    except BaseException:
        await execute("ROLLBACK TO SAVEPOINT before_the_block")
        raise
    await execute("RELEASE SAVEPOINT before_the_block")


async def _roll_back(connection: Connection, failed: BaseException) -> None:
    """End it. A connection that is gone has done so by itself, and why it went is what counts."""
    await _replace_stale(failed)
    with suppress(asyncpg.InterfaceError, *AWAY):
        await connection.execute("ROLLBACK")


async def _replace_stale(failed: BaseException) -> None:
    """Have every connection made anew that may say the same for ever."""
    if isinstance(failed, STALE):
        await _pool().expire_connections()


async def fetch(sql: str, *values: object) -> Sequence[Row]:
    return cast("Sequence[Row]", await _asked(sql, lambda one: one.fetch(sql, *values)))


async def fetch_one(sql: str, *values: object) -> Row | None:
    return cast("Row | None", await _asked(sql, lambda one: one.fetchrow(sql, *values)))


async def fetch_value(sql: str, *values: object) -> Any:
    return await _asked(sql, lambda one: one.fetchval(sql, *values))


async def execute(sql: str, *values: object) -> str:
    """Run one statement; give PostgreSQL's status for it, as in `UPDATE 3`."""
    return cast("str", await _asked(sql, lambda one: one.execute(sql, *values)))


async def _asked(sql: str, ask: Callable[[Connection], Awaitable[Any]]) -> Any:
    """Run one statement. Outside a transaction, a SELECT that the database failed is run again.

    Such a SELECT may write an audit row too: then the reading is written down twice.
    """
    joined = DB.current_transaction.get()
    alone = joined is None
    reads = sql.startswith("SELECT")
    if alone and not reads:
        may_be_kept()
    for tries_left in reversed(range(TRIES if alone and reads else 1)):
        try:
            return await _asked_once(joined, ask)
        except Exception as failed:
            if alone:
                await _replace_stale(failed)
            if not tries_left or not may_be_over(failed):
                raise
        DATABASE_REPEATS.labels("statement").inc()
    raise AssertionError("the last try returns or raises")


async def _asked_once(joined: Any, ask: Callable[[Connection], Awaitable[Any]]) -> Any:
    """Ask on the connection of the open transaction, or on one of the pool."""
    try:
        if isinstance(joined, _Open):
            async with joined.one_at_a_time:
                return await ask(joined.connection)
        if joined is not None:  # Piccolo's own, in a migration
            return await ask(joined.connection)
        pool = _pool()
        fresh = await pool.acquire()
        try:
            return await ask(fresh)
        finally:
            await pool.release(fresh)
    except asyncpg.InterfaceError as error:
        if is_closed(error):
            raise ConnectionResetError from error
        raise


def _pool() -> Any:
    if DB.pool is None:
        raise DatabaseAway
    return DB.pool
