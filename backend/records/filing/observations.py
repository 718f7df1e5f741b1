"""Stores measurements, one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.core.database import Row
from backend.records.filing import rendering
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
from backend.records.filing.parties import resolve_names
from backend.records.rules import TAKEN_BACK, is_correction
from backend.records.views.record_views import ObservationView

_KIND = "Observation"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A measurement stored in this act, and the time of its origin; None means now."""

    row: UUID
    moment: datetime | None
    path: str
    """Where it stands in the message."""


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
        return await unchanged(_KIND, content, before), None
    row, names = row_for(before), await resolve_names(filing, content, ObservationView)
    own = {
        "id": row,
        "code": content.code,
        "orders": list(content.orders),
        "restriction": content.restriction or names.restriction,
        "hidden": content.status in TAKEN_BACK or is_hidden(content),
        "reported": reported or (before is not None and before["reported"]),
        "body": _body(filing, content, before, row, names.fields),
    }
    filed = await file(_KIND, filing, content, before, own)
    return filed, Remeasured(row, event_time(content, before), content.path)


def _body(
    filing: Filing,
    content: ObservationContent,
    before: Row | None,
    row: UUID,
    names: Mapping[str, Any],
) -> str:
    provenance = rendering.Provenance(
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        corrected_at=before and rendering.corrected_at(before["body"]),
    )
    body = rendering.observation(content, provenance, names)
    differs = (
        before is None or before["hidden"] or rendering.differs_clinically(before["body"], body)
    )
    if is_correction(before and before["status"], content.status, differs=differs):
        corrected = replace(provenance, corrected_at=provenance.as_of)
        body = rendering.observation(content, corrected, names)
    return body
