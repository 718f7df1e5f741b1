"""The views of doses: a schedule, the hours of a day, a patient's notes."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from backend.core.i18n import LocalText
from backend.records.dosage.dosing import DayPart, Meal


class DoseState(StrEnum):
    TAKEN = "taken"
    SKIPPED = "skipped"


class DoseNoteView(Struct, frozen=True, rename="camel", kw_only=True):
    """The patient's note on a dose."""

    state: DoseState
    at: datetime | None
    """When it was taken, where the patient said so."""


class DoseView(Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    """The same each time and on each phone, at whatever hour the dose is."""
    kind: str
    """`wall-clock`: at this time where the patient is. `interval`: so long after the one before."""
    date: date
    time: time
    zone: str
    at: datetime
    part: DayPart | None
    """morning, noon, afternoon or evening, where it was prescribed by the part of the day."""
    meal: Meal | None
    medicine_id: UUID
    medicine: str
    amount: str
    dosage: str | None
    """As written: it stands beside the hour, so that nobody has only our reading of it."""
    dosage_in_words: LocalText | None = None
    """As in the medicine."""
    note: DoseNoteView | None


class AsWrittenView(Struct, frozen=True, rename="camel", kw_only=True):
    """A medicine without certain hours."""

    medicine_id: UUID
    medicine: str
    """Empty where no name has come yet."""
    dosage: str | None
    dosage_in_words: LocalText | None = None
    """As in the medicine."""


class ScheduleView(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[DoseView]
    as_written: list[AsWrittenView]
    left_out: int = 0
    """How many medicines are kept, and cannot be read or are too long for so many days."""
    stronger_sign_in_needed: list[str] | UnsetType = UNSET
    """Facilities whose part needs a stronger sign-in; left out where there is none."""


class DoseHoursView(Struct, frozen=True, rename="camel", kw_only=True):
    """The hour of each part of the day, for the doses of one chart."""

    chart: UUID
    morning: time
    noon: time
    afternoon: time
    evening: time
    own: bool
    """The patient chose them. If not, they are the usual ones; a hospital may have others."""


class DoseHoursPage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[DoseHoursView]
    stronger_sign_in_needed: list[str] | UnsetType = UNSET
    """Facilities whose part needs a stronger sign-in; left out where there is none."""
