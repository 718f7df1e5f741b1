"""The events of hospitals, the same for every dialect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.auth.registration.patients import Identifier, Person
from backend.core.preconditions import NONE, Preconditions
from backend.notifications.kinds import Kind
from backend.records.filing.contents import (
    AppointmentContent,
    MedicineContent,
    ObservationContent,
    PartyContent,
    RecordReference,
    ReportContent,
    SimpleContent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRegistered:
    path: str
    person: Person
    create_only: bool = False
    """One whom the facility has registered already is left as he is."""
    unmerged: bool = False
    """The sender states that this patient is merged into nobody."""
    said_at: datetime | None = None
    """When, by the sender's clock."""
    content_hash: bytes = b""
    preconditions: Preconditions = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationEvent:
    content: ObservationContent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEvent:
    content: ReportContent


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentEvent:
    content: AppointmentContent


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionEvent:
    content: MedicineContent


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRecordEvent:
    """A visit, a condition or another record that is shown as it is."""

    content: SimpleContent


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyEvent:
    """The name of a doctor, a department or a partner. It is about no patient."""

    content: PartyContent


@dataclass(frozen=True, slots=True, kw_only=True)
class BareEvent:
    """An event that causes a notice but stores no record."""

    kind: Kind
    subject: str
    """The facility's own name of what it is about."""
    subject_version: str = ""
    event_name: str = ""
    """One of both: a word of the hub's, or the facility's own name of an event that is told each
    time."""
    happened_at: datetime | None = None
    ticket: str = ""
    counter: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """A clinician releases a record, or keeps it back."""

    record: RecordReference
    keep_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStored:
    """A resource of a kind that patients cannot see yet. Only the raw message has it."""


Event = (
    PatientRegistered | ObservationEvent | ReportEvent | AppointmentEvent | PrescriptionEvent
    | OtherRecordEvent | PartyEvent | BareEvent
    | ReleaseDecision | NotStored
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientReference:
    """The patient that a message names, and the path of that name."""

    path: str
    identifier: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientReplacement:
    """One of the facility's patients is another of its patients: the hub merges the two."""

    path: str
    old: Identifier
    new: Identifier
    said_at: datetime | None = None
    """When, by the sender's clock."""


class StoreOutcome(StrEnum):
    """The result of one event."""

    WAITING = "waiting"
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_STORED = "not_kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOutcome:
    """What became of a message, for its answer."""

    done: Sequence[StoreOutcome]
    """Event by event."""
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the sender should hear of its Patients, by path."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By path, what the hub calls a resource whose sender did not name it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """By path, the tag of the state that is stored now."""
    waits: str = ""
    """In words, why the message waits for a human; empty where it does not."""


IntakeAnswer = Callable[[MessageOutcome], str]
"""Says in the sender's dialect what became of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One message of a hospital, read and checked, about at most one patient.

    One that merges brings along whom it merges, and is about the one who stays.
    """

    dialect: str
    sender_id: str | None
    raw: bytes
    posted: bool = False
    """It is one resource, and was POSTed: its id names nothing."""
    content_hash: bytes
    """Of what it says, not of its bytes: the same again may be spelled differently."""
    about: tuple[PatientReference, ...]
    events: tuple[Event, ...]
    answer: IntakeAnswer
    references: tuple[RecordReference, ...] = field(default=())
    """Records of earlier messages that this one refers to."""
    replaced: tuple[PatientReplacement, ...] = field(default=())
    """Whom it merges, all into the same patient."""

    @property
    def only_tells(self) -> bool:
        """Tell whether it stores no record, so that its answer is known before it is taken in."""
        return bool(self.events) and all(isinstance(event, BareEvent) for event in self.events)
