"""Lists grants: who may read a chart, and whose charts a session may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.auth.access.reach import OPENS_GRANTS
from backend.auth.identity.demographics import shortened
from backend.core.database import Row, fetch
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """All grants of one act about one open chart: between the same two people."""

    id: UUID
    """Of the oldest of them."""
    chart: UUID
    """The one that is open."""
    by_charts: list[UUID]
    """The caregiver's: whoever reaches one of them reads the open one."""
    name: str
    """Of the caregiver in a patient's list, of the patient in a caregiver's. Shortened."""
    scope: str
    kind: str
    begins_at: datetime
    ends_at: datetime | None
    review_at: datetime | None
    opens: bool


async def grants_on(charts: Sequence[UUID], limit: int, before: UUID | None) -> list[Grant]:
    """List who may read these charts, the newest first."""
    rows = await fetch(_ON, list(charts), limit, before)
    return [_grant(row) for row in rows]


async def grants_of_desks(chart: UUID, limit: int) -> list[Grant]:
    """List what desks have granted on a chart: what its owner grants in the app is not theirs."""
    rows = await fetch(_BY_DESK, [chart], limit, None)
    return [_grant(row) for row in rows]


async def grants_to(
    session: UUID, charts: Sequence[UUID], limit: int, before: UUID | None
) -> list[Grant]:
    """List whose charts these open in a session, the newest first.

    What the session could not open is not listed: a slip of one facility tells nothing of another's
    patients.
    """
    rows = await fetch(_TO, list(charts), limit, before, session)
    return [_grant(row) for row in rows]


_BEGUN: Final = "g.begins_at <= hub_clock() AND (g.review_at IS NULL OR g.review_at > hub_clock())"
_LISTED: Final = (
    "SELECT (array_agg(g.id ORDER BY g.id))[1] AS id, g.patient AS chart,"
    " array_agg(g.caregiver ORDER BY g.id) AS by_charts,"
    " (array_agg({named}.id ORDER BY g.id))[1] AS named,"
    " (array_agg({named}.name ORDER BY g.id))[1] AS name,"
    " min(g.scope) AS scope, min(g.kind) AS kind, min(g.begins_at) AS begins_at,"
    " min(g.ends_at) AS ends_at, min(g.review_at) AS review_at, bool_or({opens}) AS opens"
    " FROM caregiver_grant g JOIN patient p ON p.id = g.patient"
    " JOIN patient a ON a.id = g.caregiver {joined} WHERE {side} = ANY($1)"
    " AND g.ended_at IS NULL AND (g.ends_at IS NULL OR g.ends_at > hub_clock()) {shown}"
    " GROUP BY g.act, g.patient"
    " HAVING $3::uuid IS NULL OR (array_agg(g.id ORDER BY g.id))[1] < $3 ORDER BY 1 DESC LIMIT $2"
)
_LIVE: Final = f"({_BEGUN} AND p.deceased_at IS NULL AND a.deceased_at IS NULL)"
_ON: Final = _LISTED.format(named="a", opens=_LIVE, joined="", side="g.patient", shown="")
_BY_DESK: Final = _LISTED.format(
    named="a", opens=_LIVE, joined="", side="g.patient", shown="AND g.made_by IS NOT NULL"
)
_TO: Final = _LISTED.format(
    named="p",
    opens=_LIVE,
    joined="JOIN session_chart c ON c.session = $4 AND c.chart = g.caregiver"
    " AND c.ended_at IS NULL LEFT JOIN facility f ON f.id = p.facility",
    side="g.caregiver",
    shown=f"AND {OPENS_GRANTS} AND (f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())",
)


def _grant(row: Row) -> Grant:
    """Show a grant also where the name cannot be read: who reads a record must stay to be seen."""
    facts = dict(row)
    name = unsealed(row["name"], table="patient", column="name", row=facts.pop("named"))
    said = UNREADABLE_NAME if name is None else shortened(name)
    return Grant(**facts | {"name": said})
