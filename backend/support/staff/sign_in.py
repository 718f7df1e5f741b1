"""Signs staff in with password and authenticator code; every failure looks alike."""

import hmac
from uuid import UUID

import pyotp
from msgspec import Struct

from backend.auth.credentials.typed_codes import digits_of
from backend.core.audit import Act, write_down
from backend.core.clock import now
from backend.core.crypto.sealing import new_secret, secret_hash, unseal
from backend.core.database import Row, execute, fetch_value, new_id, transaction
from backend.core.errors import HubError
from backend.core.refusals import note_refusal
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.rules import Action
from backend.support.staff.guards import IDLE
from backend.support.staff.passwords import password_fits
from backend.support.staff.sign_in_tries import count_try, look_for_guessing, note_success

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
    person = await count_try(name, address)
    is_right = await password_fits(password, person["password_hash"] if person["open"] else None)
    step = _step_of(totp, person) if person["id"] else None
    token = new_secret()
    if is_right and step and await _open(person["id"], step, token, address):
        return SignedIn(token, int(IDLE.total_seconds()))
    await note_refusal(
        Act(actor_kind="staff", actor=person["id"], action=_SIGN_IN, from_where=address,
            result=WrongSignIn.code)
    )  # fmt: skip
    await look_for_guessing(person["about"], address)
    raise WrongSignIn


def _step_of(totp: str, person: Row) -> int | None:
    """Find the 30-second step the code belongs to: the present one, or one beside it."""
    secret = unseal(person["totp_secret"], table="staff", column="totp_secret", row=person["id"])
    codes, shown = pyotp.TOTP(secret), digits_of(totp).encode()
    present = int(now().timestamp()) // _TOTP_SECONDS
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), shown):
            return step
    return None


async def _open(person: UUID, step: int, token: str, address: str) -> bool:
    """Use the code up and store the session, or do neither: a code works once."""
    async with transaction():
        used: UUID | None = await fetch_value(
            "UPDATE staff SET totp_step = $2"
            " WHERE id = $1 AND totp_step < $2 AND disabled_at IS NULL RETURNING id",
            person, step,
        )  # fmt: skip
        if used is None:
            return False
        await note_success(str(person), address)
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
