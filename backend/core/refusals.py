"""Writes down what is refused to strangers: one audit row at once, and one more for all the rest.

Anybody can be refused as often as they like. So the refusals of one kind, of one caller, from one
network are counted for ten minutes: the first has a row of its own, and then one row stands for all
that followed. All that wait in this process are counted in one transaction, on one connection, so
that a flood holds no other. Everybody waits for the same statement, whatever it was about.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec
from piccolo.columns import UUID, Bytea, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.core.alarms import AlarmKind, alarm
from backend.core.audit import Act, write_down
from backend.core.database import DB, TimeOrderedId, execute, fetch, fetch_value, transaction
from backend.core.http.client_address import network_of
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart

PERIOD: Final = timedelta(minutes=10)
"""How long the refusals of one kind from one network are counted together."""
MOST_NETWORKS: Final = 2000
"""Tallies at once. Whoever comes on top is counted as coming from anywhere."""
ANYWHERE: Final = ""
_AT_ONCE: Final = 5000
_CLOSING: Final = PutAside("refusal_tally")


class RefusalTally(Table, tablename="refusal_tally", db=DB):
    """How often one thing was refused since the first time, until a row stands for it."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    key = Bytea(unique=True)
    """A hash of what is counted together."""
    actor_kind = Varchar(length=12)
    actor = UUID(null=True, default=None)
    patient = UUID(null=True, default=None)
    subject = UUID(null=True, default=None)
    """Where it is ours, as a facility's key is; what a stranger names is not kept apart."""
    action = Varchar(length=60)
    result = Varchar(length=40)
    network = Varchar(length=45)
    times = Integer(default=1)
    begun_at = Timestamptz(default=TimestamptzNow())


@dataclass(slots=True)
class _Counted:
    """Refusals that are counted together: the first of them, and how many they are."""

    first: Act
    network: str
    subject: uuid.UUID | None = None
    times: int = 1

    @property
    def key(self) -> bytes:
        act = self.first
        told = (act.actor_kind, act.actor, act.patient, self.subject, act.action, act.result,
                self.network)  # fmt: skip
        return sha256(msgspec.json.encode(told)).digest()


async def note_refusal(act: Act, *, by_subject: bool = False) -> None:
    """Count a refusal, outside the transaction that it rolled back. It is stored on return.

    Args:
        act: what was refused, with the address it came from.
        by_subject: count it apart from those of another subject; only where no caller chooses it.

    Raises:
        DatabaseAway, OSError, asyncpg.PostgresError: it could not be stored.
    """
    loop = asyncio.get_running_loop()
    if loop not in _counting:
        _counting[loop] = _Counting(loop)
    await _counting[loop].counted(act, by_subject=by_subject)


async def close_refusals() -> None:
    """Write one row for all that followed the first, where the time of a tally is over.

    A tally on which it fails waits, and keeps no other.
    """
    await in_batch_or_apart(_CLOSING, _over, _close)


async def _over(but: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    rows = await fetch(
        "SELECT id FROM refusal_tally WHERE begun_at <= hub_clock() - $1::interval"
        " AND id <> ALL($2) ORDER BY begun_at LIMIT $3",
        PERIOD, but, _AT_ONCE,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _close(tallies: Sequence[uuid.UUID]) -> int:
    done = await execute(
        "WITH over AS (DELETE FROM refusal_tally WHERE id = ANY($1) RETURNING *)"
        " INSERT INTO audit_event (actor_kind, actor, patient, action, subject, from_where, result,"
        "  stands_for)"
        " SELECT actor_kind, actor, patient, action, coalesce(subject, id), network, result,"
        "  times - 1 FROM over"
        " WHERE times > 1",
        tallies,
    )
    return int(done.rpartition(" ")[2])


class _Counting:
    """Stores what waits, then what came meanwhile; it lasts as long as there is something."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[bytes, _Counted] = {}
        self._stored: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._store(), context=Context())

    async def counted(self, act: Act, *, by_subject: bool) -> None:
        """Wait until it is stored; who hangs up takes nobody along."""
        network = network_of(act.from_where) if act.from_where else ANYWHERE
        one = _Counted(act, network, act.subject if by_subject else None)
        together = self._waiting.setdefault(one.key, one)
        if together is not one:
            together.times += 1
        await asyncio.shield(self._stored)

    async def _store(self) -> None:
        stored = self._stored
        try:
            await asyncio.sleep(0)
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                stored, self._stored = self._stored, self._loop.create_future()
                try:
                    await _store(batch)
                except Exception as away:  # noqa: BLE001  # told to each who waits, whatever it is
                    stored.set_exception(away)
                    stored.exception()  # it is no loss when all who waited have left
                else:
                    stored.set_result(None)
        finally:
            del _counting[self._loop]
            for future in (stored, self._stored):
                future.cancel()  # nothing, where it was stored


_counting: dict[asyncio.AbstractEventLoop, _Counting] = {}
"""Who counts for this event loop just now."""


async def _store(batch: Mapping[bytes, _Counted]) -> None:
    async with transaction():
        full = await fetch_value("SELECT count(*) >= $1 FROM refusal_tally", MOST_NETWORKS)
        kept = _from_anywhere(batch) if full else dict(batch)
        for key in await _add(kept):
            await write_down(kept[key].first)
    if full:
        await alarm(AlarmKind.REFUSED_EVERYWHERE)


def _from_anywhere(batch: Mapping[bytes, _Counted]) -> dict[bytes, _Counted]:
    folded: dict[bytes, _Counted] = {}
    for one in batch.values():
        act = replace(one.first, actor=None, patient=None)
        anywhere = _Counted(act, ANYWHERE, times=one.times)
        together = folded.setdefault(anywhere.key, anywhere)
        if together is not anywhere:
            together.times += one.times
    return folded


async def _add(batch: Mapping[bytes, _Counted]) -> list[bytes]:
    """Add to the tallies, in the order of their keys; give those that begin."""
    keys = sorted(batch)
    acts = [batch[key].first for key in keys]
    rows = await fetch(
        "INSERT INTO refusal_tally (id, key, actor_kind, actor, patient, subject, action, result,"
        " network, times, begun_at)"
        " SELECT uuidv7(), t.*, hub_clock() FROM unnest($1::bytea[], $2::text[], $3::uuid[],"
        "  $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::int[]) AS t"
        " ON CONFLICT (key) DO UPDATE SET times = refusal_tally.times + excluded.times"
        " RETURNING key, xmax = 0 AS begins",
        keys,
        [act.actor_kind for act in acts], [act.actor for act in acts],
        [act.patient for act in acts], [batch[key].subject for key in keys],
        [act.action for act in acts],
        [act.result for act in acts], [batch[key].network for key in keys],
        [batch[key].times for key in keys],
    )  # fmt: skip
    return [row["key"] for row in rows if row["begins"]]
