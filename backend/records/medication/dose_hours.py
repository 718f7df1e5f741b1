"""The hours of the parts of a day: a facility's, and a patient's own."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, replace
from datetime import time
from uuid import UUID

from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.audit import Act, write_down
from backend.core.database import Row, execute, fetch_one, transaction
from backend.core.errors import HubError, Issue
from backend.records.dosage.dosing import Hours
from backend.records.medication.adherence import SURE
from backend.records.views.record_views import DoseHoursView


class HoursNotInOrder(HubError):
    """Morning, noon, afternoon and evening must follow each other within one day."""

    code = "hours_not_in_order"
    status = 422


async def my_hours(caller: Caller) -> DoseHoursView:
    """Read the patient's own hours, else the usual ones."""
    async with reading_as(caller, None, RecordClass.DOSES) as reader:
        row = await fetch_one(
            "SELECT morning, noon, afternoon, evening FROM patient_dose_hours WHERE patient = $1",
            reader.patient,
        )
    return _view(_hours(row) if row else Hours(), own=row is not None)


async def choose_hours(caller: Caller, hours: Hours) -> DoseHoursView:
    """Set the patient's own hours, for all doses by parts of the day.

    Raises:
        HoursNotInOrder: they do not follow each other.
    """
    async with reading_as(caller, None, RecordClass.DOSES) as reader:
        _refuse_disorder(hours)
        await execute(SURE)
        await execute(
            "INSERT INTO patient_dose_hours (patient, morning, noon, afternoon, evening)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (patient) DO UPDATE"
            " SET morning = $2, noon = $3, afternoon = $4, evening = $5",
            reader.patient, *astuple(hours),
        )  # fmt: skip
    return _view(hours, own=True)


async def forget_hours(caller: Caller) -> None:
    """Remove the patient's own hours; a second call is harmless."""
    async with reading_as(caller, None, RecordClass.DOSES) as reader:
        await execute(SURE)
        await execute("DELETE FROM patient_dose_hours WHERE patient = $1", reader.patient)


async def facility_hours(facility: UUID) -> Hours:
    row = await fetch_one(
        "SELECT morning, noon, afternoon, evening FROM facility_dose_hours WHERE facility = $1",
        facility,
    )
    return _hours(row) if row else Hours()


async def set_facility_hours(facility: UUID, hours: Hours) -> None:
    """Set the hours for a facility's prescriptions.

    Raises:
        HoursNotInOrder: they do not follow each other.
    """
    _refuse_disorder(hours)
    async with transaction():
        await execute(
            "INSERT INTO facility_dose_hours (facility, morning, noon, afternoon, evening)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (facility) DO UPDATE"
            " SET morning = $2, noon = $3, afternoon = $4, evening = $5",
            facility, *astuple(hours),
        )  # fmt: skip
        await write_down(Act(actor_kind="system", action="facility.dose_hours", subject=facility))


async def forget_facility_hours(facility: UUID) -> None:
    async with transaction():
        await execute("DELETE FROM facility_dose_hours WHERE facility = $1", facility)
        await write_down(Act(actor_kind="system", action="facility.dose_hours", subject=facility))


async def with_changes(facility: UUID, said: Mapping[str, str]) -> dict[str, str]:
    """Change the given hours, and give all four.

    Raises:
        HoursNotInOrder: one is no hour, or they do not follow each other.
    """
    hours = await facility_hours(facility)
    changes = {part: _hour(text) for part, text in said.items() if text}
    if changes:
        hours = replace(hours, **changes)
        await set_facility_hours(facility, hours)
    return {part: f"{hour:%H:%M}" for part, hour in asdict(hours).items()}


def _hour(text: str) -> time:
    try:
        hour = time.fromisoformat(text)
    except ValueError as malformed:
        raise HoursNotInOrder from malformed
    if hour.tzinfo is not None:
        raise HoursNotInOrder
    return hour


def _refuse_disorder(hours: Hours) -> None:
    if not hours.follow_each_other:
        raise HoursNotInOrder(faults=[Issue("", "the hours do not follow each other")])


def _hours(row: Row) -> Hours:
    return Hours(row["morning"], row["noon"], row["afternoon"], row["evening"])


def _view(hours: Hours, *, own: bool) -> DoseHoursView:
    return DoseHoursView(
        morning=hours.morning,
        noon=hours.noon,
        afternoon=hours.afternoon,
        evening=hours.evening,
        own=own,
    )
