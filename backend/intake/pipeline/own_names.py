"""Hashes every name in a message before it is taken in: no record knows what its sender wrote.

Dialects read names as they come, records only ever meet their hashes. So this is the one place
between the two, for every dialect that there is or will be.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeVar, assert_never
from uuid import UUID

from backend.core.crypto.name_hashes import hash_content, hash_name
from backend.intake.pipeline.events import (
    AppointmentEvent,
    BareEvent,
    Event,
    InboundMessage,
    NotStored,
    ObservationEvent,
    OtherRecordEvent,
    PartyEvent,
    PatientRegistered,
    PrescriptionEvent,
    ReleaseDecision,
    ReportEvent,
)
from backend.records.filing.contents import (
    Blank,
    Content,
    FileContent,
    MedicineContent,
    NameOf,
    ObservationContent,
    PartyContent,
    RecordReference,
    ReportContent,
    SimpleContent,
)
from backend.records.filing.orders import local_id_in, name_of_order
from backend.records.record_names import OwnIdentifier, RecordNames

_C = TypeVar("_C", bound=Content | PartyContent)
_ORDER: Final = "ServiceRequest"
_GROUP: Final = "order_group"
_EVENT: Final = "event"
_SYSTEM: Final = "system"


def with_hashed_names(message: InboundMessage, facility: UUID) -> InboundMessage:
    """Give the message with hashes for names. Its own id stays: it is sealed where it is logged."""
    names = _Names(facility)
    return replace(
        message,
        content_hash=hash_content(message.content_hash),
        events=tuple(names.event(event) for event in message.events),
        references=tuple(names.reference(named) for named in message.references),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    facility: UUID

    def event(self, event: Event) -> Event:
        named: Event
        match event:
            case ObservationEvent():
                named = ObservationEvent(content=self._observation(event.content))
            case ReportEvent():
                named = ReportEvent(content=self._report(event.content))
            case AppointmentEvent():
                named = AppointmentEvent(content=self._filed("Appointment", event.content))
            case PrescriptionEvent():
                named = PrescriptionEvent(content=self._medicine(event.content))
            case OtherRecordEvent():
                named = OtherRecordEvent(content=self._simple(event.content))
            case PartyEvent():
                named = PartyEvent(content=self._filed(event.content.kind, event.content))
            case BareEvent():
                named = replace(
                    event,
                    subject=self._hash(_EVENT, event.subject),
                    event_name=self._hash(_EVENT, event.event_name),
                )
            case ReleaseDecision():
                named = replace(event, record=self.reference(event.record))
            case PatientRegistered() | NotStored():
                named = event
            case _:
                assert_never(event)
        return named

    def reference(self, named: RecordReference) -> RecordReference:
        return replace(
            named,
            key=self._hash(named.kind, named.key),
            local_id=self._hash(named.kind, named.local_id),
        )

    def _filed(self, kind: str, content: _C) -> _C:
        return replace(
            content,
            key=self._hash(kind, content.key),
            names=self._names(kind, content.names),
            content_hash=hash_content(content.content_hash),
            mentions=tuple(map(self.reference, content.mentions)),
            blanks=tuple(map(self._blank, content.blanks)),
        )

    def _names(self, kind: str, names: RecordNames) -> RecordNames:
        """Hash what a record is called; `described` is hashed where its chart is known."""
        return replace(
            names,
            id=self._hash(kind, names.id),
            identifiers=tuple(self._identifier(kind, i) for i in names.identifiers),
            numbers=tuple(self._hash(kind, number) for number in names.numbers),
            sought=self._hash(kind, names.sought),
            body_id=self._hash(kind, names.body_id),
        )

    def _identifier(self, kind: str, said: OwnIdentifier) -> OwnIdentifier:
        return OwnIdentifier(self._hash(_SYSTEM, said.system), self._hash(kind, said.name))

    def _blank(self, blank: Blank) -> Blank:
        return replace(blank, names=tuple(map(self._person, blank.names)))

    def _file(self, file: FileContent) -> FileContent:
        return replace(file, elsewhere=file.elsewhere and self.reference(file.elsewhere))

    def _observation(self, content: ObservationContent) -> ObservationContent:
        return replace(
            self._filed("Observation", content),
            orders=tuple(map(self._order, content.orders)),
            members=tuple(map(self.reference, content.members)),
        )

    def _report(self, content: ReportContent) -> ReportContent:
        return replace(
            self._filed("DiagnosticReport", content),
            people=tuple(map(self._person, content.people)),
            observations=tuple(map(self.reference, content.observations)),
            files=tuple(map(self._file, content.files)),
            orders=tuple(map(self._order, content.orders)),
        )

    def _medicine(self, content: MedicineContent) -> MedicineContent:
        return replace(
            self._filed("MedicationRequest", content),
            replaces=content.replaces and self.reference(content.replaces),
        )

    def _simple(self, content: SimpleContent) -> SimpleContent:
        group = content.columns.get(_GROUP)
        return replace(
            self._filed(content.kind, content),
            people=tuple(map(self._person, content.people)),
            files=tuple(map(self._file, content.files)),
            columns={**content.columns, _GROUP: self._order(group)} if group else content.columns,
        )

    def _person(self, person: NameOf) -> NameOf:
        reference = person.reference
        return person if reference is None else replace(person, reference=self.reference(reference))

    def _order(self, name: str) -> str:
        """Hash the name of an order as results use it: its key, or its local id behind a word."""
        local_id = local_id_in(name)
        if local_id:
            return name_of_order(self._hash(_ORDER, local_id))
        return self._hash(_ORDER, name)

    def _hash(self, kind: str, name: str) -> str:
        return hash_name(self.facility, kind, name)
