"""Keeps what was measured, one row a measurement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.records import documents
from backend.records.contents import ObservationContent
from backend.records.filing import (
    Filed,
    Filing,
    current,
    file,
    is_hidden,
    is_old_news,
    moment_of,
    row_for,
    unchanged,
)
from backend.records.rules import TAKEN_BACK

_KIND = "Observation"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """A measurement that was stored in this act, and when it came to be; None for now."""

    row: UUID
    moment: datetime | None


async def store(filing: Filing, content: ObservationContent) -> tuple[Filed, Remeasured | None]:
    """Store one measurement. It is told of through its report, never by itself."""
    before = await current(_KIND, filing, content)
    if before is not None and is_old_news(content, before):
        return await unchanged(_KIND, content, before), None
    row = row_for(before)
    own = {
        "id": row,
        "code": content.code,
        "orders": list(content.orders),
        "hidden": content.status in TAKEN_BACK or is_hidden(content),
        "document": documents.observation(content, row),
    }
    filed = await file(_KIND, filing, content, before, own)
    return filed, Remeasured(row, moment_of(content, before))
