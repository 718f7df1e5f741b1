"""The sealed cursor of sync: the position, and the rights of its reader."""

import base64
from typing import Final
from uuid import UUID

from msgspec import DecodeError, Struct, msgpack

from backend.core.crypto.sealing import UnreadableSeal, seal_cursor, unseal_cursor
from backend.core.errors import HubError
from backend.core.http.pagination import BadCursor, sealed_in

_PURPOSE: Final = "changes"
_LONGEST: Final = 400
_AFTER_ALL_ROWS: Final = UUID(int=2**128 - 1)
"""Stands for the id of whoever has read all rows of a change (`schema.sync_rules`)."""


class SyncAgain(HubError):
    """The app's data no longer fits. Delete it, and read everything again without `since`."""

    code = "sync_again"
    status = 410


class Reading(Struct, frozen=True, array_like=True):
    """The rights of a reader: other rights show other records."""

    patient: UUID
    actor: UUID
    grant: UUID | None
    scope: str
    strength: int
    stepped_up: bool
    epoch: int


class Position(Struct, frozen=True, array_like=True):
    """A position in the order of changes and, within one change, of ids."""

    n: int
    id: UUID
    began_at: int
    """The newest change when the reading of everything began: what was gone by then is no news."""

    @property
    def tombstones_after(self) -> int:
        return max(self.n, self.began_at)


class SyncCursor(Struct, frozen=True, array_like=True):
    reading: Reading
    position: Position


_DECODER: Final = msgpack.Decoder(SyncCursor)


def after_change(n: int, began_at: int) -> Position:
    """Give the position after all rows of a change."""
    return Position(n, _AFTER_ALL_ROWS, began_at)


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
