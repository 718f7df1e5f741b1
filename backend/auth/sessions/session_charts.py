"""Adds charts to what a session reaches or has found, and tells of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.notices import NEW_DEVICE, SLIP_USED, send_notice
from backend.auth.rules import STEP_UP_LIFETIME, Level
from backend.core.change_signals import publish
from backend.core.database import Row, execute, fetch_one, fetch_value, new_id

FOUND: Final = "found"
"""The level of a chart that is listed, and of which nothing is shown."""
CODE: Final = "code"
SLIP: Final = "slip"
VNEID: Final = "vneid"
IS_REACHED: Final = "(sc.ended_at IS NULL AND sc.level <> 'found')"
"""For statements with a session chart as `sc`."""
ENDED_BY_HAND: Final = (
    "(coalesce(s.ended_why, '') NOT IN ('', 'expired', 'idle', 'opened_again')"
    " OR sc.ended_why NOT IN ('', 'expired', 'idle', 'opened_again'))"
)
"""For statements with a session as `s` and a chart of it as `sc`: somebody ended this reach. Time
did not, and neither did a new sign-in on the same device."""
RISES_AFTER: Final = timedelta(hours=72)
"""From the first code on a new phone to the second that lifts it."""
_WEAKEST_FIRST: Final = (FOUND, *Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A chart that a proof has opened or found."""

    chart: UUID
    level: str
    """A `Level`, or `FOUND`."""
    proof: str
    """code, slip, vneid or approval."""
    contact: UUID | None = None
    """The number that the code went to, or that it is found by."""
    slip: UUID | None = None
    found_by: Sequence[bytes] = ()
    """The keyed hashes of the id that a found chart was found by."""
    yes_takes_code: bool = False
    """Of a found chart: no code to its number was shown in this session."""
    never_restricted: bool = False
    """It rose by waiting alone."""

    @property
    def is_found(self) -> bool:
        return self.level == FOUND

    @property
    def stepped_up_for(self) -> timedelta | None:
        """Give how long restricted records are open: a fresh slip or VNeID is a step-up."""
        return STEP_UP_LIFETIME if self.proof in {SLIP, VNEID} and not self.is_found else None


@dataclass(frozen=True, slots=True)
class LivingSession:
    """A session that is neither ended nor over, locked against its other requests."""

    id: UUID
    device: UUID
    key: str
    """The thumbprint of its key; empty for a bearer session."""


async def lock_session(caller: Caller) -> LivingSession:
    """Lock the caller's session until the transaction ends.

    Raises:
        NotSignedIn: it was ended or is over.
    """
    row = await fetch_one(
        "SELECT id, device, key_thumbprint FROM session WHERE id = $1 AND ended_at IS NULL"
        " AND expires_at > hub_clock() FOR NO KEY UPDATE",
        caller.session,
    )
    if row is None:
        raise NotSignedIn
    return LivingSession(row["id"], row["device"], row["key_thumbprint"])


async def reach(session: LivingSession, proved: Iterable[Proved]) -> None:
    """Add charts to a session; a weaker proof takes nothing away from a stronger one before it.

    Whoever had a chart before is told of a new device first, while it is not among them yet.
    """
    for one in proved:
        waits = not one.is_found and await _tell_of_device(session, one)
        before = await fetch_one(
            "SELECT id, level, never_restricted FROM session_chart WHERE session = $1"
            " AND chart = $2 AND ended_at IS NULL FOR NO KEY UPDATE",
            session.id, one.chart,
        )  # fmt: skip
        if before is None:
            await _add(session, one, waits=waits)
        else:
            await _raise(before, one, waits=waits)
        publish(one.chart)


def is_stronger(level: str, other: str) -> bool:
    """Compare two levels, of which either may be `FOUND`."""
    return _WEAKEST_FIRST.index(level) > _WEAKEST_FIRST.index(other)


async def end_reach(session: UUID, chart: UUID, why: str) -> None:
    """End what a session reaches or has found of one chart."""
    await execute(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $3"
        " WHERE session = $1 AND chart = $2 AND ended_at IS NULL",
        session, chart, why,
    )  # fmt: skip
    publish(chart)


async def _tell_of_device(session: LivingSession, proved: Proved) -> bool:
    """Tell who had a chart before that another device reaches it; say whether it waits to rise.

    The use of a slip is always told: who holds the paper may be anybody.
    """
    new = await _is_new(session, proved.chart)
    if proved.proof == SLIP:
        await send_notice(proved.chart, SLIP_USED, session.id)
    elif new:
        await send_notice(proved.chart, NEW_DEVICE, session.id)
    return new and proved.proof == CODE and proved.level == Level.OTP_LIMITED


async def _is_new(session: LivingSession, chart: UUID) -> bool:
    """Tell whether others had this chart before, and this device had not."""
    return bool(
        await fetch_value(
            "SELECT coalesce(bool_or(s.device <> $2), false) AND NOT coalesce("
            f" (array_agg(NOT {ENDED_BY_HAND} ORDER BY sc.reached_at DESC)"
            "   FILTER (WHERE s.device = $2))[1], false)"
            " FROM session_chart sc JOIN session s ON s.id = sc.session"
            " WHERE sc.chart = $1 AND sc.level <> 'found'",
            chart, session.device,
        )
    )  # fmt: skip


async def _add(session: LivingSession, proved: Proved, *, waits: bool) -> None:
    await execute(
        "INSERT INTO session_chart (id, session, chart, level, proof, contact, slip,"
        " yes_takes_code, never_restricted, reached_at, stepped_up_until, tell_again_at, found_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, hub_clock(), hub_clock() + $10,"
        " hub_clock() + $11, $12)",
        new_id(), session.id, proved.chart, proved.level, proved.proof, proved.contact,
        proved.slip, proved.yes_takes_code, proved.never_restricted, proved.stepped_up_for,
        RISES_AFTER if waits else None, proved.found_by,
    )  # fmt: skip


async def _raise(before: Row, proved: Proved, *, waits: bool) -> None:
    """Write the stronger of two proofs down; the number of a code is kept in any case."""
    if is_stronger(before["level"], proved.level):
        await execute(
            "UPDATE session_chart SET contact = coalesce($2, contact) WHERE id = $1",
            before["id"], proved.contact,
        )  # fmt: skip
        return
    by_waiting = proved.never_restricted and (
        before["never_restricted"] or before["level"] != proved.level
    )
    await execute(
        "UPDATE session_chart SET level = $2, proof = $3, contact = coalesce($4, contact),"
        " slip = coalesce($5, slip), found_by = $9, yes_takes_code = $6, yes_at = NULL,"
        " never_restricted = $7,"
        " reached_at = CASE WHEN level = 'found' THEN hub_clock() ELSE reached_at END,"
        " raised_at = CASE WHEN level = 'otp-limited' AND NOT $10 THEN hub_clock()"
        "  ELSE raised_at END,"
        " stepped_up_until = coalesce(hub_clock() + $8, stepped_up_until),"
        " tell_again_at = CASE WHEN $10 THEN coalesce(tell_again_at, hub_clock() + $11) END"
        " WHERE id = $1",
        before["id"], proved.level, proved.proof, proved.contact, proved.slip,
        proved.yes_takes_code, by_waiting, proved.stepped_up_for, proved.found_by,
        proved.level == Level.OTP_LIMITED, RISES_AFTER if waits else None,
    )  # fmt: skip
