"""Keeps what was measured, one row a measurement."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backend.core.database import Row
from backend.records.filing import rendering
from backend.records.filing.contents import ObservationContent
from backend.records.filing.filing import (
    Filed,
    Filing,
    as_of,
    current,
    file,
    is_hidden,
    is_old_news,
    moment_of,
    row_for,
    unchanged,
)
from backend.records.rules import TAKEN_BACK, is_correction

_KIND = "Observation"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A measurement that was stored in this act, and when it came to be; None for now."""

    row: UUID
    moment: datetime | None


async def store(
    filing: Filing, content: ObservationContent, *, reported: bool
) -> tuple[Filed, Remeasured | None]:
    """Store one measurement. It is told of through its report, never by itself.

    Args:
        filing: the act.
        content: what was measured.
        reported: whether a report of the same act shows it.
    """
    before = await current(_KIND, filing, content)
    if before is not None and is_old_news(content, before):
        return await unchanged(_KIND, content, before), None
    row = row_for(before)
    own = {
        "id": row,
        "code": content.code,
        "orders": list(content.orders),
        "hidden": content.status in TAKEN_BACK or is_hidden(content),
        "reported": reported or (before is not None and before["reported"]),
        "document": _document(filing, content, before, row),
    }
    filed = await file(_KIND, filing, content, before, own)
    return filed, Remeasured(row, moment_of(content, before))


def _document(filing: Filing, content: ObservationContent, before: Row | None, row: UUID) -> str:
    imprint = rendering.Imprint(
        id=row,
        facility=filing.facility_name,
        as_of=as_of(filing, content),
        corrected_at=before and rendering.corrected_at(before["document"]),
    )
    document = rendering.observation(content, imprint)
    differs = (
        before is None
        or before["hidden"]
        or rendering.says_another_thing(before["document"], document)
    )
    if is_correction(before and before["status"], content.status, differs=differs):
        document = rendering.observation(content, replace(imprint, corrected_at=imprint.as_of))
    return document
