"""Ends a data key once nothing needs it any more."""

from dataclasses import dataclass
from typing import Final

from backend.auth.rules import SESSION_IDLE
from backend.core.crypto.keys import keys
from backend.core.database import execute, fetch, fetch_value
from backend.core.errors import HubError
from backend.key_rotation.backfill import left, newest_is_current
from backend.key_rotation.ring_changes import as_owner, change_ring
from backend.key_rotation.sealed_columns import SEALED_COLUMNS

BATCH: Final = 5_000


class KeyStillNeeded(HubError):
    """An older key is still in use: back-fill its data, or wait until its sessions have ended."""

    code = "key_still_needed"
    status = 409


@dataclass(frozen=True, slots=True)
class Retired:
    """The ended keys, and the number of dropped look-ups."""

    keys: tuple[str, ...]
    lookups: int


async def retire() -> Retired:
    """End every data key except the newest, and drop the look-ups of ended keys.

    Raises:
        KeyStillNeeded: something is still sealed, bound or signed in by an older key.
        RingInUse: lookups were being written all the time.
    """
    newest = (await newest_is_current()).name
    async with as_owner():
        if len(keys()) > 1 and await _is_needed(newest):
            raise KeyStillNeeded
    ended = await change_ring(lambda: _end_the_others(newest))
    return Retired(ended, await _drop_lookups())


async def _end_the_others(newest: str) -> tuple[str, ...]:
    ended = await fetch(
        "UPDATE hub_key SET ends_at = hub_clock(), secret = ''"
        " WHERE purpose = 'data' AND ends_at IS NULL AND name <> $1 RETURNING name",
        newest,
    )
    return tuple(row["name"] for row in ended)


async def _is_needed(newest: str) -> bool:
    """Tell whether something is sealed by an older key, or can only be renewed by its holder.

    Refresh tokens and slips are hashes of what only their holder knows: they must run out under the
    newest key.
    """
    if any([await left(place) for place in SEALED_COLUMNS]):
        return True
    return bool(
        await fetch_value(
            "SELECT k.current_from > hub_clock() - $2::interval"
            " FROM hub_key k WHERE k.name = $1",
            newest, SESSION_IDLE,
        )
    )  # fmt: skip


async def _drop_lookups() -> int:
    """Drop, batch by batch, what finds nobody any more; what a stop leaves goes the next time."""
    gone = 0
    while True:
        async with as_owner():
            done = await execute(
                "DELETE FROM patient_lookup WHERE id IN (SELECT id FROM patient_lookup"
                " WHERE key_id IN (SELECT name FROM hub_key WHERE ends_at <= hub_clock())"
                " LIMIT $1 FOR UPDATE SKIP LOCKED)",
                BATCH,
            )
        dropped = int(done.rpartition(" ")[2])
        gone += dropped
        if dropped == 0:
            return gone
