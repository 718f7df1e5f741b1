"""Adds keys to the ring and ends them, as the owner of the database only."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import asyncpg

from backend.auth.rules import ACCESS_LIFETIME
from backend.core.crypto.key_ring import DATA, LIVE, NAMING, RING_LOCK, SIGNING, load_ring
from backend.core.crypto.keys import KEY_BYTES, master_keys
from backend.core.crypto.sealing import UnreadableSeal, seal_key, seal_mark, unseal_key
from backend.core.database import Row, execute, fetch, fetch_value, new_id, transaction
from backend.core.errors import HubError
from backend.core.odd_rows.row_isolation import report_unreadable

T = TypeVar("T")

MARGIN: Final = timedelta(seconds=60)
"""What an old signing key lives on after the last token it can have signed has run out."""
WAIT_MS: Final = 300
"""How long a change waits for writers before it lets others pass. Below PostgreSQL's deadlock
timeout: where a change and two writers wait for each other, it is the change that gives way."""
PAUSE_SECONDS: Final = 0.2
TRIES: Final = 100


class RingInUse(HubError):
    """Other processes wrote all the time. Nothing was changed; try again in a quieter minute."""

    code = "ring_in_use"
    status = 503


class RotationUnderWay(HubError):
    """The last rotation of these keys is not finished yet."""

    code = "rotation_under_way"
    status = 409


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    current_from: datetime


async def rotate(purpose: str, announced_for: timedelta) -> Made:
    """Make a new key. It becomes current when every process has known it for a while.

    Args:
        purpose: data or signing.
        announced_for: how long before anything is made with it.

    Raises:
        RotationUnderWay: the step before this one is not finished.
        RingInUse: lookups were being written all the time.
    """

    async def add() -> Made:
        await _check_finished(purpose)
        made = await add_key(purpose, secrets.token_bytes(KEY_BYTES), announced_for)
        if purpose == SIGNING:
            await _end_the_others(made)
        return made

    return await change_ring(add)


async def make_first_keys(owner_url: str) -> None:
    """Make the first keys, over a connection of its own.

    Args:
        owner_url: PostgreSQL as a login that is a member of `hub_owner`.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        await make_first(connection)
    finally:
        await connection.close()


async def make_first(connection: asyncpg.Connection) -> None:
    """Make the first key of each purpose, where there is none.

    What was sealed before there was a ring was sealed by the master keys themselves: they become
    its first data keys, until `hub keys` has moved everything to one of the hub's own.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE hub_owner")
        await connection.execute("LOCK TABLE hub_key IN SHARE ROW EXCLUSIVE MODE")
        have = {row["purpose"] for row in await connection.fetch("SELECT purpose FROM hub_key")}
        if SIGNING not in have:
            await _store_first(connection, "signing1", SIGNING, secrets.token_bytes(KEY_BYTES))
        if NAMING not in have:
            await _store_first(connection, "naming1", NAMING, secrets.token_bytes(KEY_BYTES))
        if DATA not in have and await connection.fetchval(_IN_USE):
            for master in reversed(list(master_keys().values())):
                await _store_first(connection, master.name, DATA, master.secret)
        elif DATA not in have:
            await _store_first(connection, "data1", DATA, secrets.token_bytes(KEY_BYTES))


async def live_keys() -> Sequence[Row]:
    """Give every key that lives, the newest first; the column `at` is the database's time."""
    async with as_owner():
        return await fetch(LIVE)


def facts_of_key(key: Row) -> dict[str, str | None]:
    """Give the facts of a key that an operator may see."""
    begins, ends = key["current_from"], key["ends_at"]
    return {
        "name": key["name"],
        "purpose": key["purpose"],
        "state": "announced" if begins > key["at"] else "ending" if ends else "in use",
        "currentFrom": begins.isoformat(),
        "endsAt": ends.isoformat() if ends else None,
    }


async def reseal_ring() -> int:
    """Seal every key of the ring with the first master key; give the number of resealed keys.

    A key that no master key opens stays as it is, with an alarm, and keeps no other from it.
    """
    first = seal_mark(next(iter(master_keys().values())))
    async with as_owner():
        rows = await fetch("SELECT id, secret FROM hub_key WHERE secret <> '' FOR UPDATE")
        others = [row for row in rows if not row["secret"].startswith(first)]
        return sum([await _reseal(row) for row in others])


async def _reseal(row: Row) -> bool:
    try:
        secret = unseal_key(row["secret"], row["id"])
    except UnreadableSeal as unreadable:
        await report_unreadable("hub_key.secret", row["id"], unreadable)
        return False
    again = seal_key(secret, row["id"])
    await execute("UPDATE hub_key SET secret = $2 WHERE id = $1", row["id"], again)
    return True


async def change_ring(change: Callable[[], Awaitable[T]]) -> T:
    """Open a transaction in which no process writes look-ups, and load the ring after it.

    Raises:
        RingInUse: there was no such moment.
    """
    for _ in range(TRIES):
        try:
            async with as_owner():
                await execute(f"SET LOCAL lock_timeout = '{WAIT_MS}ms'")
                await execute("SELECT pg_advisory_xact_lock($1)", RING_LOCK)
                done = await change()
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        await load_ring()
        return done
    raise RingInUse


@asynccontextmanager
async def as_owner() -> AsyncIterator[None]:
    """Open a transaction as the owner of the tables, whom no policy restricts."""
    async with transaction():
        await execute("SET LOCAL ROLE hub_owner")
        yield


_IN_USE = "SELECT EXISTS (SELECT FROM patient) OR EXISTS (SELECT FROM staff)"
_INSERT = (
    "INSERT INTO hub_key (id, name, purpose, secret, made_at, current_from)"
    " VALUES ($1, $2, $3, $4, hub_clock(), hub_clock() + $5::interval) RETURNING current_from"
)


async def _check_finished(purpose: str) -> None:
    """A data key is finished when the one before it has ended, a signing key when it is current."""
    unfinished = await fetch_value(
        "SELECT CASE WHEN $1 = 'data' THEN count(*) > 1"
        " ELSE coalesce(bool_or(current_from > hub_clock()), false) END FROM hub_key"
        " WHERE purpose = $1 AND (ends_at IS NULL OR ends_at > hub_clock())",
        purpose,
    )
    if unfinished:
        raise RotationUnderWay


async def add_key(purpose: str, secret: bytes, announced_for: timedelta) -> Made:
    """Store a key under the next free name, inside the owner's transaction."""
    name = await fetch_value(
        "SELECT $1 || n FROM generate_series(1, 99999) n"
        " WHERE NOT EXISTS (SELECT FROM hub_key WHERE name = $1 || n) ORDER BY n LIMIT 1",
        purpose,
    )
    row = new_id()
    current_from = await fetch_value(
        _INSERT, row, name, purpose, seal_key(secret, row), announced_for
    )
    return Made(name, current_from)


async def _end_the_others(made: Made) -> None:
    """Let the signing keys before this one end when nothing they signed can be good any more."""
    await execute("UPDATE hub_key SET secret = '' WHERE ends_at <= hub_clock()")
    await execute(
        "UPDATE hub_key SET ends_at = $2 WHERE purpose = 'signing' AND name <> $1"
        " AND ends_at IS NULL",
        made.name, made.current_from + ACCESS_LIFETIME + MARGIN,
    )  # fmt: skip


async def _store_first(
    connection: asyncpg.Connection, name: str, purpose: str, secret: bytes
) -> None:
    row = new_id()
    await connection.execute(_INSERT, row, name, purpose, seal_key(secret, row), timedelta(0))
