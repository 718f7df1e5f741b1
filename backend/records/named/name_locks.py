"""Locks names of resources, so that who brings one and who waits for it meet.

Who brings a new name and who files a record that waits for it may run at once, and
neither sees what the other has not committed. So the name is locked first: by who brings it for
itself alone, by who waits for it shared. The order of locks in a message is: names, in the order
of their numbers; then charts, in the order of their ids; then rows. Nobody takes a name's lock who
holds a chart's.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend.core.database import execute

_LOCKS: Final = (
    "SELECT CASE WHEN b.alone THEN pg_advisory_xact_lock(b.lock)"
    " ELSE pg_advisory_xact_lock_shared(b.lock) END"
    " FROM (SELECT hashtextextended($1, hashtextextended(name, 0) & 1023) AS lock,"
    "  bool_or(alone) AS alone FROM unnest($2::text[], $3::boolean[]) AS n (name, alone)"
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
    locked = sorted(wanted)
    await execute(_LOCKS, str(facility), locked, [name in alone for name in locked])
