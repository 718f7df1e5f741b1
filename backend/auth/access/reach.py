"""The charts that a session reaches by its own proofs, each at a level of its own.

What a grant opens besides, the gate finds out: see `schema/repeatable/gate.py`.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, NotSignedIn, StrongerSignInNeeded
from backend.auth.rules import Level, RecordClass, levels_that_read, may_read
from backend.core.database import fetch
from backend.core.errors import HubError, NotFound

OPENS_GRANTS: Final = (
    "(c.proof IN ('code', 'vneid') OR (c.proof = 'slip' AND a.facility = p.facility))"
)
"""For statements with the reach `c` of a caregiver's chart `a`: it opens a grant on chart `p`.

A slip is the word of the facility that printed it, which says nothing of another facility's chart.
An approval hands on what another session reaches, and no grants.
"""


class ChartNeeded(HubError):
    """You reach several charts. Say by `chart` which one this is about."""

    code = "chart_needed"
    status = 422


@dataclass(frozen=True, slots=True)
class Reached:
    """One chart that the session reaches."""

    chart: UUID
    facility: UUID | None
    level: Level
    proof: str
    """code, slip, vneid or approval: what opened it in this session."""
    stepped_up: bool
    """Its restricted records are open just now."""
    discreet: bool = False
    """Its facility's name is a diagnosis: it is shown only right after a step-up."""
    never_restricted: bool = False
    """It rose by waiting alone, so no code opens its restricted records."""


async def reached_by(caller: Caller) -> list[Reached]:
    """List what the caller's session shows; the first one opened comes first.

    What was only found is not reached. A chart of a discreet facility is shown after a step-up.

    Raises:
        NotSignedIn: the session was ended or is over.
    """
    rows = await fetch(
        "SELECT c.chart, p.facility, c.level, c.proof, c.never_restricted,"
        " coalesce(c.stepped_up_until > hub_clock(), false) AS stepped_up,"
        " coalesce(f.discreet, false) AS discreet"
        " FROM session s LEFT JOIN (session_chart c JOIN patient p ON p.id = c.chart"
        "  AND p.deceased_at IS NULL LEFT JOIN facility f ON f.id = p.facility)"
        "  ON c.session = s.id AND c.ended_at IS NULL AND c.level = ANY ($2)"
        "  AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())"
        " WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > hub_clock() ORDER BY c.id",
        caller.session, levels_that_read(RecordClass.INBOX),
    )  # fmt: skip
    if not rows:
        raise NotSignedIn
    return [
        Reached(
            chart=row["chart"],
            facility=row["facility"],
            level=Level(row["level"]),
            proof=row["proof"],
            stepped_up=row["stepped_up"],
            discreet=row["discreet"],
            never_restricted=row["never_restricted"],
        )
        for row in rows
        if row["chart"] is not None
    ]


async def charts_at(caller: Caller, needs: RecordClass) -> list[Reached]:
    """List the charts that the session reaches at the level that a class of data needs.

    Raises:
        NotSignedIn: the session was ended or is over.
        StrongerSignInNeeded: it reaches charts, and none at this level.
    """
    found = await reached_by(caller)
    strong = [shown for shown in found if may_read(shown.level, needs)]
    if found and not strong:
        raise StrongerSignInNeeded
    return strong


async def chart_for(caller: Caller, chart: UUID | None, needs: RecordClass) -> Reached:
    """Give the chart that an act is about: the one named, else the only one.

    Raises:
        NotSignedIn: the session was ended or is over.
        NotFound: the session does not reach it by its own proof.
        StrongerSignInNeeded: it does, too weakly for this.
        ChartNeeded: none is named, and it reaches several.
    """
    if chart is None:
        strong = await charts_at(caller, needs)
        if len(strong) > 1:
            raise ChartNeeded
        if not strong:
            raise NotFound
        return strong[0]
    for shown in await reached_by(caller):
        if shown.chart == chart:
            if not may_read(shown.level, needs):
                raise StrongerSignInNeeded
            return shown
    raise NotFound
