"""Step-up: a code to the number bound to a chart opens restricted records for a short time."""

from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.credentials.one_time_codes import STEP_UP
from backend.auth.credentials.phone_codes import (
    CodeFor,
    CodeSent,
    WrongPhoneCode,
    challenge_phone,
    check_phone_code,
    count_phone_code,
    use_phone_code,
)
from backend.auth.phones.binding import bound_number, bound_with
from backend.auth.rules import STEP_UP_LIFETIME, RecordClass, levels_that_read
from backend.auth.self_service.phone_verification import ChartHeld, NumberNeedsDesk
from backend.auth.sessions.chart_actions import ChartAction, chart_action, chart_actions
from backend.auth.sessions.lost_phone import held_of
from backend.auth.sessions.session_charts import lock_session
from backend.core.database import execute, fetch, transaction
from backend.core.redis import wake_workers


async def ask_for_code(caller: Caller, chart: UUID | None) -> CodeSent:
    """Send a code to the number that is bound to a chart. Only the session that asked can use it.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded, ChartNeeded: see `chart_action`.
        ChartHeld: a lost phone was reported within the last day.
        NumberNeedsDesk: no number is bound to it and in use, or no code opens what is restricted.
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    act = ChartAction(caller, "step_up.code", caller.session, chart)
    async with chart_action(act, RecordClass.PHONES) as held:
        await count_phone_code(held.chart)
        async with transaction():
            if await held_of([held.chart]):
                raise ChartHeld
            contact = await bound_number(held.chart)
            if contact is None or not await _opened_by_codes(caller, [held.chart]):
                raise NumberNeedsDesk
            sent = await challenge_phone(held.chart, contact, CodeFor(STEP_UP, caller.session))
            await act.written_down()
    await wake_workers()
    return sent


async def step_up(caller: Caller, challenge: UUID, code: str) -> tuple[datetime, list[UUID]]:
    """Check the code; give until when, and of which charts, restricted records are open now.

    These are the charts that the session reaches and to which the number of the code is bound. A
    chart is not among them on the day after a lost phone, to which the code may have gone.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or asked for by another session.
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = ChartAction(caller, "step_up", caller.session)
    async with chart_actions(act, RecordClass.PHONES) as held:
        shown_for = CodeFor(STEP_UP, caller.session)
        contact = await check_phone_code(None, shown_for, challenge, code)
        async with transaction():
            lost = await held_of([one.chart for one in held])
            await lock_session(caller)
            await use_phone_code(challenge)
            charts = await bound_with([one.chart for one in held if one.chart not in lost], contact)
            rows = await fetch(
                "UPDATE session_chart SET stepped_up_until = hub_clock() + $3 WHERE session = $1"
                " AND chart = ANY($2) AND ended_at IS NULL AND level = ANY($4)"
                " RETURNING chart, stepped_up_until",
                caller.session, await _opened_by_codes(caller, charts), STEP_UP_LIFETIME,
                [str(level) for level in levels_that_read(RecordClass.PHONES)],
            )  # fmt: skip
            if not rows:
                raise WrongPhoneCode
            opened = [row["chart"] for row in rows]
            await act.written_down(charts=opened)
            until: datetime = min(row["stepped_up_until"] for row in rows)
            return until, opened


async def step_down(caller: Caller) -> None:
    """Hide the restricted records of all charts again at once.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
    """
    act = ChartAction(caller, "step_up.ended", caller.session)
    async with chart_actions(act, RecordClass.PHONES), transaction():
        await execute(
            "UPDATE session_chart SET stepped_up_until = NULL"
            " WHERE session = $1 AND stepped_up_until IS NOT NULL",
            caller.session,
        )
        await act.written_down()


async def _opened_by_codes(caller: Caller, charts: list[UUID]) -> list[UUID]:
    """Leave out charts of discreet facilities, which slips alone open, and what rose by waiting."""
    rows = await fetch(
        "SELECT p.id FROM patient p LEFT JOIN facility f ON f.id = p.facility"
        " JOIN session_chart c ON c.chart = p.id AND c.session = $2 AND c.ended_at IS NULL"
        " WHERE p.id = ANY($1) AND f.discreet IS NOT TRUE AND NOT c.never_restricted",
        charts, caller.session,
    )  # fmt: skip
    return [row["id"] for row in rows]
