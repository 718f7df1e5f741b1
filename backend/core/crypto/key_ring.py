"""Stores the hub's own keys, sealed by master keys, and rotates them without a stop.

Every process reads the ring once a second, so all processes know a new key some seconds before its
first use. An old key opens and verifies until its end.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg
from piccolo import columns
from piccolo.columns import Bytea, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.core.clock import now
from backend.core.crypto.keys import Key, Placed, Ring, has_ring, held_key, keys, use_ring
from backend.core.crypto.sealing import UnreadableSeal, unseal, unseal_key
from backend.core.database import AGAIN_SECONDS, DB, Row, TimeOrderedId, fetch, fetch_value
from backend.core.errors import Unavailable
from backend.core.log import log
from backend.core.postgres.steps import step

READ_SECONDS: Final = 1.0
DATA: Final = "data"
SIGNING: Final = "signing"
NAMING: Final = "naming"


class NoRing(Unavailable):
    """There are no keys in the database yet. `hub migrate` makes the first ones."""

    code = "no_keys"


class HubKey(Table, tablename="hub_key", db=DB):
    """One key. Every process knows it some seconds before its first use."""

    id = columns.UUID(primary_key=True, default=TimeOrderedId())
    name = Varchar(length=20, unique=True)
    purpose = Varchar(length=8)
    """data (seals, lookups, refresh tokens), signing (access tokens) or naming (`name_hashes`)."""
    secret = Bytea()
    """32 bytes, sealed by a master key; nothing once the key has ended."""
    made_at = Timestamptz(default=TimestamptzNow())
    current_from = Timestamptz()
    """From then on it is the one that new things are made with."""
    ends_at = Timestamptz(null=True, default=None)
    """From then on nothing made with it is accepted."""


RING_LOCK = 7_302
"""Shared by whoever writes what people are found by, alone to whoever changes the data keys."""

LIVE = (
    "SELECT id, name, purpose, secret, current_from, ends_at, hub_clock() AS at FROM hub_key"
    " WHERE ends_at IS NULL OR ends_at > hub_clock() ORDER BY current_from DESC, id DESC"
)


NOT_YET_MIGRATED = (
    asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError, asyncpg.InsufficientPrivilegeError
)  # fmt: skip
"""What a database answers before it has its tables, and then before it has its rules."""


async def load_ring() -> list[UUID]:
    """Read the ring and use its keys in this process; give the keys that cannot be read.

    One of those stops nothing that runs. A data key that this process read before, it keeps.
    Without a signing key the tokens of that key end.

    Raises:
        NoRing: there are no keys yet.
        UnreadableSeal: this process starts, and cannot read a data key: it would not find the
            people that are found by it, and would register them anew.
    """
    rows = await fetch(LIVE)
    use_ring(ring_of(rows))
    return [row["id"] for row in rows if _read(row) is None]


async def open_ring(patience: float) -> None:
    """Load the ring, and wait for it if the database is still being migrated.

    Raises:
        NoRing: there are none after this many seconds either.
    """
    deadline = monotonic() + patience
    while True:
        try:
            await load_ring()
        except (NoRing, *NOT_YET_MIGRATED) as missing:
            if monotonic() >= deadline:
                raise NoRing from missing
        else:
            return
        await asyncio.sleep(AGAIN_SECONDS)  # nobody tells us when it is there


async def keep_ring_fresh() -> None:
    """Read the ring once a second for as long as the process lives."""
    while True:
        await asyncio.sleep(READ_SECONDS)
        try:
            await load_ring()
        except Exception as missing:  # noqa: BLE001  # a process never stops hearing of new keys
            log.warning("ring_not_read", error=type(missing).__name__)


@dataclass(slots=True)
class _Asked:
    at: float = float("-inf")


_asked = _Asked()


async def catch_up() -> None:
    """Read the ring for an unknown key name; at most once a second for all callers."""
    if monotonic() - _asked.at >= READ_SECONDS:
        _asked.at = monotonic()
        await load_ring()


async def unseal_late(sealed: bytes, *, table: str, column: str, row: UUID) -> str:
    """Open a value; where its key is new to this process, read the ring once more.

    Raises:
        UnreadableSeal: another place, an unknown key, or changed bytes.
    """
    try:
        return unseal(sealed, table=table, column=column, row=row)
    except UnreadableSeal:
        await catch_up()
    return unseal(sealed, table=table, column=column, row=row)


async def hold_data_keys() -> None:
    """Lock the set of data keys until the transaction ends, and load all of them.

    Whoever writes what people are found by stands on this: two writers that know different keys
    could both believe that a number is nobody's.
    """
    live = await _held_keys(None)
    if set(live or ()) != set(keys()):
        await load_ring()
        if set(live or ()) - set(keys()):
            raise UnreadableSeal


@step()
async def _held_keys(asked: Sequence[None]) -> Sequence[list[str] | None]:
    return [await fetch_value("SELECT hub_data_keys()")] * len(asked)


def ring_of(rows: Sequence[Row]) -> Ring:
    placed: dict[str, list[Placed]] = {DATA: [], SIGNING: [], NAMING: []}
    for row in rows:
        key = _read(row) or held_key(row["name"])
        if key is not None and row["purpose"] in placed:
            placed[row["purpose"]].append(Placed(key, row["current_from"], row["ends_at"]))
        elif row["purpose"] in {DATA, NAMING} and not has_ring():
            raise UnreadableSeal
    if not all(placed.values()):
        raise NoRing
    return Ring(
        data=tuple(placed[DATA]),
        signing=tuple(placed[SIGNING]),
        naming=tuple(placed[NAMING]),
        ahead=rows[0]["at"] - now(),
    )


def _read(row: Row) -> Key | None:
    try:
        return Key(row["name"], unseal_key(row["secret"], row["id"]))
    except UnreadableSeal:
        return None
