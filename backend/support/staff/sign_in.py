"""Signs staff in with password and authenticator code; every failure looks alike."""

import hmac
from datetime import timedelta
from uuid import UUID

import pyotp
from msgspec import Struct

from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.sealing import new_secret, secret_hash, unseal
from backend.core.database import Row, execute, fetch_one, fetch_value, new_id, transaction
from backend.core.errors import HubError
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.rules import Action
from backend.support.staff.guards import IDLE
from backend.support.staff.passwords import password_fits

TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
_TOTP_SECONDS = 30
_SIGN_IN = "support.sign_in"


class WrongSignIn(HubError):
    """Name, password and code do not fit together, or there were too many tries."""

    code = "wrong_sign_in"
    status = 401


class SignedIn(Struct, frozen=True, rename="camel"):
    """The token, given once: the hub stores only its hash."""

    token: str
    expires_in: int
    """Seconds without a request after which it is over."""


async def sign_in(name: str, password: str, totp: str, address: str) -> SignedIn:
    """Open a session.

    Raises:
        WrongSignIn: unknown, disabled or locked, a wrong password, a wrong or used code.
    """
    person = await _count_the_try(name)
    is_right = await password_fits(password, person["password_hash"] if person else None)
    step = _step_of(totp, person) if person else None
    token = new_secret()
    if person and is_right and step and await _open(person["id"], step, token, address):
        return SignedIn(token, int(IDLE.total_seconds()))
    actor = person["id"] if person else None
    await write_down(
        Act(actor_kind="staff", actor=actor, action=_SIGN_IN, from_where=address,
            result=WrongSignIn.code)
    )  # fmt: skip
    raise WrongSignIn


async def _count_the_try(name: str) -> Row | None:
    """Count it before it is checked, so that a hundred guesses at once are a hundred, not one."""
    return await fetch_one(
        "UPDATE staff SET failures = CASE WHEN failures >= $2 THEN 1 ELSE failures + 1 END,"
        " locked_until = CASE WHEN failures + 1 = $2 THEN hub_clock() + $3::interval END"
        " WHERE name = $1 AND disabled_at IS NULL"
        " AND (locked_until IS NULL OR locked_until <= hub_clock())"
        " RETURNING id, password_hash, totp_secret",
        name, TRIES, LOCKED_FOR,
    )  # fmt: skip


def _step_of(totp: str, person: Row) -> int | None:
    """Find the 30-second step the code belongs to: the present one, or one beside it."""
    secret = unseal(person["totp_secret"], table="staff", column="totp_secret", row=person["id"])
    codes = pyotp.TOTP(secret)
    present = int(now().timestamp()) // _TOTP_SECONDS
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), totp.encode()):
            return step
    return None


async def _open(person: UUID, step: int, token: str, address: str) -> bool:
    """Use the code up and store the session, or do neither: a code works once."""
    async with transaction():
        used: UUID | None = await fetch_value(
            "UPDATE staff SET totp_step = $2, failures = 0, locked_until = NULL"
            " WHERE id = $1 AND totp_step < $2 AND disabled_at IS NULL RETURNING id",
            person, step,
        )  # fmt: skip
        if used is None:
            return False
        await execute(
            "INSERT INTO staff_session (id, staff, token_hash, created_at, used_at)"
            " VALUES ($1, $2, $3, hub_clock(), hub_clock())",
            new_id(), person, secret_hash(token),
        )  # fmt: skip
        await write_down(Act(actor_kind="staff", actor=person, action=_SIGN_IN, from_where=address))
    return True


async def sign_out(staff: StaffCaller) -> None:
    async with audited_action(staff, Action.SIGN_OUT, why=""):
        await execute(
            "UPDATE staff_session SET ended_at = hub_clock() WHERE id = $1", staff.session
        )
