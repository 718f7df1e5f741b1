"""Codes that a signed-in patient asks for: made by the worker, each good for one thing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.auth import rules
from backend.auth.credentials.one_time_codes import PHONE, STEP_UP, fits
from backend.auth.identity.identifiers import CITIZEN_ID
from backend.core.crypto.sealing import lookup_hash, lookup_hashes, unseal
from backend.core.database import execute, fetch_one, fetch_value, new_id
from backend.core.errors import HubError
from backend.core.http.rate_limits import LimitedKey, count, limit_key


class WrongPhoneCode(HubError):
    """That is not the code that was sent to this number, or its time is over. Ask for another."""

    code = "wrong_phone_code"
    status = 422


_SALTS: Final = {PHONE: "phone-proof", STEP_UP: "step-up"}


@dataclass(frozen=True, slots=True)
class CodeFor:
    """What a code is good for: to prove one number, or to step up one session."""

    purpose: str
    about: UUID
    """The id of the number, or of the session."""

    @property
    def stored(self) -> bytes:
        return lookup_hash(_SALTS[self.purpose], str(self.about))

    @property
    def found_by(self) -> list[bytes]:
        return [one for _, one in lookup_hashes(_SALTS[self.purpose], str(self.about))]


@dataclass(frozen=True, slots=True)
class CodeSent:
    """What a patient hears who asked for one."""

    phone: UUID
    challenge: UUID
    expires_at: datetime
    resend_after: int
    """Seconds."""


async def count_phone_code(patient: UUID) -> None:
    """Count a code for the patient, or refuse it.

    For the number the worker counts, together with its codes of sign-ins (`sms_quota`): a refusal
    here would tell that somebody else asks for codes there too.

    Raises:
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    await count(LimitedKey(limit_key("phone-codes:patient", str(patient)), rules.CODES_PER_PERSON))


async def challenge_phone(patient: UUID, contact: UUID, purpose: CodeFor) -> CodeSent:
    """Ask the worker for a code; a newer one kills the older ones for the same thing."""
    challenge = new_id()
    await execute(
        "UPDATE sign_in_challenge SET expires_at = hub_clock() WHERE contact = $1"
        " AND purpose = $2 AND pair_hash = ANY($3::bytea[]) AND expires_at > hub_clock()",
        contact, purpose.purpose, purpose.found_by,
    )  # fmt: skip
    expires_at: datetime = await fetch_value(
        "INSERT INTO sign_in_challenge (id, patient, contact, pair_hash, subject_hint, purpose,"
        " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, hub_clock(), hub_clock() + $7)"
        " RETURNING expires_at",
        challenge, patient, contact, purpose.stored, await _subject_hint(patient), purpose.purpose,
        rules.CODE_LIFETIME,
    )  # fmt: skip
    return CodeSent(contact, challenge, expires_at, int(rules.RESEND_AFTER.total_seconds()))


async def check_phone_code(
    chart: UUID | None, purpose: CodeFor, challenge: UUID, code: str
) -> UUID:
    """Count the try first, committed by itself; then compare. Give the number that it went to.

    Args:
        chart: whose code it is; None where what it is for says it already.
        purpose: what it is shown for.
        challenge: the request for it.
        code: as it was typed.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or not for this.
    """
    row = await fetch_one(
        "UPDATE sign_in_challenge SET tries = tries + 1 WHERE id = $1 AND purpose = $2"
        " AND ($3::uuid IS NULL OR patient = $3) AND pair_hash = ANY($4::bytea[])"
        " AND tries < $5 AND used_at IS NULL AND expires_at > hub_clock()"
        " RETURNING code_hash, contact",
        challenge, purpose.purpose, chart, purpose.found_by, rules.TRIES,
    )  # fmt: skip
    if not fits(challenge, code, row["code_hash"] if row else None) or row is None:
        raise WrongPhoneCode
    contact: UUID = row["contact"]
    return contact


async def use_phone_code(challenge: UUID) -> None:
    """Use the code up, in the transaction of what it proves.

    Raises:
        WrongPhoneCode: somebody was faster, or its time is over.
    """
    used = await execute(
        "UPDATE sign_in_challenge SET used_at = hub_clock()"
        " WHERE id = $1 AND used_at IS NULL AND expires_at > hub_clock()",
        challenge,
    )
    if used != "UPDATE 1":
        raise WrongPhoneCode


async def _subject_hint(patient: UUID) -> str:
    """Give the end of the citizen id, or of the number a person without one is known by."""
    row = await fetch_one(
        "SELECT id, value FROM patient_identifier WHERE patient = $1 AND active"
        " ORDER BY system <> $2, id LIMIT 1",
        patient, CITIZEN_ID,
    )  # fmt: skip
    if row is None:
        return ""
    value = unseal(row["value"], table="patient_identifier", column="value", row=row["id"])
    return "".join(one for one in value if one.isascii() and one.isalnum())[-3:]
