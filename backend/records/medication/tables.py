"""Tables of dose plans, of the hours of a day, and of patients' notes on doses."""

from piccolo.columns import UUID, Date, ForeignKey, Text, Time, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.auth.tables import Facility, Patient
from backend.core.database import DB, TimeOrderedId
from backend.records.tables import Medicine, needed


class DoseRule(Table, tablename="dose_rule", db=DB):
    """A dose plan, and the period in which it was the hospital's word."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    medicine = ForeignKey(Medicine, index=True)
    facility = ForeignKey(Facility)
    patient = ForeignKey(Patient, index=True)
    plan = Text()
    """JSON of a `dosing.Plan`: local times with their zone."""
    first_day = Date()
    last_day = Date(null=True, default=None)
    """Between these local days there can be doses; for finding a window's rows."""
    since = Timestamptz(null=True, default=None)
    until = Timestamptz(null=True, default=None)
    """What is said now has no end. What was changed or stopped stays for the days before."""


class FacilityDoseHours(Table, tablename="facility_dose_hours", db=DB):
    """The local hours of a facility's parts of the day."""

    facility = needed(Facility, primary_key=True)
    morning = Time()
    noon = Time()
    afternoon = Time()
    evening = Time()


class PatientDoseHours(Table, tablename="patient_dose_hours", db=DB):
    """The local hours of a patient's day: these count before any facility's."""

    patient = needed(Patient, primary_key=True)
    morning = Time()
    noon = Time()
    afternoon = Time()
    evening = Time()


class DoseNote(Table, tablename="dose_note", db=DB):
    """A patient's note on one dose: taken or skipped. It is not part of the record."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    patient = needed(Patient)
    medicine = needed(Medicine)
    dose = Text()
    """Which dose of the medicine (`dosing.Dose.name`). Never an hour: hours change."""
    day = Date()
    state = Varchar(length=8)
    taken_at = Timestamptz(null=True, default=None)
    noted_at = Timestamptz()
    dose_note_once = Unique(["medicine", "dose"])
