"""Reads every stored instant within what Python can hold, in any time zone.

PostgreSQL holds 4713 BC to 294276 AD, and two infinities: one such row would end the reading of a
whole list.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

_STORED_FROM: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""From here PostgreSQL counts microseconds."""
_UNIT: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime(1, 1, 2, tzinfo=UTC) - _STORED_FROM) // _UNIT
_LAST: Final = (datetime(9999, 12, 30, tzinfo=UTC) - _STORED_FROM) // _UNIT
"""A day is left at both ends, so that no zone leads beyond them."""


async def bound_instants(connection: asyncpg.Connection) -> None:
    """Set the codec of a connection; an instant out of bounds reads as the first or last one."""
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", format="tuple", encoder=_to_stored, decoder=_from_stored
    )


def _to_stored(instant: datetime) -> tuple[int]:
    return ((instant - _STORED_FROM) // _UNIT,)


def _from_stored(stored: tuple[int]) -> datetime:
    return _STORED_FROM + timedelta(microseconds=min(max(stored[0], _FIRST), _LAST))
