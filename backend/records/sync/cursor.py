"""The sealed cursor of sync: the position in each chart, and the rights of its reader."""

import base64
from typing import Final
from uuid import UUID

from msgspec import DecodeError, Struct, msgpack

from backend.core.crypto.sealing import UnreadableSeal, seal_cursor, unseal_cursor
from backend.core.errors import HubError
from backend.core.http.pagination import BadCursor, sealed_in

_PURPOSE: Final = "changes"
_LONGEST: Final = 6000
"""Letters: the position in each of some eighty charts."""
AFTER_ALL_ROWS: Final = UUID(int=2**128 - 1)
"""Stands for the id of whoever has read all rows of a change (`schema/repeatable/changes.py`)."""


class SyncAgain(HubError):
    """The app's data no longer fits. Delete it, and read everything again without `since`."""

    code = "sync_again"
    status = 410


class Reading(Struct, frozen=True, array_like=True):
    """The rights of a reader: other rights show other records. Its charts are the reach."""

    grant: UUID | None
    scope: str
    named: bool
    """One chart was asked for, not all that the session reaches."""


class ChartState(Struct, frozen=True, array_like=True):
    """How a chart was open, and its epoch: if one differs, nobody can say what is missing."""

    strength: int
    proven: bool
    """By more than a code: then it shows what waits for the desk, too."""
    stepped_up: bool
    epoch: int


class Position(Struct, frozen=True, array_like=True):
    """A position in the order of a chart's changes and, within one change, of ids."""

    n: int
    id: UUID | None
    """None after all rows of the change."""
    began_at: int
    """The newest change when the reading of everything began: what was gone by then is no news."""

    @property
    def tombstones_after(self) -> int:
        return max(self.n, self.began_at)


class ChartPlace(Struct, frozen=True, array_like=True):
    """Up to where an app knows one chart."""

    chart: UUID
    state: ChartState
    position: Position


class SyncCursor(Struct, frozen=True, array_like=True):
    reading: Reading
    places: list[ChartPlace]
    """In the order of the reach."""


_DECODER: Final = msgpack.Decoder(SyncCursor)


def after_change(n: int, began_at: int) -> Position:
    """Give the position after all rows of a change."""
    return Position(n, None, began_at)


def sealed_cursor(cursor: SyncCursor) -> str:
    sealed = seal_cursor(msgpack.encode(cursor), _PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_cursor(since: str) -> SyncCursor:
    """Open an app's cursor.

    Raises:
        BadCursor: the hub never made it.
        SyncAgain: the key it was made with has ended.
    """
    try:
        place = unseal_cursor(sealed_in(since, _LONGEST), _PURPOSE)
        if place is None:
            raise SyncAgain
        return _DECODER.decode(place)
    except (UnreadableSeal, DecodeError) as malformed:
        raise BadCursor from malformed
