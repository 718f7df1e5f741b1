"""Lost phones at the desk, with a paper; the hub's own support lifts what was reported."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.auth.identity import citizen_id
from backend.auth.sessions import lost_phone
from backend.auth.sessions.lost_phone import chart_is_held
from backend.core.database import fetch
from backend.core.errors import HubError, NotFound
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import check_at_a_desk, patient_in_scope
from backend.support.patients.search import having_citizen_id
from backend.support.rules import Action

MOST_HELD = 50
_IF_HELD: Final = f"SELECT p.id FROM patient p WHERE p.id = $1 AND {chart_is_held('p.id')}"


class NotOfTheHub(HubError):
    """Only the hub's own support may do this, not the staff of a facility."""

    code = "not_of_the_hub"
    status = 403


class HeldChartView(Struct, frozen=True, rename="camel"):
    """A chart that is held, for the hub's own support: nothing of the person."""

    patient: UUID
    facility: str
    """Whose chart it is."""
    reported_by: str
    """The facility whose desk heard of the lost phone."""
    reported_at: datetime
    until: datetime


class HeldCharts(Struct, frozen=True, rename="camel"):
    items: list[HeldChartView]


async def report_lost_phone(staff: StaffCaller, patient: UUID, proof: Paper, reason: str) -> None:
    """End all that reaches the chart, and hold what that reached, for 24 hours.

    The answer is the same whether anything reached it.

    Raises:
        NotAtADesk: they cannot have seen a paper.
        SearchFirst, NotFound: not a chart that they have looked up, or may meet.
        LostAlready: within 30 days.
    """
    async with audited_action(staff, Action.LOST_PHONE, f"{proof}: {reason}") as act:
        facility = check_at_a_desk(staff)
        await patient_in_scope(act, patient)
        act.why = f"{proof}: {reason}"
        act.subject = await lost_phone.report_lost(patient, facility, staff.staff, proof)


async def held_charts(staff: StaffCaller, number: str, reason: str) -> HeldCharts:
    """List which charts with this citizen id are held.

    Raises:
        NotOfTheHub: they belong to a facility.
        NotACitizenId: it cannot be one.
    """
    async with audited_action(staff, Action.LIFT_LOST_PHONE, reason) as act:
        _check_of_the_hub(staff)
        rows = await fetch(
            "SELECT p.id AS patient, f.short_name AS facility, b.short_name AS reported_by,"
            " l.made_at AS reported_at, h.until FROM chart_hold h"
            " JOIN lost_phone l ON l.id = h.lost_phone JOIN facility b ON b.id = l.facility"
            " JOIN patient p ON p.id = h.chart JOIN facility f ON f.id = p.facility"
            " WHERE h.chart = ANY($1) AND h.ended_at IS NULL AND h.until > hub_clock()"
            " ORDER BY h.id LIMIT $2",
            await having_citizen_id(citizen_id.digits(number)), MOST_HELD,
        )  # fmt: skip
        act.result = "done" if rows else "not_found"
    return HeldCharts([HeldChartView(**row) for row in rows])


async def lift_lost_phone(staff: StaffCaller, patient: UUID, reason: str) -> None:
    """End every hold on this chart, and on what was held together with it. No session comes back.

    Raises:
        NotOfTheHub: they belong to a facility.
        NotFound: this chart is not held.
    """
    async with audited_action(staff, Action.LIFT_LOST_PHONE, reason) as act:
        _check_of_the_hub(staff)
        if not await fetch(_IF_HELD, patient):
            raise NotFound
        act.patient = patient
        await lost_phone.lift(patient, staff.staff)


def _check_of_the_hub(staff: StaffCaller) -> None:
    """Refuse a facility's staff: who reported a lost phone by mistake does not judge it."""
    if staff.facility is not None:
        raise NotOfTheHub
