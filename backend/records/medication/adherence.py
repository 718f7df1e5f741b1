"""Notes of a patient on single doses, taken or skipped. They are not part of the record.

A caregiver with full access reads the notes and writes none: only patients themselves say what they
took.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.clock import now
from backend.core.database import Row, execute, fetch_value
from backend.core.errors import HubError, Issue, NotFound
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records.dosage.dosing import DAY, Dose, dose_named
from backend.records.medication.schedule import (
    UNREADABLE_PLAN,
    YEARS,
    hours_of,
    in_force,
    plans_between,
)
from backend.records.views.dose_views import DoseNoteView, DoseState

EVER: Final = (date(YEARS.start, 1, 1), date(YEARS.stop, 1, 1))
AHEAD: Final = 31 * DAY
"""As far as a schedule goes. A dose beyond cannot be noted yet."""
CLOCKS_DIFFER: Final = timedelta(minutes=10)
_LONGEST: Final = 100
SURE: Final = "SET LOCAL synchronous_commit = on"
"""The gate reads without waiting for the disk; what is written waits."""


class NotTakenYet(HubError):
    """The time of a taken dose is in the past. A skipped dose has no time."""

    code = "not_taken_yet"
    status = 422


async def note(caller: Caller, dose: str, state: DoseState, at: datetime | None) -> DoseNoteView:
    """Store the patient's note on a dose, in place of an earlier one.

    Raises:
        NotFound: there is no such dose, or none yet.
        NotTakenYet: at a time that is to come, or when it was skipped.
    """
    async with reading_as(caller, await _chart_of(caller, dose), RecordClass.DOSES) as reader:
        medicine, found = await _find(reader.patient, dose)
        if at is not None and (state is not DoseState.TAKEN or at > now() + CLOCKS_DIFFER):
            raise NotTakenYet(faults=[Issue("at", "is not a time at which it was taken")])
        await execute(SURE)
        await execute(
            "INSERT INTO dose_note (patient, medicine, dose, day, state, taken_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT dose_note_once DO UPDATE"
            " SET state = $5, taken_at = $6, noted_at = hub_clock()",
            reader.patient, medicine, found.name, found.day, state.value, at,
        )  # fmt: skip
    return DoseNoteView(state=state, at=at)


async def forget(caller: Caller, dose: str) -> None:
    """Delete the note on a dose, also of one that is no longer prescribed.

    Raises:
        NotFound: nothing was said.
    """
    async with reading_as(caller, await _chart_of(caller, dose), RecordClass.DOSES) as reader:
        medicine, name = _parts_of(dose)
        await execute(SURE)
        gone = await fetch_value(
            "DELETE FROM dose_note WHERE patient = ANY($1) AND medicine = $2 AND dose = $3"
            " RETURNING id",
            reader.charts, medicine, name,
        )  # fmt: skip
        if gone is None:
            raise NotFound


async def _chart_of(caller: Caller, dose: str) -> UUID | None:
    """Give the chart that the dose's medicine stands in, so that only its trail tells of the note.

    The gate decides whether it is the caller's; None where the session reaches no such chart.
    """
    try:
        medicine, _ = _parts_of(dose)
    except NotFound:  # the gate answers first whether anybody may ask
        return None
    chart: UUID | None = await fetch_value(
        "SELECT own_chart_of_medicine($1, $2)", caller.session, medicine
    )
    return chart


async def _find(patient: UUID, dose: str) -> tuple[UUID, Dose]:
    """Find a dose that is there, by what is and was prescribed of its medicine."""
    medicine, name = _parts_of(dose)
    for row in await plans_between(patient, *EVER, medicine):
        found = row["plan"] and _named(row, name)
        if found and found.at <= now() + AHEAD:
            return medicine, found
    raise NotFound


def _named(row: Row, name: str) -> Dose | None:
    try:
        return dose_named(in_force(row), name, hours_of(row))
    except UNREADABLE_PLAN:
        note_unreadable("dose_rule", "plan")
        return None


def _parts_of(dose: str) -> tuple[UUID, str]:
    medicine, _, name = dose.partition(".")
    try:
        if len(dose) > _LONGEST:
            raise NotFound
        return UUID(medicine), name
    except ValueError as malformed:
        raise NotFound from malformed
