"""Stores measurements, one row each."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backend.core.database import Row
from backend.records.filing import rendering
from backend.records.filing.blanks import FilledIn, name_in
from backend.records.filing.contents import ObservationContent
from backend.records.filing.filing import (
    FiledRecord,
    Filing,
    as_of,
    current,
    event_time,
    file,
    is_hidden,
    is_stale,
    row_for,
    unchanged,
)
from backend.records.kinds import TABLES
from backend.records.rules import TAKEN_BACK, is_correction
from backend.records.visibility.restriction_config import strictest

_KIND = "Observation"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A measurement stored in this act, and the time of its origin; None means now."""

    row: UUID
    moment: datetime | None
    path: str
    """Where it stands in the message."""
    names: tuple[str, ...] = ()
    """What reports call it: its key, and its local id."""


async def store_observation(
    filing: Filing, content: ObservationContent, *, reported: bool
) -> tuple[FiledRecord, Remeasured | None]:
    """Store one measurement. Only its report causes a notice.

    Args:
        filing: the act.
        content: what was measured.
        reported: whether a report of the same act shows it.
    """
    before = await current(_KIND, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(_KIND, filing, content, before), None
    row = row_for(before, content)
    filled_in = filing.fill_in(content, TABLES[_KIND], row, is_new=before is None)
    own = {
        "id": row,
        "code": content.code,
        "members": [name_in(member) for member in content.members],
        "restriction": strictest(content.restriction, filled_in.restriction),
        "orders": list(content.orders),
        "hidden": content.status in TAKEN_BACK or is_hidden(content),
        "reported": reported or (before is not None and before["reported"]),
        "body": _body(filing, content, before, row, filled_in),
    }
    filed = await file(_KIND, filing, content, before, own)
    names = tuple(content.called)
    return filed, Remeasured(row, event_time(content, before), content.path, names)


def _body(
    filing: Filing, content: ObservationContent, before: Row | None, row: UUID, filled_in: FilledIn
) -> str:
    provenance = rendering.Provenance(
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        corrected_at=before and rendering.corrected_at(before["body"]),
    )
    body = rendering.filled(rendering.observation(content, provenance), filled_in.fields)
    differs = (
        before is None or before["hidden"] or rendering.differs_clinically(before["body"], body)
    )
    if is_correction(before and before["status"], content.status, differs=differs):
        provenance = replace(provenance, corrected_at=provenance.as_of)
        body = rendering.filled(rendering.observation(content, provenance), filled_in.fields)
    return body
