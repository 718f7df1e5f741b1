"""Says what became of a message, for its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from backend.auth.identity.identifiers import name_of_chart
from backend.intake.pipeline.events import Event, MessageOutcome, NotStored, StoreOutcome
from backend.intake.pipeline.patient_matching import Identified
from backend.intake.pipeline.reasons import IN_WORDS
from backend.records.filing.known_records import given_id


@dataclass(slots=True)
class StoredState:
    """Which rows the records of a message are, and their tags, by path."""

    rows: dict[str, UUID] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def stored(
    facility: UUID, done: Sequence[StoreOutcome], found: Identified | None, told: StoredState
) -> MessageOutcome:
    names = {path: given_id(facility, row) for path, row in told.rows.items()}
    if found is None:
        return MessageOutcome(done=done, names=names, tags=told.tags)
    names |= {path: name_of_chart(facility, chart) for path, chart in found.charts.items()}
    return MessageOutcome(done=done, remarks=found.remarks, names=names, tags=told.tags)


def waiting(events: Sequence[Event], reason: str) -> MessageOutcome:
    return MessageOutcome(done=[StoreOutcome.WAITING for _ in events], waits=IN_WORDS[reason])


def created(events: Sequence[Event]) -> MessageOutcome:
    """Say of what only tells something what becomes of it, if it is not refused and waits not."""
    return MessageOutcome(done=[StoreOutcome.CREATED for _ in events])


def heard_before(events: Sequence[Event]) -> MessageOutcome:
    """Say of what came before that it changes nothing."""
    return MessageOutcome(
        done=[
            StoreOutcome.NOT_STORED if isinstance(event, NotStored) else StoreOutcome.UNCHANGED
            for event in events
        ]
    )
