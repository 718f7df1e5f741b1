"""What hospitals say, whatever dialect they say it in: one kind of message, one kind of event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from backend.auth.registration.patients import Identifier, Person
from backend.notifications.kinds import Kind
from backend.records.filing.contents import (
    AppointmentContent,
    MedicineContent,
    Mention,
    ObservationContent,
    PartyContent,
    ReportContent,
    ShownContent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRegistered:
    path: str
    person: Person
    create_only: bool = False
    """One whom the facility has registered already is left as he is."""
    stands: bool = False
    """It is said that this patient is merged into nobody."""
    said_at: datetime | None = None
    """When, by the sender's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    content: ObservationContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    content: ReportContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointed:
    content: AppointmentContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescribed:
    content: MedicineContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A visit, a condition or another record that is shown as it is."""

    content: ShownContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a doctor, a department or a partner is called. It is about no patient."""

    content: PartyContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Something happened that is told and not kept: the record of it is elsewhere, or is none."""

    kind: Kind
    subject: str
    """The facility's own name of what it is about."""
    told_state: str
    happened_at: datetime | None = None
    ticket: str = ""
    counter: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSaid:
    """A clinician lets a record be seen, or keeps it back."""

    record: Mention
    keep_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKept:
    """A resource of a kind that is not shown to patients yet. The raw message has it."""


Event = (
    PatientRegistered | Measured | Reported | Appointed | Prescribed | Noted | Named | Announced
    | ReleaseSaid | NotKept
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Who a message says it is about, and where it says so."""

    path: str
    identifier: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """One of the facility's patients is another of its patients: the two are merged."""

    path: str
    old: Identifier
    new: Identifier
    said_at: datetime | None = None
    """When, by the sender's clock."""


class Done(StrEnum):
    """What became of one event."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_KEPT = "not_kept"


Answer = Callable[[Sequence[Done]], str]
"""Says in the sender's dialect what became of a message, event by event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a hospital, read and checked, about at most one patient.

    One that merges brings along whom it merges, and is about the one who stays.
    """

    dialect: str
    sender_id: str | None
    raw: bytes
    content_hash: bytes
    """Of what it says, not of its bytes: the same again may be spelled differently."""
    about: tuple[Whom, ...]
    events: tuple[Event, ...]
    answer: Answer
    mentions: tuple[Mention, ...] = field(default=())
    """Records of earlier messages that this one refers to."""
    replaced: tuple[Replaced, ...] = field(default=())
    """Whom it merges, all into the same patient."""
