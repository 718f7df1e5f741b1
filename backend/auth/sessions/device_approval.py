"""Approves a new phone on an old one: the new one shows a number, the old one sends it."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, StrongerSignInNeeded, own_session
from backend.auth.notices import DEVICE_WAITING, send_notice
from backend.auth.rules import (
    APPROVAL_LIFETIME,
    APPROVAL_TOLD_AGAIN,
    APPROVAL_TRIES,
    Level,
    may_approve,
)
from backend.auth.sessions.account_actions import AccountAction, refusals_written
from backend.auth.sessions.devices import trust
from backend.core.audit import Act, write_down
from backend.core.crypto.keys import Key, current_key, keys
from backend.core.database import fetch_one, fetch_value, transaction
from backend.core.errors import HubError

_NUMBERS: Final = 1000

WAITING: Final = (
    "(s.level = 'otp-limited' AND s.approval_tries < $2"
    " AND s.approval_asked_at > hub_clock() - $3::interval)"
)
"""Of a session `s`: it may be approved now. `$2` tries are allowed, `$3` long it may ask."""


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
    """Announce to the caller's other phones that this one waits; asked again, the number stays.

    Raises:
        NotSignedIn: the session has ended.
        NotWaiting: it is strong already, or too many wrong numbers were typed for it.
    """
    async with transaction():
        mine = await own_session(caller)
        row = await fetch_one(
            "WITH before AS (SELECT id, approval_asked_at AS asked_at,"
            "  approval_asked_at > hub_clock() - $3::interval AS lasts,"
            "  approval_asked_at > hub_clock() - $4::interval AS told"
            "  FROM session WHERE id = $1 FOR NO KEY UPDATE)"
            " UPDATE session s SET approval_asked_at ="
            "  CASE WHEN before.lasts THEN before.asked_at ELSE hub_clock() END"
            " FROM before WHERE s.id = before.id AND s.level = 'otp-limited'"
            " AND s.approval_tries < $2"
            " RETURNING s.approval_asked_at AS asked_at, coalesce(before.told, false) AS told",
            mine.id, APPROVAL_TRIES, APPROVAL_LIFETIME, APPROVAL_TOLD_AGAIN,
        )  # fmt: skip
        if row is None:
            raise NotWaiting
        if not row["told"]:
            await send_notice(mine.patient, DEVICE_WAITING, mine.id)
    number = _number(current_key(), mine.id, row["asked_at"])
    return ApprovalRequest(number, row["asked_at"] + APPROVAL_LIFETIME)


async def approve(caller: Caller, session: UUID, number: str) -> None:
    """Raise the session of another phone to full level, if the number is right.

    Raises:
        NotSignedIn: the caller's own session has ended.
        StrongerSignInNeeded: nobody may approve who would need approval.
        NotWaiting: none of the caller's that waits.
        WrongApproval: typed wrongly; counted, however the request ends.
    """
    async with refusals_written(AccountAction(caller, "sign_in.approved", session)):
        if not may_approve((await own_session(caller)).level):
            raise StrongerSignInNeeded
        asked_at = await _count_the_try(caller, session)
    right = [
        hmac.compare_digest(_number(key, session, asked_at), number) for key in keys().values()
    ]
    async with transaction():
        lifted = await _lift(session) if any(right) else None
        if lifted:
            await trust(lifted, anew=True)
        await write_down(
            Act(actor_kind="patient", actor=caller.patient, patient=caller.patient,
                action="sign_in.approved", subject=session, from_where=caller.address,
                result="done" if lifted else WrongApproval.code)
        )  # fmt: skip
    if lifted is None:
        raise WrongApproval


async def _count_the_try(caller: Caller, session: UUID) -> datetime:
    """Count first, committed by itself: then nobody can try more than five of a thousand."""
    asked_at: datetime | None = await fetch_value(
        "UPDATE session s SET approval_tries = approval_tries + 1 WHERE s.id = $1"
        f" AND s.patient = $4 AND s.ended_at IS NULL AND s.expires_at > hub_clock() AND {WAITING}"
        " RETURNING s.approval_asked_at",
        session, APPROVAL_TRIES, APPROVAL_LIFETIME, caller.patient,
    )  # fmt: skip
    if asked_at is None:
        raise NotWaiting
    return asked_at


async def _lift(session: UUID) -> UUID | None:
    """Lift a session that still lives, and give the phone it is on."""
    device: UUID | None = await fetch_value(
        "UPDATE session SET level = $2, approval_asked_at = NULL WHERE id = $1"
        " AND level = 'otp-limited' AND ended_at IS NULL RETURNING device",
        session, Level.OTP.value,
    )  # fmt: skip
    return device


def _number(key: Key, session: UUID, asked_at: datetime) -> str:
    """Derive what is shown: it is kept nowhere."""
    made = hmac.new(key.derive("approval"), f"{session}\0{asked_at.timestamp()}".encode(), sha256)
    return f"{int.from_bytes(made.digest()) % _NUMBERS:03}"
