"""Hands each event to the kind of record it belongs to, and collects what is to be told."""

from collections.abc import Mapping, Sequence
from typing import assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from backend.intake.pipeline.events import (
    Announced,
    Appointed,
    Done,
    Event,
    Measured,
    Named,
    Noted,
    NotKept,
    PatientRegistered,
    Prescribed,
    ReleaseSaid,
    Reported,
)
from backend.notifications.planning.deferred import put_aside
from backend.notifications.planning.planning import Notice
from backend.records.filing import (
    appointments,
    medicines,
    observations,
    orders,
    other_kinds,
    parties,
    reports,
)
from backend.records.filing.filing import Filed, Filing, read_together
from backend.records.filing.observations import Remeasured
from backend.records.lifecycle import release, report_measurements


async def store(
    events: Sequence[Event], filing: Filing, registrations: Mapping[str, Done]
) -> tuple[list[Done], list[Notice]]:
    """Store all events of one message; measurements first, since reports are made of them."""
    done = [Done.NOT_KEPT] * len(events)
    measured = [each.content.key for each in events if isinstance(each, Measured)]
    if measured:
        await read_together("Observation", filing, measured)
    mentioned = {
        each.key
        for event in events
        if isinstance(event, Reported)
        for each in event.content.observations
    }
    fresh: list[Remeasured] = []
    for n, event in enumerate(events):
        if isinstance(event, Measured):
            reported = event.content.key in mentioned
            filed, remeasured = await observations.store(filing, event.content, reported=reported)
            done[n] = _done(filed)
            if remeasured:
                fresh.append(remeasured)
                filing.measurements.add(event.content.key)
    notices: list[Notice] = []
    for n, event in enumerate(events):
        if not isinstance(event, Measured | Named | NotKept):
            done[n], told = await _store(event, filing, registrations, fresh)
            notices += told
    if fresh:
        notices += await reports.rebuild(filing, fresh)
    if filing.measurements:
        await report_measurements.stand_with_reports(filing)
    return done, await _told_now(events, done, filing, notices)


async def _told_now(
    events: Sequence[Event], done: Sequence[Done], filing: Filing, notices: Sequence[Notice]
) -> list[Notice]:
    """Leave what belongs to an order that is not answered in full for later."""
    stored = [
        event
        for event, became in zip(events, done, strict=True)
        if isinstance(event, Measured | Reported | Noted) and became in {Done.CREATED, Done.CHANGED}
    ]
    if not stored:
        return list(notices)
    settled = await orders.settle(filing, {name for each in stored for name in _orders_in(each)})
    return await put_aside(
        notices,
        waits=settled.open,
        ready=settled.ready,
        silent=settled.silent,
        discreet=settled.discreet,
        unseen=settled.unseen,
    )


def _orders_in(event: Measured | Reported | Noted) -> Sequence[str]:
    """Name the orders that an event is about."""
    if not isinstance(event, Noted):
        return event.content.orders
    return [event.content.key] if event.content.kind == "ServiceRequest" else []


async def store_names(events: Sequence[Event], facility: UUID) -> list[Done]:
    """Store what is about no patient. It stands before all else, since records show the names."""
    return [
        Done((await parties.store_party(facility, event.content)).value)
        if isinstance(event, Named)
        else Done.NOT_KEPT
        for event in events
    ]


async def _store(
    event: PatientRegistered | Reported | Appointed | Prescribed | Noted | Announced | ReleaseSaid,
    filing: Filing,
    registrations: Mapping[str, Done],
    fresh: Sequence[Remeasured],
) -> tuple[Done, Sequence[Notice]]:
    match event:
        case PatientRegistered():
            return registrations[event.path], ()
        case Reported():
            report, notice = await reports.store(filing, event.content, fresh)
            return _done(report), _told(notice)
        case Appointed():
            appointment, notice = await appointments.store(filing, event.content)
            return _done(appointment), _told(notice)
        case Prescribed() | Noted():
            return _done(await _stored_quietly(event, filing)), ()
        case Announced():
            return Done.CREATED, (_announcement(event, filing),)
        case ReleaseSaid():
            record, told = await release.follow(filing, event.record, keep_back=event.keep_back)
            return _done(record), told
        case _:
            assert_never(event)


async def _stored_quietly(event: Prescribed | Noted, filing: Filing) -> Filed:
    if isinstance(event, Prescribed):
        return await medicines.store(filing, event.content)
    return await other_kinds.store(filing, event.content)


def _told(notice: Notice | None) -> Sequence[Notice]:
    return () if notice is None else (notice,)


def _done(filed: Filed | None) -> Done:
    return Done.NOT_KEPT if filed is None else Done(filed.change.value)


def _announcement(event: Announced, filing: Filing) -> Notice:
    return Notice(
        patient=filing.patient,
        facility=filing.facility,
        kind=event.kind,
        subject=subject_of(filing.facility, event.subject),
        happened_at=min(event.happened_at or filing.accepted_at, filing.accepted_at),
        accepted_at=filing.accepted_at,
        received_event=filing.received_event,
        sender_id=filing.sender_id,
        told_state=event.told_state,
        ticket=event.ticket,
        counter=event.counter,
        starts_at=event.starts_at,
    )


def subject_of(facility: UUID, name: str) -> UUID:
    """Give what a facility calls by a name of its own the same id each time."""
    return uuid5(NAMESPACE_URL, f"{facility}/{name}")
