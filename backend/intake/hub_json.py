"""Reads the small JSON event, for systems that send no records."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, assert_never

import msgspec
from litestar import Response
from msgspec import Meta, Struct, structs, to_builtins

from backend.auth.identity.identifiers import ANY_SYSTEM, CITIZEN_ID, Identifier
from backend.core.errors import HubError, Issue
from backend.core.http.instants import InstantText, instant_in
from backend.intake.fhir.model.business_keys import key_of
from backend.intake.pipeline.events import (
    BareEvent,
    Event,
    InboundMessage,
    IntakeAnswer,
    MessageOutcome,
    PatientReference,
    ReleaseDecision,
)
from backend.intake.pipeline.take_in import IntakeResult
from backend.notifications.kinds import Kind
from backend.records.filing.contents import RecordReference
from backend.records.kinds import TABLES

Name = Annotated[str, Meta(min_length=1, max_length=100)]
OnTheSlip = Annotated[str, Meta(pattern=r"\A[A-Z]?[0-9]{1,4}\Z")]
"""A letter and four digits at most: nothing clinical fits."""


class AmbiguousPatient(HubError):
    """A patient is named by one number: citizenId or hospitalNumber."""

    code = "ambiguous_patient"
    status = 422


class OtherIdempotencyKey(HubError):
    """The Idempotency-Key must be the eventId, or be left out."""

    code = "other_idempotency_key"
    status = 422


class AmbiguousRecord(HubError):
    """A record is named by a reference (DiagnosticReport/r1), or by its type and identifier."""

    code = "ambiguous_record"
    status = 422


class StatedNumber(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A patient number with the system that gives it."""

    system: Annotated[str, Meta(max_length=200)]
    """Empty for the facility's own numbers."""
    value: Name


class StatedPatient(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The patient of an event, by exactly one of two numbers."""

    citizen_id: Name | None = None
    hospital_number: Name | StatedNumber | None = None
    """A number of the main system, else one that only one chart has; or one with its system."""


class _Event(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True,
             tag_field="type"):  # fmt: skip
    event_id: Name
    patient: StatedPatient
    happened_at: InstantText | None = None


class QueueCalled(_Event, frozen=True, tag="queue.called"):
    ticket: OnTheSlip
    counter: OnTheSlip


class ResultReady(_Event, frozen=True, tag="result.ready"):
    order_id: Name | None = None


class DocumentReady(_Event, frozen=True, tag="document.ready"):
    document_id: Name | None = None


class AppointmentBooked(_Event, frozen=True, tag="appointment.booked"):
    appointment_id: Name
    starts_at: InstantText


class AppointmentMoved(_Event, frozen=True, tag="appointment.moved"):
    appointment_id: Name
    starts_at: InstantText


class AppointmentCancelled(_Event, frozen=True, tag="appointment.cancelled"):
    appointment_id: Name
    starts_at: InstantText | None = None


class RecordIdentifier(Struct, frozen=True, forbid_unknown_fields=True):
    """FHIR's Identifier."""

    system: Name
    value: Name


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """FHIR's Reference to a record that this facility has sent: literal or logical."""

    reference: Annotated[str, Meta(pattern=r"\A[A-Za-z]{1,40}/[A-Za-z0-9.-]{1,64}\Z")] | None = None
    type: Annotated[str, Meta(pattern=r"\A[A-Za-z]{1,40}\Z")] | None = None
    identifier: RecordIdentifier | None = None


class RecordReleased(_Event, frozen=True, tag="record.released"):
    record: Reference


class RecordKeptBack(_Event, frozen=True, tag="record.kept_back"):
    record: Reference


_Announces = (
    QueueCalled | ResultReady | DocumentReady
    | AppointmentBooked | AppointmentMoved | AppointmentCancelled
)  # fmt: skip
HubEvent = _Announces | RecordReleased | RecordKeptBack
Times = Mapping[str, datetime]
_TIMES: Final = {"happened_at": "$.happenedAt", "starts_at": "$.startsAt"}


class EventAccepted(Struct, frozen=True, rename="camel", omit_defaults=True):
    event_id: str
    outcome: str
    """applied, or waiting."""
    remarks: list[str] = []
    """What the sender should know."""


_CANON = msgspec.json.Encoder(order="deterministic")


def read_event(event: HubEvent, raw: bytes, idempotency_key: str | None) -> InboundMessage:
    """Read one event.

    Raises:
        AmbiguousPatient: two numbers, or none.
        AmbiguousRecord: not one record of a kind that is kept.
        OtherIdempotencyKey: the header names another event.
        UnusableInstant: a time is none, or of a year in which nobody has a record.
    """
    if idempotency_key not in {None, event.event_id}:
        raise OtherIdempotencyKey(faults=[Issue("Idempotency-Key", "is not the eventId")])
    times = _times_of(event)
    said = _said(event, times)
    return InboundMessage(
        dialect="hub",
        sender_id=event.event_id,
        raw=raw,
        content_hash=sha256(_CANON.encode(_canonical(event, times))).digest(),
        about=(PatientReference(path="$.patient", identifier=_number(event.patient)),),
        events=(said,),
        references=(said.record,) if isinstance(said, ReleaseDecision) else (),
        answer=_accepted(event.event_id),
    )


def _accepted(event_id: str) -> IntakeAnswer:
    def answer(told: MessageOutcome) -> str:
        accepted = EventAccepted(
            event_id=event_id,
            outcome="waiting" if told.waits else "applied",
            remarks=[told.waits] if told.waits else [],
        )
        return _CANON.encode(accepted).decode()

    return answer


def _number(patient: StatedPatient) -> Identifier:
    own, citizen_id = patient.hospital_number, patient.citizen_id
    if (own is None) == (citizen_id is None):
        raise AmbiguousPatient(faults=[Issue("$.patient", "names one number")])
    if citizen_id is not None:
        return Identifier(CITIZEN_ID, citizen_id)
    if isinstance(own, StatedNumber):
        return Identifier(own.system, own.value)
    return Identifier(ANY_SYSTEM, own or "")


def _times_of(event: HubEvent) -> Times:
    """Read the times of an event, by the names of their fields."""
    said = {name: getattr(event, name, None) for name in _TIMES}
    return {name: instant_in(text, _TIMES[name]) for name, text in said.items() if text is not None}


def _canonical(event: HubEvent, times: Times) -> HubEvent:
    """Write times in one spelling: an event that comes again with another is the same."""
    return structs.replace(event, **{name: to_builtins(at) for name, at in times.items()})


def _said(event: HubEvent, times: Times) -> Event:
    if isinstance(event, RecordReleased | RecordKeptBack):
        return ReleaseDecision(
            record=_record(event.record), keep_back=isinstance(event, RecordKeptBack)
        )
    return _announced(event, times)


_RECORD: Final = "$.record"


def _record(said: Reference) -> RecordReference:
    if said.reference is not None and said.identifier is None:
        kind, _, local_id = said.reference.partition("/")
        named = RecordReference(path=_RECORD, kind=kind, local_id=local_id)
    elif said.reference is None and said.identifier is not None:
        kind = said.type or ""
        token = (said.identifier.system, said.identifier.value)
        named = RecordReference(path=_RECORD, kind=kind, key=key_of(token))
    else:
        raise AmbiguousRecord(faults=[Issue(_RECORD, "names one record")])
    if kind not in TABLES or said.type not in {None, kind}:
        raise AmbiguousRecord(faults=[Issue(_RECORD, "is of no kind that is kept")])
    return named


def _announced(event: _Announces, times: Times) -> BareEvent:
    """Say what it is about: the same order or document is told once, each call and change anew."""
    match event:
        case QueueCalled():
            return BareEvent(
                kind=Kind.QUEUE_CALLED,
                subject=f"event/{event.event_id}",
                subject_version="called",
                happened_at=times.get("happened_at"),
                ticket=event.ticket,
                counter=event.counter,
            )
        case ResultReady():
            return _ready(Kind.RESULT_READY, "order", event.order_id, event, times)
        case DocumentReady():
            return _ready(Kind.DOCUMENT_READY, "document", event.document_id, event, times)
        case AppointmentBooked():
            return _appointment(Kind.APPOINTMENT_BOOKED, event, times)
        case AppointmentMoved():
            return _appointment(Kind.APPOINTMENT_MOVED, event, times)
        case AppointmentCancelled():
            return _appointment(Kind.APPOINTMENT_CANCELLED, event, times)
        case _:
            assert_never(event)


def _ready(
    kind: Kind, of: str, name: str | None, event: ResultReady | DocumentReady, times: Times
) -> BareEvent:
    return BareEvent(
        kind=kind,
        subject=f"{of}/{name}" if name else f"event/{event.event_id}",
        subject_version="final",
        happened_at=times.get("happened_at"),
    )


def _appointment(
    kind: Kind, event: AppointmentBooked | AppointmentMoved | AppointmentCancelled, times: Times
) -> BareEvent:
    return BareEvent(
        kind=kind,
        subject=f"appointment/{event.appointment_id}",
        event_name=event.event_id,
        happened_at=times.get("happened_at"),
        starts_at=times.get("starts_at"),
    )


def accepted_answer(taken: IntakeResult) -> Response[EventAccepted]:
    """Write the answer from what was stored."""
    return Response(
        msgspec.json.decode(taken.answer, type=EventAccepted),
        headers=taken.headers,
    )
