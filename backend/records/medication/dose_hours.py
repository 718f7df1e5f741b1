"""The hours of the parts of a day: a facility's, and a patient's own."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, replace
from datetime import time
from uuid import UUID

from msgspec import UNSET

from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.audit import Act, write_down
from backend.core.database import Row, execute, fetch, fetch_one, transaction
from backend.core.errors import HubError, Issue, NotFound
from backend.records.dosage.dosing import Hours
from backend.records.medication.adherence import SURE
from backend.records.views.dose_views import DoseHoursPage, DoseHoursView


class HoursNotInOrder(HubError):
    """Morning, noon, afternoon and evening must follow each other within one day."""

    code = "hours_not_in_order"
    status = 422


async def my_hours(caller: Caller) -> DoseHoursPage:
    """Read the patient's own hours for each chart, else the usual ones."""
    async with reading_as(caller, None, RecordClass.DOSES) as reader:
        rows = await fetch(
            "SELECT patient, morning, noon, afternoon, evening FROM patient_dose_hours"
            " WHERE patient = ANY($1)",
            reader.charts,
        )
    chosen = {row["patient"]: _hours(row) for row in rows}
    return DoseHoursPage(
        items=[
            _view(chart, chosen.get(chart, Hours()), own=chart in chosen) for chart in reader.charts
        ],
        stronger_sign_in_needed=reader.weak or UNSET,
    )


async def choose_hours(caller: Caller, chart: UUID | None, hours: Hours) -> DoseHoursPage:
    """Set the patient's own hours for a chart, else for all that are reached strongly enough.

    Raises:
        NotFound: the session does not reach this chart, or any.
        HoursNotInOrder: they do not follow each other.
    """
    async with reading_as(caller, chart, RecordClass.DOSES) as reader:
        if not reader.charts:
            raise NotFound
        _refuse_disorder(hours)
        await execute(SURE)
        await execute(
            "INSERT INTO patient_dose_hours (patient, morning, noon, afternoon, evening)"
            " SELECT chart, $2, $3, $4, $5 FROM unnest($1::uuid[]) AS c (chart) ORDER BY chart"
            " ON CONFLICT (patient) DO UPDATE"
            " SET morning = $2, noon = $3, afternoon = $4, evening = $5",
            reader.charts, *astuple(hours),
        )  # fmt: skip
    return DoseHoursPage(
        items=[_view(open_chart, hours, own=True) for open_chart in reader.charts],
        stronger_sign_in_needed=reader.weak or UNSET,
    )


async def forget_hours(caller: Caller, chart: UUID | None) -> None:
    """Remove the patient's own hours of a chart, else of all; a second call is harmless."""
    async with reading_as(caller, chart, RecordClass.DOSES) as reader:
        await execute(SURE)
        await execute("DELETE FROM patient_dose_hours WHERE patient = ANY($1)", reader.charts)


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


def _view(chart: UUID, hours: Hours, *, own: bool) -> DoseHoursView:
    return DoseHoursView(
        chart=chart,
        morning=hours.morning,
        noon=hours.noon,
        afternoon=hours.afternoon,
        evening=hours.evening,
        own=own,
    )
