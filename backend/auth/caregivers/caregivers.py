"""Lets a patient and a caregiver list and end grants, over all charts that they reach."""

from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.access.reach import OPENS_GRANTS
from backend.auth.caregivers.grants import Actor, EndedBy, end_grant, end_grants
from backend.auth.caregivers.listed_grants import Grant, grants_on, grants_to
from backend.auth.rules import RecordClass
from backend.auth.sessions.chart_actions import ChartAction, chart_actions, keep_reach
from backend.core.database import fetch, fetch_one, transaction
from backend.core.errors import NotFound

_LISTED = "caregivers"
_ENDED = "caregiver.ended"


async def my_caregivers(caller: Caller, limit: int, before: UUID | None) -> list[Grant]:
    """List the people who may read the caller's charts.

    Raises:
        NotSignedIn: the session has ended.
        StrongerSignInNeeded: signed in too weakly for this.
    """
    act = ChartAction(caller, _LISTED)
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        await act.written_down()
        return await grants_on(act.about, limit, before)


async def cared_for(caller: Caller, limit: int, before: UUID | None) -> list[Grant]:
    """List the charts of others that the caller may read.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = ChartAction(caller, _LISTED)
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        await act.written_down()
        return await grants_to(caller.session, act.about, limit, before)


async def end_my_caregiver(caller: Caller, grant: UUID) -> None:
    """End what the caller gave on one chart, by whichever charts the caregiver reads it.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: no such grant on a chart of the caller's, or it has ended.
    """
    act = ChartAction(caller, _ENDED, grant)
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        row = await fetch_one(
            "SELECT patient FROM caregiver_grant WHERE id = $1 AND patient = ANY($2)",
            grant, act.about,
        )  # fmt: skip
        if row is None:
            raise NotFound
        await keep_reach(caller, [row["patient"]], RecordClass.CAREGIVERS)
        if not await end_grant(grant, EndedBy.PATIENT, _by(caller)):
            raise NotFound


async def give_up(caller: Caller, grant: UUID) -> None:
    """End what the caller was given on one chart, by the charts that the caller reaches.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: no such grant to a chart of the caller's, or it has ended.
    """
    act = ChartAction(caller, _ENDED, grant)
    async with chart_actions(act, RecordClass.CAREGIVERS), transaction():
        await keep_reach(caller, act.about, RecordClass.CAREGIVERS)
        rows = await fetch(
            "SELECT o.id FROM caregiver_grant g JOIN caregiver_grant o USING (act, patient)"
            " JOIN session_chart c ON c.session = $3 AND c.chart = o.caregiver"
            "  AND c.ended_at IS NULL JOIN patient a ON a.id = o.caregiver"
            " JOIN patient p ON p.id = o.patient WHERE g.id = $1 AND g.caregiver = ANY($2)"
            f" AND o.caregiver = ANY($2) AND g.ended_at IS NULL AND {OPENS_GRANTS}",
            grant, act.about, caller.session,
        )  # fmt: skip
        found = [row["id"] for row in rows]
        if not found or not await end_grants(found, EndedBy.CAREGIVER, _by(caller)):
            raise NotFound


def _by(caller: Caller) -> Actor:
    return Actor("patient", caller.session, caller.address)
