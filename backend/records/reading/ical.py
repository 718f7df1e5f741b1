"""Writes appointments as calendar files (RFC 5545).

Calendars are copied to other companies' servers: an event says when, and at which hospital, and
nothing of what for. Of a restricted appointment, and of a discreet hospital, it does not even name
the hospital, whose name may say it all. Times are UTC instants, which every calendar shows in the
zone of who looks.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from unicodedata import category
from uuid import UUID

from icalendar import Calendar, Event
from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from backend.core.database import Row, fetch, fetch_one
from backend.core.errors import NotFound
from backend.core.i18n import Language, LocalText
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records.reading.reading import today_begins
from backend.records.rules import CALLED_OFF

MOST_EVENTS: Final = 200
_PRODUCT: Final = "-//Patient Hub//Appointments//EN"
_AT: Final = LocalText("Lịch hẹn tại {facility}", "Appointment at {facility}")
_SOMEWHERE: Final = LocalText("Lịch hẹn", "Appointment")
_NOT_AGREED: Final = frozenset({"proposed", "pending", "waitlist"})
_LONG: Final = 10_000
_COLUMNS: Final = (
    "id, status, starts_at, happened_at, sequence, restriction <> ''"
    " OR (SELECT f.discreet FROM facility f WHERE f.id = appointment.facility) AS nameless,"
    f" CASE WHEN octet_length(body) <= {_LONG} THEN body WHEN readable THEN json_build_object("
    "'facility', body::json->'facility', 'endsAt', body::json->'endsAt', 'asOf', body::json->'asOf'"
    ")::text ELSE '' END AS body"
)
"""Of a long body only what a calendar needs leaves the database."""
_TAKEN_BACK: Final = f"SELECT {_COLUMNS} FROM hub_taken_back_appointments($1) AS appointment"
"""Phones keep an event that only vanishes from a calendar."""


class _Said(Struct, rename="camel"):
    """What a calendar needs of the document."""

    facility: str
    ends_at: datetime | None = None
    as_of: datetime | None = None


_SAID = Decoder(_Said)


async def one(charts: Sequence[UUID], appointment: UUID, language: Language) -> bytes:
    """Write one appointment; a cancelled one removes the event from calendars that have it.

    So does, for 30 days, one that was an error.

    Raises:
        NotFound: there is none with this id.
    """
    row = await fetch_one(
        f"SELECT {_COLUMNS} FROM appointment WHERE patient = ANY ($1) AND id = $2 AND NOT hidden"
        f" UNION ALL {_TAKEN_BACK} WHERE id = $2",
        charts, appointment,
    )  # fmt: skip
    if row is None:
        raise NotFound
    return written([row], language)


async def ahead(charts: Sequence[UUID], language: Language) -> bytes:
    """Write all appointments from today on, cancelled ones too, and those that were errors."""
    rows = await fetch(
        f"SELECT u.* FROM (SELECT a.* FROM unnest($1::uuid[]) AS r (chart), LATERAL"
        f" (SELECT {_COLUMNS} FROM appointment WHERE patient = r.chart AND starts_at >= $2"
        " AND NOT hidden ORDER BY starts_at, id LIMIT $3) a"
        f" UNION ALL {_TAKEN_BACK} WHERE starts_at >= $2) u ORDER BY u.starts_at, u.id LIMIT $3",
        charts, today_begins(), MOST_EVENTS,
    )  # fmt: skip
    return written(rows, language)


def written(rows: Iterable[Row], language: Language) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for row in rows:
        try:
            calendar.add_component(_event(row, language))
        except (DecodeError, OverflowError, ValueError):  # of one: the others are still expected
            note_unreadable("appointment", "body")
    return bytes(calendar.to_ical())


def _event(row: Row, language: Language) -> Event:
    said, event = _SAID.decode(row["body"]), Event()
    event.add("uid", str(row["id"]))
    event.add("sequence", row["sequence"])
    event.add("dtstamp", (said.as_of or row["happened_at"]).astimezone(UTC))
    event.add("dtstart", row["starts_at"].astimezone(UTC))
    if said.ends_at and said.ends_at > row["starts_at"]:
        event.add("dtend", said.ends_at.astimezone(UTC))
    words = (_SOMEWHERE if row["nameless"] else _AT).said_in(language)
    event.add("summary", words.format(facility=_one_line(said.facility)))
    event.add("status", _status(row["status"]))
    event.add("class", "PRIVATE")
    return event


def _status(status: str) -> str:
    if status in CALLED_OFF:
        return "CANCELLED"
    return "TENTATIVE" if status in _NOT_AGREED else "CONFIRMED"


def _one_line(name: str) -> str:
    """Take out what ends a line or steers a terminal: a name is a name."""
    return " ".join(
        "".join(" " if category(letter)[0] in "CZ" else letter for letter in name).split()
    )
