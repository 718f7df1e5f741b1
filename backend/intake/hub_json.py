"""Reads the small JSON event, for systems that send no records."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final, assert_never

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from backend.auth.registration.patients import Identifier
from backend.core.errors import HubError, Issue
from backend.intake.fhir.model.business_keys import key_of
from backend.intake.pipeline.events import (
    BareEvent,
    Event,
    InboundMessage,
    IntakeAnswer,
    PatientReference,
    ReleaseDecision,
)
from backend.intake.pipeline.take_in import IntakeResult
from backend.notifications.kinds import Kind
from backend.records.filing.contents import RecordReference
from backend.records.kinds import TABLES

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Moment = Annotated[datetime, Meta(tz=True)]
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


class StatedPatient(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The patient of an event, by exactly one of two numbers."""

    citizen_id: Name | None = None
    hospital_number: Name | None = None


class _Event(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True,
             tag_field="type"):  # fmt: skip
    event_id: Name
    patient: StatedPatient
    happened_at: Moment | None = None


class QueueCalled(_Event, frozen=True, tag="queue.called"):
    ticket: OnTheSlip
    counter: OnTheSlip


class ResultReady(_Event, frozen=True, tag="result.ready"):
    order_id: Name | None = None


class DocumentReady(_Event, frozen=True, tag="document.ready"):
    document_id: Name | None = None


class AppointmentBooked(_Event, frozen=True, tag="appointment.booked"):
    appointment_id: Name
    starts_at: Moment


class AppointmentMoved(_Event, frozen=True, tag="appointment.moved"):
    appointment_id: Name
    starts_at: Moment


class AppointmentCancelled(_Event, frozen=True, tag="appointment.cancelled"):
    appointment_id: Name
    starts_at: Moment | None = None


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


class EventAccepted(Struct, frozen=True, rename="camel"):
    event_id: str
    outcome: str


_CANON = msgspec.json.Encoder(order="deterministic")


def read_event(event: HubEvent, raw: bytes, idempotency_key: str | None) -> InboundMessage:
    """Read one event.

    Raises:
        AmbiguousPatient: two numbers, or none.
        AmbiguousRecord: not one record of a kind that is kept.
        OtherIdempotencyKey: the header names another event.
    """
    if idempotency_key not in {None, event.event_id}:
        raise OtherIdempotencyKey(faults=[Issue("Idempotency-Key", "is not the eventId")])
    said = _said(event)
    return InboundMessage(
        dialect="hub",
        sender_id=event.event_id,
        raw=raw,
        content_hash=sha256(_CANON.encode(event)).digest(),
        about=(PatientReference(path="$.patient", identifier=_number(event.patient)),),
        events=(said,),
        references=(said.record,) if isinstance(said, ReleaseDecision) else (),
        answer=_accepted(event.event_id),
    )


def _accepted(event_id: str) -> IntakeAnswer:
    def answer(_: object) -> str:
        return _CANON.encode(EventAccepted(event_id=event_id, outcome="applied")).decode()

    return answer


def _number(patient: StatedPatient) -> Identifier:
    given = [
        Identifier(system, value)
        for system, value in (
            ("urn:vn:citizen-id", patient.citizen_id),
            ("", patient.hospital_number),
        )
        if value is not None
    ]
    if len(given) != 1:
        raise AmbiguousPatient(faults=[Issue("$.patient", "names one number")])
    return given[0]


def _said(event: HubEvent) -> Event:
    if isinstance(event, RecordReleased | RecordKeptBack):
        return ReleaseDecision(
            record=_record(event.record), keep_back=isinstance(event, RecordKeptBack)
        )
    return _announced(event)


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


def _announced(event: _Announces) -> BareEvent:
    """Say what it is about: the same order or document is told once, each call and change anew."""
    match event:
        case QueueCalled():
            return BareEvent(
                kind=Kind.QUEUE_CALLED,
                subject=f"event/{event.event_id}",
                subject_version="called",
                happened_at=event.happened_at,
                ticket=event.ticket,
                counter=event.counter,
            )
        case ResultReady():
            return _ready(Kind.RESULT_READY, "order", event.order_id, event)
        case DocumentReady():
            return _ready(Kind.DOCUMENT_READY, "document", event.document_id, event)
        case AppointmentBooked():
            return _appointment(Kind.APPOINTMENT_BOOKED, event)
        case AppointmentMoved():
            return _appointment(Kind.APPOINTMENT_MOVED, event)
        case AppointmentCancelled():
            return _appointment(Kind.APPOINTMENT_CANCELLED, event)
        case _:
            assert_never(event)


def _ready(kind: Kind, of: str, name: str | None, event: ResultReady | DocumentReady) -> BareEvent:
    return BareEvent(
        kind=kind,
        subject=f"{of}/{name}" if name else f"event/{event.event_id}",
        subject_version="final",
        happened_at=event.happened_at,
    )


def _appointment(
    kind: Kind, event: AppointmentBooked | AppointmentMoved | AppointmentCancelled
) -> BareEvent:
    return BareEvent(
        kind=kind,
        subject=f"appointment/{event.appointment_id}",
        event_name=event.event_id,
        happened_at=event.happened_at,
        starts_at=event.starts_at,
    )


def accepted_answer(taken: IntakeResult) -> Response[EventAccepted]:
    """Write the answer from what was stored."""
    return Response(
        msgspec.json.decode(taken.answer, type=EventAccepted),
        headers=taken.headers,
    )
