"""Lets a patient dispute an entry of the access log, for staff to look into."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller
from backend.auth.desk_tasks import DeskTaskKind, open_task, settle_task
from backend.auth.rules import Limit, RecordClass
from backend.auth.sessions.chart_actions import ChartAction, chart_actions, keep_reach
from backend.core.crypto.sealing import seal
from backend.core.database import execute, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError, NotFound
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.records.access_log.access_log import DisputeView, dispute_of

A_DAY: Final = (Limit(10, timedelta(days=1)),)
"""How many lines somebody may dispute: enough for an intruder's whole visit, once it is folded."""


class DisputeClosed(HubError):
    """Staff have closed this dispute already: it cannot be withdrawn."""

    code = "dispute_closed"
    status = 409


async def dispute(caller: Caller, chart: UUID | None, line: UUID, words: str) -> DisputeView:
    """Open a dispute about one entry of one's own log. A second one on the same entry is the same.

    Raises:
        NotSignedIn, StrongerSignInNeeded: the session has ended, or is too weak for the log.
        NotFound: it is no line of the log of a chart that the caller reaches.
        TooOften, FastStoreAway: too many today, or nobody can count just now.
    """
    act = ChartAction(caller, "access-log.disputed", line, chart)
    async with chart_actions(act, RecordClass.ACCESS_LOG):
        facility = await _facility_of(act)
        known = await _of(line)
        if known is not None:
            return known
        (about,) = act.about
        await count(LimitedKey(limit_key("access-disputes", str(about)), A_DAY))
        async with transaction():
            await keep_reach(caller, act.about, RecordClass.ACCESS_LOG)
            made: UUID | None = await _open(about, line, words)
            if made is not None:
                await open_task(DeskTaskKind.ACCESS_DISPUTED, about, facility, made)
                await act.written_down()
        opened = await _of(line)
    if opened is None:
        raise NotFound
    return opened


async def withdraw(caller: Caller, chart: UUID | None, line: UUID) -> None:
    """Withdraw a dispute while it is open.

    Raises:
        NotSignedIn, StrongerSignInNeeded: as above.
        NotFound: it is no line of a log of the caller's, or they do not dispute it.
        DisputeClosed: somebody was faster.
    """
    act = ChartAction(caller, "access-log.dispute_withdrawn", line, chart)
    async with chart_actions(act, RecordClass.ACCESS_LOG):
        await _facility_of(act)
        async with transaction():
            await keep_reach(caller, act.about, RecordClass.ACCESS_LOG)
            made: UUID | None = await fetch_value(
                "UPDATE access_dispute SET withdrawn_at = hub_clock()"
                " WHERE line = $1 AND patient = ANY($2) AND withdrawn_at IS NULL RETURNING id",
                line, act.about,
            )  # fmt: skip
            if made is None:
                raise NotFound
            if not await settle_task(DeskTaskKind.ACCESS_DISPUTED, made, "withdrawn"):
                raise DisputeClosed
            await act.written_down()


async def _facility_of(act: ChartAction) -> UUID | None:
    """Give the facility whose desk looks into the line; from now on the act is about its chart.

    It is the facility whose act the line tells of, else the chart's. What the hub's own support
    did, no desk of a facility looks into.

    Raises:
        NotFound: the line is in no log of the caller's.
    """
    row = await fetch_one(
        "SELECT a.patient, CASE a.actor_kind WHEN 'facility' THEN a.actor"
        "  WHEN 'staff' THEN s.facility ELSE p.facility END AS facility"
        " FROM audit_event a JOIN patient p ON p.id = a.patient"
        " LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor"
        " WHERE a.id = $1 AND a.patient = ANY($2)",
        act.subject, act.about,
    )  # fmt: skip
    if row is None:
        raise NotFound
    act.about = [row["patient"]]
    facility: UUID | None = row["facility"]
    return facility


async def _open(patient: UUID, line: UUID, words: str) -> UUID | None:
    """Store it, unless the same line is disputed already."""
    made = new_id()
    told = seal(words, table="access_dispute", column="words", row=made) if words else None
    stored = await execute(
        "INSERT INTO access_dispute (id, patient, line, words, created_at)"
        " VALUES ($1, $2, $3, $4, hub_clock())"
        " ON CONFLICT (line) WHERE withdrawn_at IS NULL DO NOTHING",
        made, patient, line, told,
    )  # fmt: skip
    return made if stored == "INSERT 0 1" else None


async def _of(line: UUID) -> DisputeView | None:
    row = await fetch_one(
        "SELECT d.created_at, t.done_at FROM access_dispute d LEFT JOIN desk_task t"
        " ON t.kind = $2 AND t.subject = d.id WHERE d.line = $1 AND d.withdrawn_at IS NULL",
        line, DeskTaskKind.ACCESS_DISPUTED.value,
    )  # fmt: skip
    return dispute_of(row["created_at"], row["done_at"]) if row else None
