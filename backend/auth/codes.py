"""The code of a sign-in, for the worker: made at the last moment, kept only as a keyed hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.crypto import lookup_hash, lookup_hashes
from backend.database import fetch, fetch_value

DIGITS = 6
SIGN_IN = "sign-in"
PHONE = "phone"
"""What a code may be used for: one that proves a number opens no session, nor the other way."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Somebody known asked for a code and waits."""

    id: UUID
    patient: UUID
    contact: UUID
    account_hint: str
    """The last three digits of the citizen id: what the text names the account by."""
    created_at: datetime
    expires_at: datetime
    purpose: str = SIGN_IN


async def untold_challenges(batch: int) -> list[Challenge]:
    """Take up what nobody has yet; of strangers' requests only note that they were seen."""
    rows = await fetch(
        "UPDATE sign_in_challenge c SET told_at = hub_clock() FROM"
        " (SELECT id FROM sign_in_challenge WHERE told_at IS NULL ORDER BY created_at LIMIT $1"
        "  FOR NO KEY UPDATE SKIP LOCKED) due"
        " WHERE c.id = due.id"
        " RETURNING c.id, c.patient, c.contact, c.account_hint, c.created_at, c.expires_at,"
        " c.purpose, c.expires_at > hub_clock() AS live",
        batch,
    )
    return [
        Challenge(
            row["id"],
            row["patient"],
            row["contact"],
            row["account_hint"],
            row["created_at"],
            row["expires_at"],
            row["purpose"],
        )
        for row in rows
        if row["contact"] is not None and row["live"]
    ]


async def make_code(challenge: UUID) -> str | None:
    """Make the code of a challenge; its hash is stored before anybody sees it.

    None when the challenge is over. Made again, because the first was certainly not accepted, it
    makes the first one worthless.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    stored = await fetch_value(
        "UPDATE sign_in_challenge SET code_hash = $2 WHERE id = $1 AND used_at IS NULL"
        " AND expires_at > hub_clock() RETURNING id",
        challenge, lookup_hash("code", f"{challenge}:{code}"),
    )  # fmt: skip
    return code if stored else None


def fits(challenge: UUID, code: str, kept: bytes | None) -> bool:
    """Compare without telling by time how much was right, or whether there was a code at all."""
    expected = kept or secrets.token_bytes(32)
    compared = [
        secrets.compare_digest(each, expected)
        for _, each in lookup_hashes("code", f"{challenge}:{code}")
    ]
    return any(compared)
