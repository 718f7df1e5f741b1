"""Finds which row each record of a message is, and lets its events speak of those rows.

Inside a message records refer to each other by names that hold there. From here on they refer by
the keys of rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from backend.intake.pipeline.events import (
    AppointmentEvent,
    Event,
    ObservationEvent,
    OtherRecordEvent,
    PrescriptionEvent,
    ReportEvent,
)
from backend.intake.pipeline.message_outcomes import StoredState
from backend.records.filing.contents import (
    Content,
    MedicineContent,
    ObservationContent,
    RecordHandle,
    RecordReference,
    ReportContent,
    SimpleContent,
)
from backend.records.filing.filing import Filing
from backend.records.filing.known_records import find_records
from backend.records.kinds import TABLES

_C = TypeVar("_C", bound=Content)
_ORDER: Final = "ServiceRequest"
_GROUP: Final = "order_group"
_Found = Mapping[tuple[str, str], RecordHandle]


async def with_their_rows(
    events: Sequence[Event], filing: Filing, state: StoredState
) -> list[Event]:
    """Give the events with the keys of the rows that are meant; note these rows by path.

    Raises:
        SeveralRecords, OtherRecordId, RecordTwice, PreconditionFailed: see `known_records`.
    """
    by_kind: dict[str, list[Content]] = {}
    for event in events:
        for kind, content in _content_of(event):
            by_kind.setdefault(kind, []).append(content)
    found: dict[tuple[str, str], RecordHandle] = {}
    for kind in filter(by_kind.__contains__, TABLES):
        handles = await find_records(kind, filing, by_kind[kind])
        found |= {(kind, key): handle for key, handle in handles.items()}
        state.rows.update({said.path: handles[said.key].row for said in by_kind[kind]})
    return [_with_rows(event, found) for event in events]


def _content_of(event: Event) -> list[tuple[str, Content]]:
    match event:
        case ObservationEvent():
            return [("Observation", event.content)]
        case ReportEvent():
            return [("DiagnosticReport", event.content)]
        case AppointmentEvent():
            return [("Appointment", event.content)]
        case PrescriptionEvent():
            return [("MedicationRequest", event.content)]
        case OtherRecordEvent():
            return [(event.content.kind, event.content)]
        case _:
            return []


def _with_rows(event: Event, found: _Found) -> Event:
    match event:
        case ObservationEvent():
            return ObservationEvent(content=_observation(event.content, found))
        case ReportEvent():
            return ReportEvent(content=_report(event.content, found))
        case AppointmentEvent():
            return AppointmentEvent(content=_filed("Appointment", event.content, found))
        case PrescriptionEvent():
            return PrescriptionEvent(content=_medicine(event.content, found))
        case OtherRecordEvent():
            return OtherRecordEvent(content=_simple(event.content, found))
        case _:
            return event


def _filed(kind: str, content: _C, found: _Found) -> _C:
    handle = found[kind, content.key]
    return replace(content, key=handle.key, handle=handle)


def _observation(content: ObservationContent, found: _Found) -> ObservationContent:
    filed = _filed("Observation", content, found)
    return replace(
        filed,
        orders=_orders(content.orders, found),
        members=tuple(_reference(member, found) for member in content.members),
    )


def _report(content: ReportContent, found: _Found) -> ReportContent:
    return replace(
        _filed("DiagnosticReport", content, found),
        observations=tuple(_reference(named, found) for named in content.observations),
        orders=_orders(content.orders, found),
    )


def _medicine(content: MedicineContent, found: _Found) -> MedicineContent:
    filed = _filed("MedicationRequest", content, found)
    return replace(filed, replaces=content.replaces and _reference(content.replaces, found))


def _simple(content: SimpleContent, found: _Found) -> SimpleContent:
    filed = _filed(content.kind, content, found)
    group = content.columns.get(_GROUP)
    if not group:
        return filed
    return replace(filed, columns={**content.columns, _GROUP: _orders([group], found)[0]})


def _reference(named: RecordReference, found: _Found) -> RecordReference:
    handle = found.get((named.kind, named.key))
    return named if handle is None else replace(named, key=handle.key)


def _orders(names: Sequence[str], found: _Found) -> tuple[str, ...]:
    handles = [(name, found.get((_ORDER, name))) for name in names]
    return tuple(handle.key if handle else name for name, handle in handles)
