"""Passes each event to the module of its kind of record, and collects the notices."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import UnionType
from typing import Final, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from backend.core.database import Row
from backend.core.postgres.steps import together
from backend.intake.pipeline.events import (
    AppointmentEvent,
    BareEvent,
    Event,
    NotStored,
    ObservationEvent,
    OtherRecordEvent,
    PartyEvent,
    PatientRegistered,
    PrescriptionEvent,
    ReleaseDecision,
    ReportEvent,
    StoreOutcome,
)
from backend.intake.pipeline.message_outcomes import StoredState
from backend.notifications.planning.deferred import defer
from backend.notifications.planning.planning import Notice
from backend.records.filing import (
    appointments,
    medicines,
    observations,
    orders,
    other_kinds,
    reports,
)
from backend.records.filing.blanks import name_in
from backend.records.filing.filing import FiledRecord, Filing
from backend.records.filing.observations import Remeasured
from backend.records.filing.report_parts import names_waited_for, reports_of
from backend.records.lifecycle import release, report_measurements
from backend.records.named import parties
from backend.records.named.completion import complete
from backend.records.named.parties import Names
from backend.records.named.waiters import Arrival
from backend.records.named.waiting_rows import note_waiting


async def write(
    events: Sequence[Event], filing: Filing, registrations: Mapping[str, StoreOutcome]
) -> tuple[list[StoreOutcome], list[Notice]]:
    """Store all events of one message; measurements first, since reports contain them."""
    done = [StoreOutcome.NOT_STORED] * len(events)
    measurements = [item.content for item in events if isinstance(item, ObservationEvent)]
    known = await reports_of(filing, measurements)
    fresh = await _measure(events, filing, done, known)
    notices: list[Notice] = []
    for turn in _turns(events, _OTHERS):
        stored = await together(*(_store(events[n], filing, registrations, fresh) for n in turn))
        for n, (became, told) in zip(turn, stored, strict=True):
            done[n] = became
            notices += told
    await medicines.link_prescribed(filing)
    if fresh:
        notices += await reports.rebuild(filing, fresh, known)
    if filing.measurements:
        await report_measurements.sync_visibility(filing)
    await note_waiting(filing.facility, filing.waiting)
    return done, await _told_now(events, done, filing, notices)


async def _measure(
    events: Sequence[Event], filing: Filing, done: list[StoreOutcome], known: Sequence[Row]
) -> list[Remeasured]:
    """Store the measurements; give those that are new or have changed, in their order."""
    contents = [item.content for item in events if isinstance(item, ObservationEvent)]
    mentioned = _mentioned(events) | names_waited_for(known, contents)
    fresh: dict[int, Remeasured] = {}
    for turn in _turns(events, ObservationEvent):
        stored = await together(*(_store_measured(events[n], filing, mentioned) for n in turn))
        for n, (filed, remeasured) in zip(turn, stored, strict=True):
            done[n] = _done(filed)
            if remeasured:
                fresh[n] = remeasured
    return [fresh[n] for n in sorted(fresh)]


async def _store_measured(
    event: Event, filing: Filing, mentioned: AbstractSet[str]
) -> tuple[FiledRecord, Remeasured | None]:
    assert isinstance(event, ObservationEvent), "its turn has nothing else"
    reported = not mentioned.isdisjoint(event.content.called)
    filed, fresh = await observations.store_observation(filing, event.content, reported=reported)
    if fresh:
        filing.measurements.add(event.content.key)
    return filed, fresh


_OTHERS: Final = (
    PatientRegistered | ReportEvent | AppointmentEvent | PrescriptionEvent | OtherRecordEvent
    | BareEvent | ReleaseDecision
)  # fmt: skip


def _turns(events: Sequence[Event], kinds: type | UnionType) -> list[list[int]]:
    """Part the events into turns, each of which is stored at once.

    A record that stands there twice is stored in two turns, and what a clinician decides of stored
    records has its own: it meets them as those before it have left them.
    """
    alone = any(isinstance(event, ReleaseDecision) for event in events)
    turns: list[list[int]] = []
    before: Counter[object] = Counter()
    for n, event in enumerate(events):
        if not isinstance(event, kinds):
            continue
        content = getattr(event, "content", None)
        record = n if content is None else (getattr(content, "kind", type(event)), content.key)
        turn = len(turns) if alone else before[record]
        before[record] += 1
        turns += [[] for _ in range(turn + 1 - len(turns))]
        turns[turn].append(n)
    return turns


def _mentioned(events: Sequence[Event]) -> set[str]:
    """Give the names of the measurements that a report of these events shows, panel by panel."""
    found = {
        name_in(part)
        for event in events
        if isinstance(event, ReportEvent)
        for part in event.content.observations
    }
    panels = [event.content for event in events if isinstance(event, ObservationEvent)]
    panels = [panel for panel in panels if panel.members]
    reached = -1
    while panels and reached != len(found):
        reached = len(found)
        for panel in panels:
            if not found.isdisjoint(panel.called):
                found.update(name_in(member) for member in panel.members)
    return found - {""}


async def _told_now(
    events: Sequence[Event], done: Sequence[StoreOutcome], filing: Filing, notices: Sequence[Notice]
) -> list[Notice]:
    """Leave what belongs to an order that is not answered in full for later."""
    stored = [
        event
        for event, became in zip(events, done, strict=True)
        if isinstance(event, ObservationEvent | ReportEvent | OtherRecordEvent)
        and became in {StoreOutcome.CREATED, StoreOutcome.CHANGED}
    ]
    if not stored:
        return list(notices)
    touched = {name for record in stored for name in _orders_in(record)}
    settled = await orders.update_orders(filing, touched | filing.orders)
    return await defer(
        notices,
        waits=settled.open,
        ready=settled.ready,
        silent=settled.silent,
        discreet=settled.discreet,
        unseen=settled.unseen,
    )


def _orders_in(event: ObservationEvent | ReportEvent | OtherRecordEvent) -> Sequence[str]:
    """Name the orders that an event is about."""
    if not isinstance(event, OtherRecordEvent):
        return event.content.orders
    return [event.content.key] if event.content.kind == "ServiceRequest" else []


async def names_in(events: Sequence[Event], facility: UUID) -> Names:
    """Read and lock the names of a message, before anything else is locked (`name_locks`)."""
    brought = [event.content for event in events if isinstance(event, PartyEvent)]
    said = [
        event.content
        for event in events
        if isinstance(
            event,
            ObservationEvent | ReportEvent | AppointmentEvent | PrescriptionEvent
            | OtherRecordEvent,
        )
    ]  # fmt: skip
    return await parties.names_of(facility, brought, said)


async def bring_names(
    events: Sequence[Event], names: Names, arrival: Arrival, state: StoredState
) -> list[StoreOutcome]:
    """Store the names that a message brings, and complete what waited for them.

    This comes first, since records show the names.
    """
    became = iter(await parties.store_names(names, arrival.about) if names.brought else ())
    state.rows |= names.rows
    state.tags |= names.tags
    await complete(arrival, names.fresh)
    return [
        StoreOutcome(next(became).value) if isinstance(event, PartyEvent)
        else StoreOutcome.NOT_STORED
        for event in events
    ]  # fmt: skip


async def _store(
    event: Event,
    filing: Filing,
    registrations: Mapping[str, StoreOutcome],
    fresh: Sequence[Remeasured],
) -> tuple[StoreOutcome, Sequence[Notice]]:
    match event:
        case PatientRegistered():
            return registrations[event.path], ()
        case ReportEvent():
            report, notice = await reports.store_report(filing, event.content, fresh)
            return _done(report), _told(notice)
        case AppointmentEvent():
            appointment, notice = await appointments.store_appointment(filing, event.content)
            return _done(appointment), _told(notice)
        case PrescriptionEvent() | OtherRecordEvent():
            return _done(await _stored_quietly(event, filing)), ()
        case BareEvent():
            return StoreOutcome.CREATED, (_announcement(event, filing),)
        case ReleaseDecision():
            record, told = await release.apply_decision(
                filing, event.record, keep_back=event.keep_back
            )
            return _done(record), told
        case ObservationEvent() | PartyEvent() | NotStored():
            raise AssertionError("it is stored elsewhere, or not at all")
        case _:
            assert_never(event)


async def _stored_quietly(
    event: PrescriptionEvent | OtherRecordEvent, filing: Filing
) -> FiledRecord:
    if isinstance(event, PrescriptionEvent):
        return await medicines.store_medicine(filing, event.content)
    return await other_kinds.store_content(filing, event.content)


def _told(notice: Notice | None) -> Sequence[Notice]:
    return () if notice is None else (notice,)


def _done(filed: FiledRecord | None) -> StoreOutcome:
    return StoreOutcome.NOT_STORED if filed is None else StoreOutcome(filed.change.value)


def _announcement(event: BareEvent, filing: Filing) -> Notice:
    return Notice(
        patient=filing.patient,
        facility=filing.facility,
        kind=event.kind,
        subject=subject_of(filing.facility, event.subject),
        happened_at=min(event.happened_at or filing.accepted_at, filing.accepted_at),
        accepted_at=filing.accepted_at,
        received_event=filing.received_event,
        sender_id=filing.sender_id,
        subject_version=event.subject_version or event.event_name,
        ticket=event.ticket,
        counter=event.counter,
        starts_at=event.starts_at,
    )


def subject_of(facility: UUID, name: str) -> UUID:
    """Give a stable id for a thing that a facility names only by its own name."""
    return uuid5(NAMESPACE_URL, f"{facility}/{name}")
