"""Notes which records wait for a resource that they mention and that has not come."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.core.database import execute
from backend.records.filing.blanks import WaitingRow

PARTY: Final = "party"
"""Stands in the place of a record's table for a resource that is called as another one is."""


async def note_waiting(facility: UUID, rows: Sequence[WaitingRow]) -> None:
    """Store what records wait for, in one statement for all of an act."""
    begin = [(row, row.awaits) for row in rows if row.awaits is not None]
    end = [row.record for row in rows if row.awaits is None and not row.is_new]
    if not begin and not end:
        return
    await execute(
        "WITH gone AS (DELETE FROM awaiting WHERE record = ANY($2))"
        " INSERT INTO awaiting (record, facility, patient, kind, names, blanks)"
        " SELECT n.record, $1, n.patient, n.kind, string_to_array(n.names, ' '), n.blanks"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])"
        " AS n (record, patient, kind, names, blanks)"
        " ON CONFLICT (record) DO UPDATE SET patient = excluded.patient, names = excluded.names,"
        " blanks = excluded.blanks",
        facility, end,
        [row.record for row, _ in begin], [row.patient for row, _ in begin],
        [row.table for row, _ in begin],
        [" ".join(awaits.names) for _, awaits in begin], [awaits.in_json for _, awaits in begin],
    )  # fmt: skip
