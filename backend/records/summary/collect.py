"""Reads all records of a summary, through the gate, in one statement.

A summary never contains restricted records, for any reader: it is made to be handed on.
"""

import json
from asyncio import sleep
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import DecodeError
from msgspec.json import Decoder

from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass, Scope
from backend.auth.self_service.profile import Profile, profiles_of
from backend.core.database import Row, fetch
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records import coded
from backend.records.kinds import KINDS
from backend.records.rules import FULL_PAGE
from backend.records.summary.rules import SectionContent, SummaryItem, parts_of


@dataclass(frozen=True, slots=True)
class Source:
    """A facility with records in a summary."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The content of a summary: the patient, the records and their facilities."""

    profiles: list[Profile]
    """Of each chart, the one that was reached first before the others."""
    parts: list[SectionContent]
    sources: dict[UUID, Source]
    """By their ids, in the order of their codes."""

    @property
    def profile(self) -> Profile:
        """Give the profile under which the summary stands."""
        return self.profiles[0]


_COLUMNS: Final = "id, facility, happened_at, body, coded, readable"
_STORED: Final = (
    "id, facility, happened_at, CASE WHEN readable THEN body END AS body, coded, readable"
)
_KINDS: Final = {kind.table: kind.in_summary for kind in KINDS if kind.in_summary}
"""Each table of records, and the statuses in which one of them belongs into a summary."""
_VIEWS: Final = {kind.table: Decoder(kind.view) for kind in KINDS}
_BUT: Final = {
    "medicine": " AND (replaced_from IS NULL OR replaced_from > hub_clock())",
}
"""What more is asked of a table: another prescription has not taken its place."""
_MEASURED: Final = ("final", "amended", "corrected")
MOST_ROWS: Final = 201
"""Of one kind: more than any section takes, so that it is known when there are more."""


def _listed(statuses: tuple[str, ...]) -> str:
    return ", ".join(f"'{status}'" for status in statuses)


_ALIKE: Final = (
    "coalesce(nullif(code, ''), CASE WHEN readable THEN body::json->>'name' ELSE id::text END),"
    " CASE WHEN code LIKE '|%' OR code = '' THEN facility END"
)
"""What is measured again: what has no code of a system means something to its facility only."""
_NEWEST: Final = f"""
SELECT 'observation' AS kind, {_COLUMNS} FROM (
    SELECT DISTINCT ON ({_ALIKE}) {_STORED}
      FROM observation
     WHERE patient = ANY ($1) AND restriction = '' AND NOT hidden
       AND status IN ({_listed(_MEASURED)})
       AND happened_at > hub_clock() - interval '1 year'
     ORDER BY {_ALIKE}, happened_at DESC, id DESC
    ) newest
"""
"""The newest measurement of each code in the last twelve months."""

_AT_ONCE: Final = 16
"""Rows that are read without a break."""
_BYTES: Final = "coalesce(octet_length({0}.body), 0) + octet_length({0}.coded)"
_FITS: Final = (
    f"sum({_BYTES.format('k')}) OVER (ORDER BY {_BYTES.format('k')}, k.id) <= {FULL_PAGE}"
)
"""Whether all that is no longer than this one has room: the longest are left out first."""
GATHER: Final = (
    "SELECT k.kind, k.id, k.facility, k.happened_at, k.readable, k.facility_code, k.facility_name,"
    " CASE WHEN k.fits THEN k.body END AS body, CASE WHEN k.fits THEN k.coded END AS coded FROM ("
    f"SELECT k.*, {_FITS} AS fits, f.code AS facility_code, f.name AS facility_name FROM ("
    "SELECT u.* FROM unnest($1::uuid[]) AS r (chart), LATERAL ("
    + " UNION ALL ".join(
        f"(SELECT '{table}' AS kind, {_STORED} FROM {table} WHERE patient = r.chart"
        f" AND restriction = '' AND NOT hidden AND status IN ({_listed(statuses)})"
        f"{_BUT.get(table, '')}"
        f" ORDER BY happened_at DESC, id DESC LIMIT {MOST_ROWS})"
        for table, statuses in _KINDS.items()
    )
    + f") u UNION ALL ({_NEWEST} ORDER BY happened_at DESC, id DESC LIMIT {MOST_ROWS})"
    ") k JOIN facility f ON f.id = k.facility) k ORDER BY k.happened_at DESC, k.id DESC"
)


async def gather(caller: Caller, chart: UUID | None) -> Gathered:
    """Read everything for a summary; `None` means of every chart that the session reaches.

    A summary is made to be handed on. So it has nothing of a discreet facility, unless nothing else
    was asked for.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as every reading.
    """
    async with reading_as(caller, chart, RecordClass.SUMMARY) as reader:
        profiles = await profiles_of(reader.charts)
        told = [profile for profile in profiles if not profile.discreet] or profiles
        rows = await fetch(GATHER, [profile.id for profile in told])
    read = list[tuple[str, SummaryItem | None]]()
    for row in rows:
        read.append((row["kind"], _item(row)))
        if len(read) % _AT_ONCE == 0:  # whoever waits for this process has a turn
            await sleep(0)
    parts = parts_of(
        [item for _, item in read if item is not None],
        Scope(reader.scope),
        [kind for kind, item in read if item is None],
    )
    shown = {item.facility for part in parts for item in part.items}
    sources = {
        row["facility"]: Source(row["facility"], row["facility_code"], row["facility_name"])
        for row in sorted(rows, key=lambda row: str(row["facility_code"]))
        if row["facility"] in shown
    }
    return Gathered(told, parts, sources)


def _item(row: Row) -> SummaryItem | None:
    """Read a stored record, in the whole form that it promises; None for one that has not.

    None also for one that is too long for a summary beside all others: it can be read elsewhere.
    """
    if row["body"] is None and row["readable"]:
        return None
    try:
        _VIEWS[row["kind"]].decode(row["body"] or "")
        return SummaryItem(
            kind=row["kind"],
            id=row["id"],
            facility=row["facility"],
            happened_at=row["happened_at"],
            view=json.loads(row["body"], parse_float=Decimal),
            coded=coded.read_coded(row["coded"]),
        )
    except (DecodeError, ValueError):
        note_unreadable(row["kind"], "body", row=row["id"])
        return None
