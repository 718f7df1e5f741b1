"""Checks and audits each act of a signed-in person on the charts that their session reaches."""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.access.reach import Reached, chart_for, charts_at, reached_by
from backend.auth.rules import Level, RecordClass, levels_that_read
from backend.auth.sessions.session_charts import ENDED_BY_HAND
from backend.core.audit import Act, write_down
from backend.core.database import fetch, fetch_one, fetch_value
from backend.core.errors import HubError, NotFound

_LONGEST_RESULT = 40
"""What an audit row holds of the code of a refusal."""


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """The caller's session, which lives, and the phone that it is on."""

    session: UUID
    device: UUID


@dataclass(frozen=True, slots=True)
class SessionStrength:
    """The chart that an act is about, and how the caller's session reaches it."""

    chart: UUID
    level: Level
    trusted_since: datetime
    """Since when this phone reaches it with a full sign-in."""


@dataclass(slots=True)
class ChartAction:
    """One act of a signed-in person, with its subject."""

    caller: Caller
    action: str
    subject: UUID | None = None
    chart: UUID | None = None
    """The one that the request names."""
    about: list[UUID] = field(default_factory=list)
    """The charts that it is about, once that is known: each trail tells of it."""

    async def written_down(
        self,
        result: str = "done",
        subject: UUID | None = None,
        charts: Iterable[UUID] | None = None,
    ) -> None:
        """Write a row for each chart that the act is about; one without a chart where it is none.

        Args:
            result: how it ended.
            subject: what it was about in the end.
            charts: some of the charts, where not all were touched.
        """
        about: list[UUID | None] = list(self.about if charts is None else charts)
        for chart in about or [self.chart]:
            await write_down(
                Act(
                    actor_kind="patient",
                    actor=self.caller.session,
                    patient=chart,
                    action=self.action,
                    subject=subject or self.subject,
                    from_where=self.caller.address,
                    result=result[:_LONGEST_RESULT],
                )
            )


@asynccontextmanager
async def chart_action(act: ChartAction, needs: RecordClass) -> AsyncIterator[SessionStrength]:
    """Find the one chart that an act is about; refusals inside the block are audited too.

    Raises:
        NotSignedIn: the session has ended.
        NotFound: it does not reach the chart that is named, or any.
        StrongerSignInNeeded: it reaches it too weakly for this.
        ChartNeeded: none is named, and it reaches several.
    """
    async with refusals_written(act):
        held = await chart_for(act.caller, act.chart, needs)
        act.about = [held.chart]
        since = await _trusted_since(act.caller, held.chart)
        yield SessionStrength(held.chart, held.level, since)


@asynccontextmanager
async def chart_actions(act: ChartAction, needs: RecordClass) -> AsyncIterator[list[Reached]]:
    """Find all charts that an act is about: the one named, else all that are reached for this.

    Raises:
        NotSignedIn: the session has ended.
        NotFound: it does not reach the chart that is named.
        StrongerSignInNeeded: it reaches some, and none strongly enough for this.
    """
    async with refusals_written(act):
        if act.chart is None:
            held = await charts_at(act.caller, needs)
        else:
            held = [await chart_for(act.caller, act.chart, needs)]
        act.about = [one.chart for one in held]
        yield held


@asynccontextmanager
async def refusals_written(act: ChartAction) -> AsyncIterator[None]:
    """Audit refusals of the block; open it outside the transaction, which is rolled back.

    An act that is about no chart yet was refused on all that the session reaches.
    """
    try:
        yield
    except NotSignedIn:  # nobody is known to have asked
        raise
    except HubError as refused:
        if not act.about and act.chart is None:
            act.about = [one.chart for one in await reached_by(act.caller)]
        await act.written_down(refused.code)
        raise


async def own_device(caller: Caller) -> OwnDevice:
    """Read the caller's session, for acts that need no chart.

    Raises:
        NotSignedIn: it was ended or is over.
    """
    row = await fetch_one(
        "SELECT id, device FROM session"
        " WHERE id = $1 AND ended_at IS NULL AND expires_at > hub_clock()",
        caller.session,
    )
    if row is None:
        raise NotSignedIn
    return OwnDevice(row["id"], row["device"])


async def keep_reach(caller: Caller, charts: Collection[UUID], needs: RecordClass) -> None:
    """Look again, in the transaction of an act: until it ends, nobody ends this reach.

    Raises:
        NotSignedIn: the session has ended meanwhile.
        NotFound: the reach of one of the charts has.
    """
    rows = await fetch(
        "SELECT c.chart FROM session s JOIN session_chart c ON c.session = s.id"
        " WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > hub_clock()"
        " AND c.chart = ANY($2) AND c.ended_at IS NULL AND c.level = ANY($3)"
        " ORDER BY c.id FOR SHARE OF s, c",
        caller.session, list(charts), [str(level) for level in levels_that_read(needs)],
    )  # fmt: skip
    if {row["chart"] for row in rows} == set(charts):
        return
    await own_device(caller)
    raise NotFound


async def _trusted_since(caller: Caller, chart: UUID) -> datetime:
    """Say since when this phone reaches the chart strongly, with no end by hand in between."""
    since: datetime = await fetch_value(
        "WITH here AS (SELECT sc.level, sc.reached_at, coalesce(sc.raised_at, sc.reached_at) AS at,"
        f"  {ENDED_BY_HAND} AS by_hand FROM session_chart sc JOIN session s ON s.id = sc.session"
        "  WHERE sc.chart = $2 AND s.device = (SELECT device FROM session WHERE id = $1))"
        " SELECT coalesce(min(h.at), hub_clock()) FROM here h"
        " WHERE h.level NOT IN ('found', 'otp-limited') AND h.reached_at > coalesce("
        "  (SELECT max(e.reached_at) FROM here e WHERE e.by_hand), '-infinity')",
        caller.session, chart,
    )  # fmt: skip
    return since
