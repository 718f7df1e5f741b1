"""Takes in what the hospital says: stores the records and plans the notices, or neither.

The unit is a set of messages of one facility, which often is a set of one. `take_in` lets a message
wait for its set (`gathering`), `_taken_in` opens the transaction of a set, `_receive` logs each
message and sees a replay, `applying` does what it says.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from backend.core.clock import now
from backend.core.database import in_transaction, new_id, transaction
from backend.core.metrics import EVENTS
from backend.core.postgres.steps import run_together
from backend.core.postgres.unit_of_work import repeated
from backend.core.redis import wake_workers_soon
from backend.intake.pipeline.applying import Intake, apply
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.failpoints import (
    COMMITTED,
    IN_HAND,
    RECEIVED,
    UNCOMMITTED,
    Failpoint,
    no_failpoint,
)
from backend.intake.pipeline.gathering import Gatherer, WaitingMessage
from backend.intake.pipeline.message_log import LoggedMessage, insert, sender_id_of, take_up_again
from backend.intake.pipeline.message_outcomes import created, heard_before
from backend.intake.pipeline.own_names import with_hashed_names
from backend.intake.pipeline.patient_matching import Ruling, numbers_of
from backend.intake.pipeline.step_in import FacilityFacts, step_in
from backend.records.patient_lock import OwnerChanged

_T = TypeVar("_T")
_SHORT: Final = "200ms"
"""How long a set waits for a lock. A message that waits longer does so as a set of one."""
_WITHOUT_END: Final = "0"
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
        IntakeFull: too many messages wait.
        UnknownPatient, MixedPatients: see `patient_matching`.
        UnknownRecord, RecordOfAnother: see `records.filing.references`.
        NeverShown, AlwaysShown, WithItsReport: see `records.lifecycle.release`.
    """
    message = with_hashed_names(message, facility)
    if dry_run:
        return await _dry_run(message, facility)
    row = new_id()
    await failpoint(IN_HAND, row)
    one = WaitingMessage[IntakeResult](message, facility, row, failpoint, _taken_by(message))
    if in_transaction():  # whoever opened it commits this message with something else
        return await _alone(one)
    return await GATHERER.take(one)


def _taken_by(message: InboundMessage) -> frozenset[object]:
    """Give what no other message of its set may have: its sender's id, and the patient's numbers.

    A number of another system or kind that looks the same is taken for the same.
    """
    sender_id = sender_id_of(message)
    numbers = [number.value.strip() for number in numbers_of(message)]
    return frozenset([*numbers, *([] if sender_id is None else [("sender", sender_id)])])


async def _together(gathered: Sequence[WaitingMessage[IntakeResult]]) -> list[IntakeResult]:
    """Take a set in, once: whatever fails it is found out by taking each of it in alone."""
    return await _committed(gathered, await _taken_in(gathered, _SHORT))


async def _alone(one: WaitingMessage[IntakeResult]) -> IntakeResult:
    """Take in a set of one, again and again while the database or a merge fails it."""
    done = await _sure_of_owners(partial(_taken_in, [one], _WITHOUT_END))
    (taken,) = await _committed([one], done)
    return taken


async def _taken_in(
    gathered: Sequence[WaitingMessage[IntakeResult]], patience: str
) -> list[tuple[str, IntakeResult]]:
    """Take in messages of one facility in one transaction; give outcome and answer of each."""
    async with transaction():
        facts = await step_in(gathered[0].facility, patience)
        done = await run_together(
            [partial(_receive, one.message, facts, one.row, one.failpoint) for one in gathered]
        )
        for one in gathered:
            await one.failpoint(UNCOMMITTED, one.row)
    return done


async def _committed(
    gathered: Sequence[WaitingMessage[IntakeResult]], done: Sequence[tuple[str, IntakeResult]]
) -> list[IntakeResult]:
    """Count what was committed and wake whoever tells it, before the senders hear of it."""
    for one, (outcome, _) in zip(gathered, done, strict=True):
        await one.failpoint(COMMITTED, one.row)
        EVENTS.labels(one.message.dialect, outcome).inc()
    if any(outcome == "applied" for outcome, _ in done):
        wake_workers_soon()
    return [taken for _, taken in done]


GATHERER: Final = Gatherer(_together, _alone)
"""Of this process."""


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
            facts = await step_in(facility)
            _, taken = await _receive(message, facts, new_id(), no_failpoint)
            raise _DryRunEnds(taken.answer)

    try:
        return await _sure_of_owners(tried)
    except _DryRunEnds as undone:
        EVENTS.labels(message.dialect, "dry_run").inc()
        return IntakeResult(None, undone.answer)


async def _receive(
    message: InboundMessage, facts: FacilityFacts, row: UUID, failpoint: Failpoint
) -> tuple[str, IntakeResult]:
    """Log the message as this row, then do what it says; a replay gets its first answer again."""
    accepted_at = now()
    foreseen = message.answer(created(message.events)) if message.only_tells else None
    facility = facts.numbering.facility
    replay = await insert(
        LoggedMessage(message=message, facility=facility, row=row, foreseen=foreseen)
    )
    await failpoint(RECEIVED, row)
    if replay is not None:
        told = heard_before(message.events)
        said = replay.answer or message.answer(told)
        return "replayed", IntakeResult(replay.message, said, replayed=True)
    intake = Intake(facts, row, accepted_at, foreseen)
    outcome, answer = await apply(message, intake, failpoint)
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
            intake = Intake(facts, received, now())
            ruling = decided.ruling if decided else None
            became, _ = await apply(message, intake, no_failpoint, ruling)
            if decided and became != "quarantined":
                await decided.note()
            return became

    outcome = await _sure_of_owners(taken_in)
    EVENTS.labels(message.dialect, outcome).inc()
    return outcome != "quarantined"
