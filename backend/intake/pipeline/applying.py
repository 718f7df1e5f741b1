"""Does what a message says, inside the transaction that takes it in, or quarantines it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.intake.pipeline.events import BareEvent, InboundMessage, PartyEvent, StoreOutcome
from backend.intake.pipeline.failpoints import FILED, Failpoint
from backend.intake.pipeline.message_log import (
    note_outcome,
    plan_and_note,
    quarantine,
    sealed_sender_id,
)
from backend.intake.pipeline.message_outcomes import StoredState, stored, waiting
from backend.intake.pipeline.patient_matching import (
    Identified,
    MustWait,
    Ruling,
    identify,
    numbers_of,
)
from backend.intake.pipeline.record_rows import with_their_rows
from backend.intake.pipeline.record_writer import bring_names, names_in, write
from backend.intake.pipeline.step_in import FacilityFacts
from backend.records.filing.filing import Filing
from backend.records.filing.references import check_references
from backend.records.named.parties import About
from backend.records.named.waiters import Arrival
from backend.records.patient_lock import lock_owner, stamp_patient


@dataclass(frozen=True, slots=True)
class Intake:
    """What one transaction of intake knows before it knows the patient."""

    facts: FacilityFacts
    received: UUID
    """The message's row of `received_event`."""
    accepted_at: datetime
    foreseen: str | None = None
    """The answer that its row has already."""


async def apply(
    message: InboundMessage, intake: Intake, failpoint: Failpoint, ruling: Ruling | None = None
) -> tuple[str, str]:
    """Store and plan all that the message says, or quarantine it; give outcome and answer."""
    facility, received = intake.facts.numbering.facility, intake.received
    names = await names_in(message.events, facility)
    try:
        found = await identify(message, intake.facts.numbering, ruling)
    except MustWait as waits:
        return await _set_aside(message, facility, received, waits)
    state = StoredState()
    about = About(found.patient, found.identifier) if found else None
    arrival = Arrival(facility, received, intake.accepted_at, intake.facts.policies, about)
    done = await bring_names(message.events, names, arrival, state)
    if found is not None:  # else nothing in it is about a patient
        owner = await lock_owner(found.patient, found.identifier)
        filing = Filing(
            facility=facility,
            facility_name=intake.facts.name,
            patient=found.patient,
            filed_under=found.identifier,
            received_event=received,
            sender_id=sealed_sender_id(message, received),
            accepted_at=intake.accepted_at,
            change_n=owner.change_n,
            homes=(found.home, *(home for home in owner.homes if home != found.home)),
            tags=state.tags,
            policies=intake.facts.policies,
            names=names.known,
        )
        filed = await _file(message, filing, found, state)
        done = [
            name if isinstance(event, PartyEvent) else record
            for event, name, record in zip(message.events, done, filed, strict=True)
        ]
    await failpoint(FILED, received)
    outcome = "applied" if _is_news(done) else "unchanged"
    answer = message.answer(stored(facility, done, found, state))
    act = _act(facility, found, received, outcome, message)
    await note_outcome(received, answer, act, intake.foreseen)
    return outcome, answer


def _is_news(done: Iterable[StoreOutcome]) -> bool:
    return any(outcome in {StoreOutcome.CREATED, StoreOutcome.CHANGED} for outcome in done)


async def _file(
    message: InboundMessage, filing: Filing, identified: Identified, state: StoredState
) -> list[StoreOutcome]:
    """Store every event, then plan all that is to be told, once. The caller locked the patient."""
    await check_references(filing, message.references)
    events = await with_their_rows(message.events, filing, state)
    done, notices = await write(events, filing, identified.registrations)
    if _is_news(
        outcome
        for event, outcome in zip(message.events, done, strict=True)
        if not isinstance(event, BareEvent)  # it is told, and changes no record
    ):
        await stamp_patient(filing.patient, filing.change_n)
    await plan_and_note(notices, filing.received_event)
    return done


async def _set_aside(
    message: InboundMessage, facility: UUID, received: UUID, waits: MustWait
) -> tuple[str, str]:
    """Quarantine the message, and say so."""
    answer = message.answer(waiting(message.events, waits.reason))
    await quarantine(received, answer, waits.reason, numbers_of(message))
    await write_down(_act(facility, None, received, "quarantined", message))
    return "quarantined", answer


def _act(
    facility: UUID,
    identified: Identified | None,
    received: UUID,
    outcome: str,
    message: InboundMessage,
) -> Act:
    return Act(
        actor_kind="facility",
        actor=facility,
        patient=None if identified is None else identified.patient,
        action=f"intake.{message.dialect}",
        subject=received,
        result=outcome,
    )
