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

from backend.auth.access.gate import Caller, StrongerSignInNeeded
from backend.auth.access.reach import Reached, reached_by
from backend.auth.notices import DEVICE_WAITING, send_notice
from backend.auth.rules import (
    APPROVAL_LIFETIME,
    APPROVAL_TOLD_AGAIN,
    APPROVAL_TRIES,
    STRENGTH,
    Level,
    at_most_full,
    may_approve,
)
from backend.auth.sessions.account_actions import AccountAction, own_device, refusals_written
from backend.auth.sessions.devices import trust
from backend.auth.sessions.reach_endings import lock_sessions
from backend.core.crypto.keys import Key, current_key, keys
from backend.core.database import execute, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError

_NUMBERS: Final = 1000

WAITING: Final = "(s.approval_tries < $2 AND s.approval_asked_at > hub_clock() - $3::interval)"
"""Of a session `s`: it may be approved now. `$2` tries are allowed, `$3` long it may ask."""
_APPROVAL: Final = "approval"
_RAISED: Final = "raised"
"""Why a weaker reach ended: a stronger one of the same chart took its place."""


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
    act = AccountAction(caller, "sign_in.approved", session)
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
        "UPDATE session s SET approval_tries = approval_tries + 1 WHERE s.id = $1"
        f" AND s.ended_at IS NULL AND s.expires_at > hub_clock() AND {WAITING}"
        " AND EXISTS (SELECT FROM session_chart c WHERE c.session = s.id AND c.chart = ANY($4)"
        "  AND c.ended_at IS NULL AND c.level <> 'found') RETURNING s.approval_asked_at",
        session, APPROVAL_TRIES, APPROVAL_LIFETIME, strong,
    )  # fmt: skip
    if asked_at is None:
        raise NotWaiting
    return asked_at


async def _lift(caller: Caller, session: UUID) -> list[UUID]:
    """Give a session that still waits what the caller's reaches by now; give the charts.

    Raises:
        NotSignedIn: the caller's has ended meanwhile.
        StrongerSignInNeeded: it reaches nothing strongly enough any more.
        NotWaiting: the other one has ended, or was approved already.
    """
    await lock_sessions([caller.session, session])
    own = await reached_by(caller)
    strong = [one.chart for one in own if may_approve(one.level)]
    if not strong:
        raise StrongerSignInNeeded
    device: UUID | None = await fetch_value(
        "UPDATE session s SET approval_asked_at = NULL WHERE s.id = $1 AND s.ended_at IS NULL"
        " AND s.expires_at > hub_clock() AND s.approval_asked_at IS NOT NULL"
        " AND EXISTS (SELECT FROM session_chart c WHERE c.session = s.id AND c.chart = ANY($2)"
        "  AND c.ended_at IS NULL AND c.level <> 'found') RETURNING s.device",
        session, strong,
    )  # fmt: skip
    if device is None:
        raise NotWaiting
    given = [one for one in own if await _gives(session, one)]
    if any(may_approve(one.level) for one in given):
        await trust(device, anew=True)
        await execute("UPDATE session SET level = 'otp' WHERE id = $1", session)
    return [one.chart for one in given]


async def _gives(session: UUID, own: Reached) -> bool:
    """Let the session reach a chart as the caller's does, at most by a full sign-in.

    A weaker reach ends, and a new one begins: what was read before was read by another proof.
    """
    level = at_most_full(own.level)
    weaker = [str(other) for other in Level if STRENGTH[other] < STRENGTH[level]]
    await execute(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $4"
        " WHERE session = $1 AND chart = $2 AND ended_at IS NULL"
        " AND (level = ANY($3) OR level = 'found')",
        session, own.chart, weaker, _RAISED,
    )  # fmt: skip
    given = await fetch_value(
        "INSERT INTO session_chart (id, session, chart, level, proof, reached_at)"
        " SELECT $1, $2, p.id, $4, $5, hub_clock() FROM patient p"
        " LEFT JOIN facility f ON f.id = p.facility"
        " WHERE p.id = $3 AND p.deceased_at IS NULL AND f.discreet IS NOT TRUE"
        " ON CONFLICT (session, chart) WHERE ended_at IS NULL DO NOTHING RETURNING id",
        new_id(), session, own.chart, level.value, _APPROVAL,
    )  # fmt: skip
    return given is not None


def _number(key: Key, session: UUID, asked_at: datetime) -> str:
    """Derive what is shown: it is kept nowhere."""
    made = hmac.new(key.derive("approval"), f"{session}\0{asked_at.timestamp()}".encode(), sha256)
    return f"{int.from_bytes(made.digest()) % _NUMBERS:03}"
