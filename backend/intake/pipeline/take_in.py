"""Takes in what the hospital says: stores the records and plans the notices, or neither.

`take_in` opens the transaction, `_receive` logs the message and sees a replay, `_apply` does what
a message says.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.database import new_id, transaction
from backend.core.metrics import EVENTS
from backend.core.postgres.unit_of_work import repeated
from backend.core.redis import wake_workers_soon
from backend.intake.pipeline.events import (
    BareEvent,
    InboundMessage,
    PartyEvent,
    StoreOutcome,
)
from backend.intake.pipeline.failpoints import (
    COMMITTED,
    FILED,
    IN_HAND,
    RECEIVED,
    UNCOMMITTED,
    Failpoint,
    no_failpoint,
)
from backend.intake.pipeline.message_log import (
    insert,
    note_outcome,
    plan_and_note,
    quarantine,
    sealed_sender_id,
    take_up_again,
)
from backend.intake.pipeline.message_outcomes import heard_before, stored, waiting
from backend.intake.pipeline.own_names import with_hashed_names
from backend.intake.pipeline.patient_matching import (
    Identified,
    MustWait,
    Ruling,
    identify,
    numbers_of,
)
from backend.intake.pipeline.record_writer import bring_names, names_in, write
from backend.intake.pipeline.step_in import FacilityFacts, step_in
from backend.records.filing.filing import Filing
from backend.records.filing.references import check_references
from backend.records.named.parties import About
from backend.records.named.waiters import Arrival
from backend.records.patient_lock import OwnerChanged, lock_owner, stamp_patient

_T = TypeVar("_T")
MESSAGE_ID = "Hub-Message-Id"
"""The header in which a sender hears what the hub calls its message."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person at the facility's desk has decided of a message that waits."""

    ruling: Ruling
    note: Callable[[], Awaitable[None]]
    """Writes down who did, in the transaction that takes the message in."""


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The answer to the sender."""

    message: UUID | None
    """What the hub calls the message: `GET /hospital/messages/{id}`. None after a dry run."""
    answer: str
    """In the sender's dialect."""
    replayed: bool = False
    """The hub heard this message before, and gives its first answer."""

    @property
    def headers(self) -> dict[str, str]:
        """Give the header with the id of the message, if it was stored."""
        return {} if self.message is None else {MESSAGE_ID: str(self.message)}


class _DryRunEnds(Exception):
    """Rolls the transaction of a dry run back, and carries its answer out."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


async def take_in(
    message: InboundMessage,
    facility: UUID,
    *,
    dry_run: bool = False,
    failpoint: Failpoint = no_failpoint,
) -> IntakeResult:
    """Take in one message, all of it or nothing.

    A dry run does all of it, gives the same answer and keeps nothing: there is no message to name.

    Args:
        message: read and checked.
        facility: who sends it.
        dry_run: whether to keep nothing.
        failpoint: called at each point of `failpoints` that the message passes.

    Raises:
        IdempotencyConflict: its id was used for something else.
        UnknownPatient, MixedPatients: see `patient_matching`.
        UnknownRecord, RecordOfAnother: see `records.filing.references`.
        NeverShown, AlwaysShown, WithItsReport: see `records.lifecycle.release`.
    """
    message = with_hashed_names(message, facility)
    if dry_run:
        return await _dry_run(message, facility)
    row = new_id()
    await failpoint(IN_HAND, row)

    async def taken_in() -> tuple[str, IntakeResult]:
        async with transaction():
            done = await _receive(message, facility, row, failpoint)
            await failpoint(UNCOMMITTED, row)
            return done

    outcome, taken = await _sure_of_owners(taken_in)
    await failpoint(COMMITTED, row)
    EVENTS.labels(message.dialect, outcome).inc()
    if outcome == "applied":
        wake_workers_soon()
    return taken


async def _sure_of_owners(act: Callable[[], Awaitable[_T]]) -> _T:
    """Run `act` until no merge moves its records meanwhile, and again if the database fails it.

    Each run opens a transaction of its own: `OwnerChanged` has rolled back all that it did. Where
    nobody knows whether the run before was kept, the log of messages knows the message again.
    """
    while True:
        with suppress(OwnerChanged):
            return await repeated(act, idempotent=True)


async def _dry_run(message: InboundMessage, facility: UUID) -> IntakeResult:
    async def tried() -> IntakeResult:
        async with transaction():
            _, taken = await _receive(message, facility, new_id(), no_failpoint)
            raise _DryRunEnds(taken.answer)

    try:
        return await _sure_of_owners(tried)
    except _DryRunEnds as undone:
        EVENTS.labels(message.dialect, "dry_run").inc()
        return IntakeResult(None, undone.answer)


async def _receive(
    message: InboundMessage, facility: UUID, row: UUID, failpoint: Failpoint
) -> tuple[str, IntakeResult]:
    """Log the message as this row, then do what it says; a replay gets its first answer again."""
    accepted_at = now()
    facts = await step_in(facility)
    replay = await insert(message, facility, row)
    await failpoint(RECEIVED, row)
    if replay is not None:
        told = heard_before(message.events)
        said = replay.answer or message.answer(told)
        return "replayed", IntakeResult(replay.message, said, replayed=True)
    intake = _Intake(facts, row, accepted_at)
    outcome, answer = await _apply(message, intake, failpoint)
    return outcome, IntakeResult(row, answer)


async def take_in_again(
    message: InboundMessage, facility: UUID, received: UUID, decided: Decided | None = None
) -> bool:
    """Take in a message of the quarantine, as its row `received`; False when it must still wait.

    Raises:
        NotFound: it waits no longer, or the chart that was named is none of this facility.
    """
    message = with_hashed_names(message, facility)

    async def taken_in() -> str:
        async with transaction():
            facts = await step_in(facility)
            await take_up_again(received)
            intake = _Intake(facts, received, now())
            ruling = decided.ruling if decided else None
            became, _ = await _apply(message, intake, no_failpoint, ruling)
            if decided and became != "quarantined":
                await decided.note()
            return became

    outcome = await _sure_of_owners(taken_in)
    EVENTS.labels(message.dialect, outcome).inc()
    return outcome != "quarantined"


@dataclass(frozen=True, slots=True)
class _Intake:
    """What one transaction of intake knows before it knows the patient."""

    facts: FacilityFacts
    received: UUID
    """The message's row of `received_event`."""
    accepted_at: datetime


async def _apply(
    message: InboundMessage, intake: _Intake, failpoint: Failpoint, ruling: Ruling | None = None
) -> tuple[str, str]:
    """Store and plan all that the message says, or quarantine it; give outcome and answer."""
    facility, received = intake.facts.numbering.facility, intake.received
    names = await names_in(message.events, facility)
    try:
        found = await identify(message, intake.facts.numbering, ruling)
    except MustWait as waits:
        return await _set_aside(message, facility, received, waits)
    about = About(found.patient, found.identifier) if found else None
    arrival = Arrival(facility, received, intake.accepted_at, intake.facts.policies, about)
    done = await bring_names(message.events, names, arrival)
    if found is not None:  # else nothing in it is about a patient
        filing = Filing(
            facility=facility,
            facility_name=intake.facts.name,
            patient=found.patient,
            filed_under=found.identifier,
            received_event=received,
            sender_id=sealed_sender_id(message, received),
            accepted_at=intake.accepted_at,
            change_n=await lock_owner(found.patient, found.identifier),
            policies=intake.facts.policies,
            names=names.known,
        )
        filed = await _file(message, filing, found)
        done = [
            name if isinstance(event, PartyEvent) else record
            for event, name, record in zip(message.events, done, filed, strict=True)
        ]
    await failpoint(FILED, received)
    outcome = "applied" if _is_news(done) else "unchanged"
    answer = message.answer(stored(facility, done, found))
    await note_outcome(received, answer, _act(facility, found, received, outcome, message))
    return outcome, answer


def _is_news(done: Iterable[StoreOutcome]) -> bool:
    return any(outcome in {StoreOutcome.CREATED, StoreOutcome.CHANGED} for outcome in done)


async def _file(
    message: InboundMessage, filing: Filing, identified: Identified
) -> list[StoreOutcome]:
    """Store every event, then plan all that is to be told, once. The caller locked the patient."""
    await check_references(filing, message.references)
    done, notices = await write(message.events, filing, identified.registrations)
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
