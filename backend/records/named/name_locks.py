"""Locks names of resources, so that who brings one and who waits for it meet.

Who brings a new name and who files a record that waits for it may run at once, and
neither sees what the other has not committed. So the name is locked first: by who brings it for
itself alone, by who waits for it shared. The order of locks in a message is: names, in the order
of their numbers; then charts, in the order of their ids; then rows. Nobody takes a name's lock who
holds a chart's.
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from backend.core.database import execute
from backend.core.postgres.steps import LockOrder, claim, step

_LOCKS: Final = (
    "SELECT CASE WHEN b.alone THEN pg_advisory_xact_lock(b.lock)"
    " ELSE pg_advisory_xact_lock_shared(b.lock) END"
    " FROM (SELECT hashtextextended(facility, hashtextextended(name, 0) & 1023) AS lock,"
    "  bool_or(alone) AS alone"
    "  FROM unnest($1::text[], $2::text[], $3::boolean[]) AS n (facility, name, alone)"
    "  GROUP BY 1 ORDER BY 1) b"
)
"""A name is locked by one of 1,024 numbers of its facility, so that no message needs more locks
than the database has."""


async def lock_names(facility: UUID, wanted: Collection[str], alone: Collection[str]) -> None:
    """Lock names until the end of the transaction.

    Args:
        facility: whose names they are.
        wanted: all of them.
        alone: of these, those that nobody else may wait for meanwhile.
    """
    claim(("name", facility, name) for name in alone)
    claim((("name", facility, name) for name in set(wanted).difference(alone)), shared=True)
    await _lock.all([(str(facility), name, name in alone) for name in sorted(wanted)])


@step(LockOrder.NAMES)
async def _lock(wanted: Sequence[tuple[str, str, bool]]) -> Sequence[None]:
    await execute(_LOCKS, *(list(column) for column in zip(*wanted, strict=True)))
    return [None] * len(wanted)
