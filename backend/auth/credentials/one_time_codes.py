"""The code of a sign-in, for the worker: made at the last moment, kept only as a keyed hash."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.credentials.rules import Withheld
from backend.auth.credentials.typed_codes import digits_of
from backend.core.crypto.sealing import lookup_hash, lookup_hashes
from backend.core.database import execute, fetch, fetch_value

DIGITS = 6
SIGN_IN = "sign-in"
CHARTS = "charts"
PHONE = "phone"
STEP_UP = "step-up"
PURPOSES = (SIGN_IN, CHARTS, PHONE, STEP_UP)
"""What a code may be used for, and nothing else: one that proves a number opens no session."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Somebody known asked for a code and waits."""

    id: UUID
    patient: UUID
    contact: UUID
    pair_hash: bytes
    subject_hint: str
    """The last three digits of what was typed: the text says by them whom it is for."""
    created_at: datetime
    expires_at: datetime
    purpose: str = SIGN_IN
    counted_for: str = ""
    """The key of a device with counts of its own."""


@dataclass(frozen=True, slots=True)
class Untold:
    """What no worker has taken up yet."""

    ids: list[UUID]
    """Of all, strangers' too."""
    waiting: list[Challenge]
    """Those who have a phone and are still in time."""


async def untold_challenges(batch: int, only: UUID | None = None) -> Untold:
    """Read what nobody has taken up yet, without locking it; of all, or only this one.

    What is for a purpose that this process does not know is left for a newer one.

    Whoever shows a code meanwhile would wait for such a lock, and longer for a person who is known:
    so the rows are only touched at the very end, all together, by `take_up`.
    """
    rows = await fetch(
        "SELECT id, patient, contact, pair_hash, subject_hint, created_at, expires_at,"
        " purpose, counted_for,"
        " expires_at > hub_clock() AS live FROM sign_in_challenge WHERE told_at IS NULL"
        " AND purpose = ANY($2) AND ($3::uuid IS NULL OR id = $3)"
        " ORDER BY created_at LIMIT $1",
        batch, PURPOSES, only,
    )  # fmt: skip
    waiting = [
        Challenge(
            row["id"],
            row["patient"],
            row["contact"],
            row["pair_hash"],
            row["subject_hint"],
            row["created_at"],
            row["expires_at"],
            row["purpose"],
            row["counted_for"],
        )
        for row in rows
        if row["contact"] is not None and row["live"]
    ]
    return Untold([row["id"] for row in rows], waiting)


async def take_up(untold: Untold, withheld: Mapping[UUID, Withheld]) -> None:
    """Note that they were taken up, and what was withheld, in the transaction that planned."""
    await execute(
        "UPDATE sign_in_challenge c SET told_at = hub_clock(), withheld = t.why"
        " FROM unnest($1::uuid[], $2::text[]) AS t (id, why) WHERE c.id = t.id",
        untold.ids, [withheld[one].value if one in withheld else "" for one in untold.ids],
    )  # fmt: skip


async def untold_ids(batch: int) -> list[UUID]:
    """List what nobody has taken up yet, and read nothing of it."""
    rows = await fetch(
        "SELECT id FROM sign_in_challenge WHERE told_at IS NULL AND purpose = ANY($2)"
        " ORDER BY created_at LIMIT $1",
        batch, PURPOSES,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def make_code(challenge: UUID) -> str | None:
    """Make the code of a challenge; its hash is stored before anybody sees it.

    None when the challenge is over. Made again, because the first was certainly not accepted, it
    makes the first one worthless.
    """
    code = new_code()
    stored = await fetch_value(
        "UPDATE sign_in_challenge SET code_hash = $2 WHERE id = $1 AND used_at IS NULL"
        " AND expires_at > hub_clock() RETURNING id",
        challenge, lookup_hash("code", f"{challenge}:{code}"),
    )  # fmt: skip
    return code if stored else None


def new_code() -> str:
    """Draw six digits from the system's own source of randomness, each number equally often."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def fits(challenge: UUID, code: str, kept: bytes | None) -> bool:
    """Compare without telling by time how much was right, or whether there was a code at all."""
    expected, digits = kept or secrets.token_bytes(32), digits_of(code)
    compared = [
        secrets.compare_digest(one, expected)
        for _, one in lookup_hashes("code", f"{challenge}:{digits}")
    ]
    return any(compared)
