"""Says what became of a message, for its answer."""

from collections.abc import Sequence
from uuid import UUID

from backend.auth.identity.identifiers import name_of_chart
from backend.intake.pipeline.events import Event, MessageOutcome, NotStored, StoreOutcome
from backend.intake.pipeline.patient_matching import Identified
from backend.intake.pipeline.reasons import IN_WORDS


def stored(
    facility: UUID, done: Sequence[StoreOutcome], found: Identified | None
) -> MessageOutcome:
    if found is None:
        return MessageOutcome(done=done)
    names = {path: name_of_chart(facility, chart) for path, chart in found.charts.items()}
    return MessageOutcome(done=done, remarks=found.remarks, names=names)


def waiting(events: Sequence[Event], reason: str) -> MessageOutcome:
    return MessageOutcome(done=[StoreOutcome.WAITING for _ in events], waits=IN_WORDS[reason])


def heard_before(events: Sequence[Event]) -> MessageOutcome:
    """Say of what came before that it changes nothing."""
    return MessageOutcome(
        done=[
            StoreOutcome.NOT_STORED if isinstance(event, NotStored) else StoreOutcome.UNCHANGED
            for event in events
        ]
    )
