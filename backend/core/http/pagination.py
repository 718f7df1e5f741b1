"""Pages of lists: a sealed cursor says where the next page of one list begins, for one reader."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from litestar.params import FromQuery, QueryParameter

from backend.core.crypto.sealing import UnreadableSeal, seal_cursor, unseal_cursor
from backend.core.database import Row
from backend.core.errors import HubError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_LONGEST: Final = 200
_UUID_BYTES: Final = 16

Cursor = FromQuery[str | None]
"""Where in an address a list is to go on; none for its beginning."""
AT_MOST: Final = (
    "At most so many. A page of long records ends earlier; `nextCursor` goes on behind it."
)
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description=AT_MOST)]
"""How many rows a page has at most, as an address asks for it."""


class BadCursor(HubError):
    """This cursor was not made by the hub for this list. Begin again without one."""

    code = "bad_cursor"
    status = 400


@dataclass(frozen=True, slots=True)
class PagedList:
    """One list of one reader. A cursor of any other list, or of another reader, does not fit."""

    name: str
    reader: UUID | None
    """The session, the member of staff or the facility that asks."""
    owner: UUID | None = None
    """Whose rows they are, where one was named."""

    @property
    def _purpose(self) -> str:
        return f"page/{self.name}/{self.reader}/{self.owner or self.reader}"

    def cursor(self, last: UUID | None) -> str | None:
        """Make a cursor from the last row of a page, for lists in the order of ids."""
        return None if last is None else self._sealed(last.bytes)

    def row_in(self, cursor: str | None) -> UUID | None:
        """Give the row behind which the page begins.

        Raises:
            BadCursor: the hub did not make it for this list and this reader.
        """
        return None if cursor is None else UUID(bytes=self._opened(cursor)[:_UUID_BYTES])

    def time_cursor(self, at: str, last: UUID) -> str:
        """Make a cursor from the last row of a page, for lists in the order of time, then id.

        Args:
            at: the time in PostgreSQL's own words, which can say more times than Python can hold.
            last: the id of the row.
        """
        return self._sealed(last.bytes + at.encode())

    def time_in(self, cursor: str | None) -> tuple[str | None, UUID | None]:
        """Give time and id of the row behind which the page begins, or nothing for the first.

        Raises:
            BadCursor: the hub did not make it for this list and this reader.
        """
        if cursor is None:
            return None, None
        place = self._opened(cursor)
        return place[_UUID_BYTES:].decode(), UUID(bytes=place[:_UUID_BYTES])

    def _sealed(self, place: bytes) -> str:
        return base64.urlsafe_b64encode(seal_cursor(place, self._purpose)).decode().rstrip("=")

    def _opened(self, cursor: str) -> bytes:
        try:
            place = unseal_cursor(sealed_in(cursor, _LONGEST), self._purpose)
        except UnreadableSeal as foreign:
            raise BadCursor from foreign
        if place is None:  # the key it was sealed with has ended
            raise BadCursor
        return place


def on_page(rows: Sequence[Row], limit: int) -> Sequence[Row]:
    """Give the rows of a page: at most so many, and no more than fit (`schema.repeatable.pages`).

    Where that is not all of them, the list goes on behind the last.
    """
    return [row for row in rows[:limit] if row["fits"]]


def sealed_in(cursor: str, longest: int) -> bytes:
    """Read the letters of a cursor: base64url without padding, in its one spelling.

    Raises:
        BadCursor: it is longer than any of ours, or not spelled like one.
    """
    if len(cursor) > longest:
        raise BadCursor
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True)
    except (binascii.Error, ValueError) as malformed:
        raise BadCursor from malformed
    if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != cursor:
        raise BadCursor
    return sealed
