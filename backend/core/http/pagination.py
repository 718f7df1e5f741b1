"""Pages of lists: an opaque cursor says where the next page begins."""

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar.params import FromQuery, QueryParameter

from backend.core.errors import HubError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_LONGEST = 200

Cursor = FromQuery[str | None]
"""Where in an address a list is to go on; none for its beginning."""
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
"""How many rows a page has at most, as an address asks for it."""


class BadCursor(HubError):
    """This cursor was not made by the hub. Begin again without one."""

    code = "bad_cursor"
    status = 400


def cursor_of(last: UUID | None) -> str | None:
    """Make a cursor from the last row of a page, for lists ordered by id."""
    return None if last is None else _encode(str(last))


def id_from_cursor(cursor: str | None) -> UUID | None:
    try:
        return None if cursor is None else UUID(_decode(cursor))
    except ValueError as malformed:
        raise BadCursor from malformed


def time_cursor_of(at: datetime, last: UUID) -> str:
    """Make a cursor from the last row of a page, for lists ordered by time, then id."""
    return _encode(f"{at.isoformat()} {last}")


def time_from_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    try:
        if cursor is None:
            return None
        at, _, last = _decode(cursor).rpartition(" ")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise BadCursor
        return instant, UUID(last)
    except ValueError as malformed:
        raise BadCursor from malformed


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    if len(cursor) > _LONGEST:
        raise BadCursor
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError) as malformed:
        raise BadCursor from malformed
