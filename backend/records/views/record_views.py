"""The views of results, appointments and medicines, field by field."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.json import Encoder

from backend.core.i18n import LocalText
from backend.records.views.part_views import NamedView

WRITER = Encoder(decimal_format="number")
"""Numbers leave exactly as the laboratory wrote them: `72.50` stays `72.50`."""


class RangeView(Struct, frozen=True, rename="camel", kw_only=True):
    """A reference range, and the group it applies to."""

    low: Decimal | None
    high: Decimal | None
    unit: str | None
    """For people, as in a measurement."""
    text: str | None
    kind: str | None
    """What it is the range of: what is normal, what a treatment aims at, ..."""
    applies_to: list[str]
    age: str | None
    unit_as_sent: str | None = None


class InterpretationView(Struct, frozen=True, rename="camel", kw_only=True):
    code: str | None
    """The sender's, as in N, H, L or A."""
    text: str | None


class SeriesView(Struct, frozen=True, rename="camel", kw_only=True):
    """A series of numbers from a machine: FHIR's SampledData."""

    origin: Decimal
    unit: str | None
    period: Decimal
    """Milliseconds between two of them."""
    factor: Decimal | None
    lower_limit: Decimal | None
    upper_limit: Decimal | None
    dimensions: int
    data: str | None
    """Decimal numbers with spaces between them; E, L and U for an error and beyond a limit."""


class MeasuredView(Struct, frozen=True, rename="camel", kw_only=True):
    """A name and a value: a number with its unit, or a text."""

    name: str
    value: float | bool | str | None
    """A number here is a Decimal; `float` is what the contract calls it, and msgspec allows no
    second kind beside `str`. What has several parts is written as one text."""
    comparator: str | None = None
    """`<`, `<=`, `>=` or `>` in front of the number."""
    unit: str | None = None
    series: SeriesView | None = None
    reference_ranges: list[RangeView] = []
    interpretations: list[InterpretationView] = []
    absent_reason: str | None = None
    absent_code: str | None = None
    """FHIR's code of that reason, where its sender gave one."""
    unit_as_sent: str | None = None
    """The unit as its sender wrote it, where people read it otherwise: `Cel` for `°C`."""
    value_as_sent: str | None = None
    """What its sender wrote, where people read it otherwise: a moment, or numbers in one text."""


class RecordView(Struct, frozen=True, rename="camel", kw_only=True):
    """The fields of every record."""

    id: UUID
    status: str
    """In FHIR's words, as its sender says."""
    facility: str
    """Whose word it is."""
    as_of: datetime | None
    """When that hospital said so: what may have changed since then, it has not said yet."""


class ObservationView(MeasuredView, frozen=True, rename="camel", kw_only=True):
    id: UUID
    status: str
    facility: str
    as_of: datetime | None
    """As in every record."""
    corrected_at: datetime | None
    """When it was last corrected; none for what never was."""
    measured_at: str | None
    note: str | None
    method: str | None
    body_site: str | None
    specimen: str | None
    components: list[MeasuredView]
    people: list[str] = []
    """Who measured it: people, department, laboratory, as far as their names are known here."""
    device: str | None = None
    """With what it was measured."""


class FileView(Struct, frozen=True, rename="camel", kw_only=True):
    """A file of a record. Its place in the list is its number."""

    title: str | None
    media_type: str
    size: int
    shown: bool
    """Whether it can be read here. What cannot is had from the hospital."""
    why_not: str | None


class ResultHeader(RecordView, frozen=True, rename="camel", kw_only=True):
    """A result as a list shows it."""

    test_name: str
    category: str | None
    """`laboratory` or `imaging`, where the sender says which."""
    issued_at: str | None
    corrected_at: datetime | None
    """When it, or a value in it, was last corrected; none for what never was."""
    people: list[str]
    """Who made and who read it, as far as their names are known here."""
    missing: int = 0
    """How many of its measurements its sender names that have not come."""
    conclusion: str | None
    order_complete: bool | None
    """Whether everything is there that was ordered with it; nothing where no order is known."""
    files: list[FileView]
    conclusion_codes: list[str] = []
    """What it concludes in coded words; `conclusion` has them where there are no others."""
    specimens: list[str] = []
    """Of what it was made."""
    measured_at: str | None = None
    """When the specimen was taken or the picture made, as its sender wrote it."""


class ResultView(ResultHeader, frozen=True, rename="camel", kw_only=True):
    observations: list[ObservationView]


class AppointmentView(RecordView, frozen=True, rename="camel", kw_only=True):
    starts_at: datetime
    ends_at: datetime | None
    what: str | None
    where: str | None
    people: list[str] = []
    """With whom, as far as their names are known here."""
    instructions: str | None
    locations: list[str] = []
    """All places of it; `where` is the first."""
    participants: list[NamedView] = []
    """The same with what they are for it, where that is said."""
    service_types: list[str] = []
    """What is to be done."""
    specialties: list[str] = []
    """The speciality of who does it."""
    appointment_type: str | None = None
    """The sort of appointment, as in a check-up."""
    reasons: list[str] = []
    """Why it was made."""
    cancellation_reason: str | None = None
    """Why it was cancelled."""
    note: str | None = None
    """What else the hospital says of it."""


class MedicineView(RecordView, frozen=True, rename="camel", kw_only=True):
    name: str
    dosage: str | None
    """As written; what only codes say stands in words, in Vietnamese."""
    instructions: str | None
    prescribed_at: str | None
    scheduled: bool
    """Whether the schedule has doses of it. If not, only the text counts."""
    facility: str
    replaced_by: UUID | None = None
    """The prescription that took its place, where that may be named."""
    replaced_from: datetime | None = None
    """From then on it has no doses, whatever its status is."""
    dosage_in_words: LocalText | None = None
    """The whole of `dosage` in each language, where the hub has added words to what was written."""
    intent: str = ""
    """FHIR's code: of these, proposal, plan and option are no orders."""
    do_not_perform: bool = False
    """It is an order not to take it."""
    caution: LocalText | None = None
    """Why it is not to be taken now: forbidden, only thought of, paused, stopped, ..."""
    prescription_code: str | None = None
    """The code of the electronic prescription, which a pharmacy asks for. To be shown as text, and
    as a QR code of exactly this text."""
    requester: str | None = None
    """Who prescribed it."""
    reasons: list[str] = []
    """What it was prescribed for."""
    quantity: str | None = None
    """How much of it is handed out each time, as written."""
    repeats: int | None = None
    """How often it may be handed out again."""
    status_reason: str | None = None
    """Why it has this status, as in stopped because of a rash."""


class ResultPage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[ResultHeader]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are kept but cannot be read. The hub's operators know of them."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


class AppointmentPage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[AppointmentView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are kept but cannot be read. The hub's operators know of them."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


class MedicinePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[MedicineView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are kept but cannot be read. The hub's operators know of them."""
    stronger_sign_in_needed: list[str] = []
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


def stronger_sign_in(weak: Sequence[str] | None) -> bytes:
    """Name the facilities whose charts need a stronger sign-in, as the last field of a page."""
    return b',"strongerSignInNeeded":%s' % WRITER.encode(weak) if weak else b""
