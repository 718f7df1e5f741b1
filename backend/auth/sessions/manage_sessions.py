"""Lists and ends sessions on the charts that the caller reaches, from any strong enough sign-in.

A session is seen and ended through a chart that both reach. What else it reaches is neither told
nor ended: a facility that gave somebody a chart and a phone gave them no more than that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, StrongerSignInNeeded
from backend.auth.access.reach import Reached, reached_by
from backend.auth.rules import APPROVAL_LIFETIME, APPROVAL_TRIES, SESSION_IDLE, may_approve
from backend.auth.sessions.chart_actions import (
    ChartAction,
    own_device,
    refusals_written,
)
from backend.auth.sessions.device_approval import waiting
from backend.auth.sessions.devices import model_and_name
from backend.auth.sessions.reach_endings import EndedReach, end_reach, end_whole, lock_sessions
from backend.auth.sessions.session_charts import IS_REACHED
from backend.core.database import Row, fetch, transaction
from backend.core.errors import NotFound

_ENDED = "sign_in.ended"
_BY_PATIENT = "ended_by_patient"
LIVES = "s.ended_at IS NULL AND s.expires_at > hub_clock()"
_LISTED: Final = (
    "SELECT s.id, s.device, d.platform, d.details, s.created_at, s.used_at,"
    f" coalesce({waiting('$2', '$3')}, false) AS waiting"
    " FROM session s JOIN device d ON d.id = s.device"
    f" WHERE {LIVES} AND s.used_at > hub_clock() - $4::interval"
    " AND s.id = ANY(ARRAY(SELECT sc.session FROM session_chart sc"
    f"  WHERE sc.chart = ANY($5) AND {IS_REACHED} UNION SELECT $1))"
    " AND ($6::uuid IS NULL OR s.id < $6) ORDER BY s.id DESC LIMIT $7"
)
_OTHERS: Final = (
    f"SELECT s.id FROM session s WHERE {LIVES} AND s.id <> $1"
    " AND s.id IN (SELECT sc.session FROM session_chart sc"
    f"  WHERE sc.chart = ANY($2) AND {IS_REACHED})"
    " AND ($3::uuid IS NULL OR s.id = $3) AND ($4::uuid IS NULL OR s.device = $4)"
)
"""The sessions beside `$1` that reach one of the charts `$2`; only `$3`, or only on `$4`."""


@dataclass(frozen=True, slots=True)
class SharedChart:
    """A chart that a listed session reaches, and the caller's too."""

    chart: UUID
    level: str
    proof: str
    reached_at: datetime
    stepped_up_until: datetime | None
    """So long its restricted records are open there."""


@dataclass(frozen=True, slots=True)
class MySession:
    id: UUID
    device: UUID
    platform: str
    model: str
    name: str
    created_at: datetime
    used_at: datetime
    waiting: bool
    """It asks to be approved by another phone."""
    current: bool
    charts: list[SharedChart]


async def my_sessions(caller: Caller, limit: int, before: UUID | None) -> list[MySession]:
    """List the caller's session and those that reach a chart with it, the newest first.

    Raises:
        NotSignedIn: the session has ended.
    """
    own = await reached_by(caller)
    strong = strong_charts(own)
    rows = await fetch(
        _LISTED,
        caller.session, APPROVAL_TRIES, APPROVAL_LIFETIME, SESSION_IDLE, strong, before, limit,
    )  # fmt: skip
    shared = await _shared(rows, caller.session, strong, [one.chart for one in own])
    return [_mine(row, caller.session, shared) for row in rows]


async def _shared(
    rows: Sequence[Row], own: UUID, strong: Sequence[UUID], all_own: Sequence[UUID]
) -> Sequence[Row]:
    return await fetch(
        "SELECT sc.session, sc.chart, sc.level, sc.proof, sc.reached_at,"
        " CASE WHEN sc.stepped_up_until > hub_clock() THEN sc.stepped_up_until END"
        f"  AS stepped_up_until FROM session_chart sc WHERE sc.session = ANY($1) AND {IS_REACHED}"
        " AND (sc.chart = ANY($3) OR (sc.session = $2 AND sc.chart = ANY($4))) ORDER BY sc.id",
        [row["id"] for row in rows], own, strong, all_own,
    )  # fmt: skip


def _mine(row: Row, current: UUID, shared: Iterable[Row]) -> MySession:
    facts = dict(row)
    model, name = model_and_name(facts.pop("details"), row["device"])
    charts = [
        SharedChart(
            chart=reach["chart"],
            level=reach["level"],
            proof=reach["proof"],
            reached_at=reach["reached_at"],
            stepped_up_until=reach["stepped_up_until"],
        )
        for reach in shared
        if reach["session"] == row["id"]
    ]
    return MySession(**facts, model=model, name=name, current=row["id"] == current, charts=charts)


def strong_charts(own: Iterable[Reached]) -> list[UUID]:
    """Give the charts through which a session sees, ends and approves others."""
    return [one.chart for one in own if may_approve(one.level)]


async def end_session(caller: Caller, session: UUID) -> None:
    """End the caller's own session, or what another one reaches together with it.

    Raises:
        NotSignedIn: the caller's own has ended.
        StrongerSignInNeeded: another one than its own, and signed in too weakly for that.
        NotFound: none that lives reaches a chart with the caller's.
    """
    act = ChartAction(caller, _ENDED, session)
    async with refusals_written(act), transaction():
        await own_device(caller)
        if session == caller.session:
            ended = await end_whole(session, _BY_PATIENT)
        else:
            ended = await _end_shared(caller, session=session)
            if not ended:
                raise NotFound
        await _written(act, ended)


async def end_other_sessions(caller: Caller) -> None:
    """End what all other sessions reach together with the caller's.

    Raises:
        NotSignedIn: the caller's own has ended.
        StrongerSignInNeeded: signed in too weakly for that.
    """
    act = ChartAction(caller, _ENDED)
    async with refusals_written(act), transaction():
        await own_device(caller)
        await _written(act, await _end_shared(caller))


async def end_device(caller: Caller, device: UUID) -> None:
    """End what the sessions on a phone reach together with the caller's; of its own phone, itself.

    Raises:
        NotSignedIn: the caller's own session has ended.
        StrongerSignInNeeded: another phone than its own, and signed in too weakly for that.
        NotFound: no phone with a session that reaches a chart with the caller's.
    """
    act = ChartAction(caller, _ENDED, device)
    async with refusals_written(act), transaction():
        if device == (await own_device(caller)).device:
            ended = await _end_here(caller, device)
        else:
            ended = await _end_shared(caller, device=device)
            if not ended:
                raise NotFound
        await _written(act, ended)


async def _end_here(caller: Caller, device: UUID) -> list[EndedReach]:
    strong = strong_charts(await reached_by(caller))
    others = await _end_shared(caller, device=device) if strong else []
    return [*others, *await end_whole(caller.session, _BY_PATIENT)]


async def _end_shared(
    caller: Caller, *, session: UUID | None = None, device: UUID | None = None
) -> list[EndedReach]:
    """End the reach that others share with the caller: all, one session, or those on a device.

    Raises:
        StrongerSignInNeeded: it reaches nothing strongly enough. Else whoever holds only the
            patient's SIM card would throw the patient out.
    """
    strong = strong_charts(await reached_by(caller))
    if not strong:
        raise StrongerSignInNeeded
    rows = await fetch(_OTHERS, caller.session, strong, session, device)
    others = [row["id"] for row in rows]
    await lock_sessions([caller.session, *others])
    return await end_reach(others, strong_charts(await reached_by(caller)), _BY_PATIENT)


async def _written(act: ChartAction, ended: Iterable[EndedReach]) -> None:
    """Tell the trail of each chart which session no longer reaches it."""
    for one in ended:
        await act.written_down(subject=one.session, charts=[one.chart])
