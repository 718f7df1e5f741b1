"""Reads all records of a summary, through the gate, in one statement.

A summary never contains restricted records, for any reader: it is made to be handed on.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import DecodeError
from msgspec.json import Decoder

from backend.auth.access.gate import Caller, reading_as
from backend.auth.account.profile import Profile, profile_of
from backend.auth.rules import RecordClass, Scope
from backend.core.database import Row, fetch
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records import coded
from backend.records.kinds import KINDS
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

    profile: Profile
    parts: list[SectionContent]
    sources: dict[UUID, Source]
    """By their ids, in the order of their codes."""


_COLUMNS: Final = "id, facility, happened_at, body, coded"
_STORED: Final = "id, facility, happened_at, CASE WHEN readable THEN body END AS body, coded"
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
     WHERE patient = $1 AND restriction = '' AND NOT hidden AND status IN ({_listed(_MEASURED)})
       AND happened_at > hub_clock() - interval '1 year'
     ORDER BY {_ALIKE}, happened_at DESC, id DESC
    ) newest
"""
"""The newest measurement of each code in the last twelve months."""

GATHER: Final = (
    "SELECT k.*, f.code AS facility_code, f.name AS facility_name FROM ("
    + " UNION ALL ".join(
        f"(SELECT '{table}' AS kind, {_STORED} FROM {table} WHERE patient = $1"
        f" AND restriction = '' AND NOT hidden AND status IN ({_listed(statuses)})"
        f"{_BUT.get(table, '')}"
        f" ORDER BY happened_at DESC, id DESC LIMIT {MOST_ROWS})"
        for table, statuses in _KINDS.items()
    )
    + f" UNION ALL ({_NEWEST} ORDER BY happened_at DESC, id DESC LIMIT {MOST_ROWS})"
    ") k JOIN facility f ON f.id = k.facility ORDER BY k.happened_at DESC, k.id DESC"
)


async def gather(caller: Caller, patient: UUID | None) -> Gathered:
    """Read everything for a summary; `None` means the caller's own.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded: as every reading.
    """
    async with reading_as(caller, patient, RecordClass.SUMMARY) as reader:
        rows = await fetch(GATHER, reader.patient)
        profile = await profile_of(reader.patient)
    read = [(row["kind"], _item(row)) for row in rows]
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
    return Gathered(profile, parts, sources)


def _item(row: Row) -> SummaryItem | None:
    """Read a stored record, in the whole form that it promises; None for one that has not."""
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
