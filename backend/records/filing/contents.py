"""The content of records in the hub's words: the result of every dialect's reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.core.i18n import LocalText
from backend.core.preconditions import NONE, Preconditions
from backend.records.dosage.dosing import Plan
from backend.records.record_names import UNNAMED, RecordNames
from backend.records.views.kind_views import ShownView
from backend.records.views.record_views import MeasuredView
from backend.records.wording.order_force import OrderForce


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHandle:
    """Which row a record is, and what it is called from now on."""

    row: UUID
    key: str
    local_id: str
    """What its facility's references call it first."""
    names: list[str]
    identifiers: list[str]
    has_id: bool

    @property
    def columns(self) -> dict[str, Any]:
        """Give the columns of what it is called."""
        return {
            "local_id": self.local_id,
            "names": self.names,
            "identifiers": self.identifiers,
            "has_id": self.has_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The fields that every kind of record has."""

    path: str
    """Where it stands in the message: for telling the sender what is wrong."""
    key: str
    """Its name inside the message; once it is found, that of its row."""
    names: RecordNames = UNNAMED
    """What its sender calls it."""
    handle: RecordHandle | None = None
    """Which row it is, once that is found."""
    preconditions: Preconditions = NONE
    version: str = ""
    updated: datetime | None = None
    content_hash: bytes
    status: str
    happened_at: datetime | None
    """When it happened, as the sender says; without it, the moment it came in."""
    happened_until: datetime | None = None
    """The end of a month or a year, where the sender says no more."""
    restriction: str = ""
    coded: str = ""
    """What the sender coded, as `coded.Coded` in JSON: what machines read beside the words."""
    create_only: bool = False
    """Where there is one with this key already, it is left as it is (FHIR's ifNoneExist)."""
    mentions: "tuple[RecordReference, ...]" = ()
    """The named resources (`parties`) that it refers to, wherever: what they are called may make
    the record a restricted one."""
    blanks: "tuple[Blank, ...]" = ()
    """Fields that say what other resources are called."""

    @property
    def called(self) -> Sequence[str]:
        """Give all that its row is called."""
        return [self.key] if self.handle is None else self.handle.names


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReference:
    """A reference from one record to another of the same facility."""

    path: str
    kind: str
    key: str = ""
    local_id: str = ""
    """One of both: what the reference says."""
    may_dangle: bool = False
    """The other record may come later, or never. A sender's word about one record, as its release,
    may not: it needs that record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file that came with a record."""

    title: str | None
    media_type: str
    size: int
    body: bytes = b""
    """Empty for what is not shown: the raw message has it."""
    not_shown_because: str = ""
    elsewhere: "RecordReference | None" = None
    """The Binary that has it, which may come later, or have come before."""
    digest: bytes = b""
    """What the sender says of a file that is elsewhere, as FHIR's Attachment does; empty or not."""
    withheld: bool = False
    """Of a file that is elsewhere: it is shown only if it is text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOf:
    """A person, a place or a thing of a record: the name, or a reference to it."""

    name: str = ""
    reference: RecordReference | None = None
    role: str | None = None
    """What it is for the record, in the sender's words: surgeon, discharge diagnosis, ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A field of a record that says what other resources are called, as far as they have come.

    Example: `Blank(field="where", names=(NameOf(name="Phòng 3", reference=location),))`. The hub
    fills it when the record is filed, and again when a resource that it mentions comes later
    (`awaiting`). A kind's reader gives blanks; nothing else is needed to have a field filled late.
    """

    field: str
    """As the app reads it, so in camel case. The view gives what stands there without any name."""
    names: tuple[NameOf, ...]
    """In the sender's order."""
    takes_all: bool = False
    """It is a list, of every name that is known, each once. Else it is the first that is known."""
    with_roles: bool = False
    """It is a list of `NamedView`: each name stands with what it is for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationContent(Content):
    code: str
    measured: MeasuredView
    measured_at: str | None
    note: str | None
    method: str | None = None
    body_site: str | None = None
    components: tuple[MeasuredView, ...] = ()
    orders: tuple[str, ...] = ()
    """What it was ordered by: keys of orders, or the names the sender's references call them."""
    members: tuple[RecordReference, ...] = ()
    """Of a panel: what it consists of, in the sender's order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent(Content):
    test_name: str
    issued_at: str | None
    conclusion: str | None
    category: str | None = None
    conclusion_codes: tuple[str, ...] = ()
    measured_at: str | None = None
    observations: tuple[RecordReference, ...] = ()
    """What it consists of, in the sender's order; the members of a panel stand in the panel."""
    orders: tuple[str, ...] = ()
    files: tuple[FileContent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentContent(Content):
    starts_at: datetime | None
    ends_at: datetime | None
    lasts: timedelta | None = None
    """How long it takes, for one whose end is not said."""
    description: str | None
    instructions: str | None
    service_types: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    appointment_type: str | None = None
    cancellation_reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineContent(Content):
    name: str
    dosage: str | None
    instructions: str | None
    prescribed_at: str | None
    plan: Plan | None
    """When it is taken, where that has one meaning."""
    quantity: str | None = None
    """How much of it is handed out."""
    repeats: int | None = None
    status_reason: str | None = None
    starts_at: datetime | None = None
    """From when it is in the place of the one before; without it, when it was prescribed."""
    replaces: RecordReference | None = None
    dosage_in_words: LocalText | None = None
    """The whole of `dosage` in each language, where words were added to what was written."""
    intent: str = "order"
    force: OrderForce = OrderForce.ORDER
    prescription_code: str | None = None
    """What a pharmacy asks for (Circular 26/2025). FHIR has it among identifiers; a reader of the
    insurance XML puts its field here, once that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleContent(Content):
    """A record that is only shown: it plans no doses and no notices."""

    kind: str
    """FHIR's word for it."""
    view: ShownView
    """Without id, facility and names: they are filled in where it is filed."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind has."""
    files: tuple[FileContent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyContent:
    """A Practitioner, a Location, a Medication: the hub stores what other records show of it."""

    path: str = ""
    kind: str
    key: str
    names: RecordNames = UNNAMED
    preconditions: Preconditions = NONE
    create_only: bool = False
    name: str
    content_hash: bytes
    coded: str = ""
    """The codes of a Medication."""
    restriction: str = ""
    """The class of restriction of a record that mentions it."""
    withholds: bool = False
    """Of a record that mentions it, only files of text are shown."""
    mentions: tuple[RecordReference, ...] = ()
    blanks: tuple[Blank, ...] = ()
    """As in a record: a PractitionerRole is called what its Practitioner is."""
    file: FileContent | None = None
    """Of a Binary."""
