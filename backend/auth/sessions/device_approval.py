"""Approves a new phone on an old one: the new one shows a number, the old one sends it.

The new one then reaches what the old one reaches, by the proof `approval`: no grant opens by it.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.auth.access.chart_turn import share_turn
from backend.auth.access.gate import Caller, StrongerSignInNeeded
from backend.auth.access.reach import Reached, reached_by
from backend.auth.notices import DEVICE_WAITING, send_notice
from backend.auth.rules import (
    APPROVAL_LIFETIME,
    APPROVAL_TOLD_AGAIN,
    APPROVAL_TRIES,
    at_most_full,
    may_approve,
)
from backend.auth.sessions.chart_actions import ChartAction, own_device, refusals_written
from backend.auth.sessions.kept_apart import can_join
from backend.auth.sessions.lost_phone import held_of, wait_for_lost_phones
from backend.auth.sessions.reach_endings import lock_sessions
from backend.auth.sessions.session_charts import (
    FOUND,
    IS_REACHED,
    LivingSession,
    Proved,
    is_stronger,
    reach,
)
from backend.core.crypto.keys import Key, current_key, keys
from backend.core.database import fetch, fetch_one, fetch_value, transaction
from backend.core.errors import HubError

_NUMBERS: Final = 1000

APPROVAL: Final = "approval"
_SHARES: Final = (
    "EXISTS (SELECT FROM session_chart sc WHERE sc.session = s.id AND sc.chart = ANY($2)"
    f" AND {IS_REACHED})"
)
"""Of a session `s`: it reaches one of the charts `$2`."""


class NotWaiting(HubError):
    """This phone does not wait for approval, or cannot be approved any more."""

    code = "not_waiting"
    status = 409


class WrongApproval(HubError):
    """That is not the number the other phone shows."""

    code = "wrong_approval"
    status = 422


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """The number that the new phone shows."""

    number: str
    expires_at: datetime


def waiting(tries: str, lifetime: str) -> str:
    """Write of a session `s` that it may be approved now.

    Args:
        tries: the place of how many are allowed.
        lifetime: the place of how long it may ask.
    """
    return (
        f"(s.approval_tries < {tries} AND s.approval_asked_at > hub_clock() - {lifetime}::interval)"
    )


_COUNTED: Final = (
    "UPDATE session s SET approval_tries = approval_tries + 1 WHERE s.id = $1"
    f" AND s.ended_at IS NULL AND s.expires_at > hub_clock() AND {_SHARES}"
    f" AND {waiting('$3', '$4')} RETURNING s.approval_asked_at"
)


async def ask_for_approval(caller: Caller) -> ApprovalRequest:
    """Announce to the other phones of its charts that it waits; asked again, the number stays.

    Raises:
        NotSignedIn: the session has ended.
        NotWaiting: too many wrong numbers were typed for it.
    """
    async with transaction():
        session = (await own_device(caller)).session
        row = await fetch_one(
            "WITH before AS (SELECT id, approval_asked_at AS asked_at,"
            "  approval_asked_at > hub_clock() - $3::interval AS lasts,"
            "  approval_asked_at > hub_clock() - $4::interval AS told"
            "  FROM session WHERE id = $1 FOR NO KEY UPDATE)"
            " UPDATE session s SET approval_asked_at ="
            "  CASE WHEN before.lasts THEN before.asked_at ELSE hub_clock() END"
            " FROM before WHERE s.id = before.id AND s.approval_tries < $2"
            " RETURNING s.approval_asked_at AS asked_at, coalesce(before.told, false) AS told",
            session, APPROVAL_TRIES, APPROVAL_LIFETIME, APPROVAL_TOLD_AGAIN,
        )  # fmt: skip
        if row is None:
            raise NotWaiting
        if not row["told"]:
            for one in await reached_by(caller):
                await send_notice(one.chart, DEVICE_WAITING, session)
    number = _number(current_key(), session, row["asked_at"])
    return ApprovalRequest(number, row["asked_at"] + APPROVAL_LIFETIME)


async def approve(caller: Caller, session: UUID, number: str) -> None:
    """Give the session of another phone what the caller's reaches, if the number is right.

    Raises:
        NotSignedIn: the caller's own session has ended.
        StrongerSignInNeeded: nobody may approve who would need approval.
        NotWaiting: none waits that reaches a chart with the caller's.
        WrongApproval: typed wrongly; counted, however the request ends.
    """
    act = ChartAction(caller, "sign_in.approved", session)
    async with refusals_written(act):
        strong = [one.chart for one in await reached_by(caller) if may_approve(one.level)]
        if not strong:
            raise StrongerSignInNeeded
        asked_at = await _count_the_try(session, strong)
        right = [
            hmac.compare_digest(_number(key, session, asked_at), number) for key in keys().values()
        ]
        if not any(right):
            raise WrongApproval
        async with transaction():
            act.about = await _lift(caller, session)
            await act.written_down()


async def _count_the_try(session: UUID, strong: Sequence[UUID]) -> datetime:
    """Count first, committed by itself: then nobody can try more than five of a thousand."""
    asked_at: datetime | None = await fetch_value(
        _COUNTED, session, strong, APPROVAL_TRIES, APPROVAL_LIFETIME
    )
    if asked_at is None:
        raise NotWaiting
    return asked_at


async def _lift(caller: Caller, session: UUID) -> list[UUID]:
    """Give a session that still waits what the caller's reaches by now; give the charts.

    Raises:
        NotSignedIn: the caller's has ended meanwhile.
        StrongerSignInNeeded: it reaches nothing strongly enough any more.
        NotWaiting: the other one has ended, was approved already, or would gain nothing.
    """
    await wait_for_lost_phones()
    await share_turn(one.chart for one in await reached_by(caller))
    await lock_sessions([caller.session, session])
    own = await reached_by(caller)
    strong = [one.chart for one in own if may_approve(one.level)]
    if not strong:
        raise StrongerSignInNeeded
    row = await fetch_one(
        "UPDATE session s SET approval_asked_at = NULL WHERE s.id = $1 AND s.ended_at IS NULL"
        f" AND s.expires_at > hub_clock() AND s.approval_asked_at IS NOT NULL AND {_SHARES}"
        " RETURNING s.device, s.key_thumbprint AS key",
        session, strong,
    )  # fmt: skip
    if row is None:
        raise NotWaiting
    given = await _given(session, own)
    if not given:
        raise NotWaiting
    await reach(LivingSession(session, row["device"], row["key"]), given)
    return [one.chart for one in given]


async def _given(session: UUID, own: Sequence[Reached]) -> list[Proved]:
    """Give what the session gains: of the same person, not held, and at most by a full sign-in.

    A discreet hospital's chart is opened by its slip alone.
    """
    rows = await fetch(
        f"SELECT sc.chart, sc.level FROM session_chart sc WHERE sc.session = $1 AND {IS_REACHED}",
        session,
    )
    before = {row["chart"]: row["level"] for row in rows}
    held = await held_of(one.chart for one in own)
    return [
        Proved(
            chart=one.chart,
            level=at_most_full(one.level),
            proof=APPROVAL,
            never_restricted=one.never_restricted,
        )
        for one in own
        if not one.discreet
        and one.chart not in held
        and is_stronger(at_most_full(one.level), before.get(one.chart, FOUND))
        and await can_join(session, one.chart)
    ]


def _number(key: Key, session: UUID, asked_at: datetime) -> str:
    """Derive what is shown: it is kept nowhere."""
    made = hmac.new(key.derive("approval"), f"{session}\0{asked_at.timestamp()}".encode(), sha256)
    return f"{int.from_bytes(made.digest()) % _NUMBERS:03}"
