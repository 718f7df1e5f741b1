"""Not me: a person says that a chart is not theirs, and is rid of it for good."""

from typing import Final
from uuid import UUID

from backend.auth.access.chart_turn import take_turn_alone
from backend.auth.access.gate import Caller, NotSignedIn, StrongerSignInNeeded
from backend.auth.access.reach import chart_for
from backend.auth.caregivers.grants import Actor, end_grants_of
from backend.auth.phones.binding import note_not_theirs
from backend.auth.rules import RecordClass
from backend.auth.sessions.chart_actions import ChartAction, refusals_written
from backend.auth.sessions.reach_endings import end_reach, lock_sessions
from backend.auth.sessions.session_charts import IS_REACHED
from backend.auth.sign_in.pairs import lock_numbers
from backend.core.change_signals import publish
from backend.core.database import fetch, fetch_value, transaction

NOT_ME: Final = "not_me"
"""Why a reach has ended: a person said that the chart is not theirs."""


async def leave(caller: Caller, chart: UUID) -> None:
    """End the reach of a chart that is somebody else's, its binding and its grants.

    Every session that a code to the same number opened loses it, and so does what such a session
    approved. Its number is noted as not theirs: nothing of that chart goes there any more. So is a
    number of that chart which a code in this session has proved for another one. A chart that was
    reached by a slip or VNeID alone keeps its number: nobody has said a word about that.

    Raises:
        NotSignedIn: the session was ended or is over.
        NotFound: it does not reach the chart by its own proof.
        StrongerSignInNeeded: it does too weakly, or has not stepped up just now.
    """
    act = ChartAction(caller, "charts.left", chart, chart)
    async with refusals_written(act):
        held = await chart_for(caller, chart, RecordClass.PROFILE)
        act.about = [chart]
        if not held.stepped_up:
            raise StrongerSignInNeeded
        async with transaction():
            await take_turn_alone(chart)
            await lock_numbers([chart])
            contact = await _own_number(caller.session, chart)
            sessions = await _resting_on(caller.session, chart, contact)
            if caller.session not in await lock_sessions([caller.session, *sessions]):
                raise NotSignedIn
            if contact is not None:
                await note_not_theirs(chart, contact)
            await act.written_down()
            await end_reach(sessions, [chart], NOT_ME)
            await end_grants_of(chart, Actor("patient", caller.session, caller.address))
    publish(chart)


async def _own_number(session: UUID, chart: UUID) -> UUID | None:
    """Give the number that opened a chart here; else one of its own that opened another one."""
    contact: UUID | None = await fetch_value(
        "SELECT coalesce(mine.contact, (SELECT c.id FROM contact_point c WHERE c.patient = $2"
        " AND c.kind = 'own' AND c.number_hash IN (SELECT n.number_hash FROM session_chart sc"
        f"  JOIN contact_point n ON n.id = sc.contact WHERE sc.session = $1 AND {IS_REACHED})"
        " ORDER BY c.id DESC LIMIT 1)) FROM session_chart mine"
        " WHERE mine.session = $1 AND mine.chart = $2 AND mine.ended_at IS NULL",
        session, chart,
    )  # fmt: skip
    return contact


async def _resting_on(session: UUID, chart: UUID, contact: UUID | None) -> list[UUID]:
    """Give the sessions that reach a chart by the same number, or by the word of such a one."""
    rows = await fetch(
        "SELECT sc.session FROM session_chart sc LEFT JOIN contact_point c ON c.id = sc.contact"
        " LEFT JOIN contact_point said ON said.id = $3"
        " WHERE sc.chart = $2 AND sc.ended_at IS NULL AND (sc.session = $1"
        "  OR c.number_hash = said.number_hash OR (sc.proof = 'approval' AND $3 IS NOT NULL))"
        " ORDER BY sc.session",
        session, chart, contact,
    )  # fmt: skip
    return [row["session"] for row in rows]
