"""Takes requests for a code: counted, written down and answered alike, whoever it is about.

A device whose key has reached a chart with the pair has counts and a challenge of its own, which
nobody else spends, ends or closes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth import rules
from backend.auth.credentials import enumeration, lockout
from backend.auth.credentials.one_time_codes import CHARTS, SIGN_IN
from backend.auth.sign_in.pairs import CHARTS_OF_PAIR, Pair, is_known_key
from backend.core.crypto.sealing import lookup_hash, lookup_hashes
from backend.core.database import execute, fetch_one, new_id, transaction
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.core.redis import wake_workers

PAIR = "challenge"
"""The kind of hash that codes are counted under."""


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """The answer to every request for a code, for known and unknown people."""

    challenge: UUID
    expires_at: datetime
    resend_after: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a code: the device, the network, and the living session where there is one."""

    key: str
    """The thumbprint of the device's key; empty without one."""
    address: str
    session: UUID | None = None

    @property
    def purpose(self) -> str:
        return SIGN_IN if self.session is None else CHARTS


async def ask(pair: Pair, asking: Asking, citizen_number: str | None) -> IssuedChallenge:
    """Store a request for a code; a worker sends the code if there is a chart for the pair.

    Args:
        pair: what was typed.
        asking: who asks.
        citizen_number: the bare twelve digits, where they were typed.

    Raises:
        TooOften: asked for again too soon, or from one place too often.
        FastStoreAway: nobody can count just now, so nothing is sent.
    """
    own = asking.key if await is_known_key(pair, asking.key) else ""
    if own:
        await count(*_limits(pair, asking, own))
    else:
        network = network_of(asking.address)
        await count(LimitedKey(limit_key("codes:asked", network), rules.CODES_ASKED_PER_ADDRESS))
        slowed = await _look_for_scans(pair, citizen_number, network)
        await count(*_limits(pair, asking, own), *slowed)
    asked = await _write_challenge(pair, asking, own)
    await wake_workers()
    return asked


async def _look_for_scans(pair: Pair, citizen_number: str | None, network: str) -> list[LimitedKey]:
    await enumeration.notice_numbers(pair.subject[0], pair.number[0], network)
    return await enumeration.notice(citizen_number, network) if citizen_number else []


def _limits(pair: Pair, asking: Asking, own: str) -> list[LimitedKey]:
    """List what a request counts against; with a key of its own nobody else's requests count."""
    network = network_of(asking.address)
    against = [
        LimitedKey(limit_key("codes:pair", f"{pair.counted} {own}"), rules.CODES_PER_PERSON),
        LimitedKey(limit_key("codes:number", f"{pair.number[0].hex()} {own}"),
                   rules.CODES_PER_NUMBER),
        LimitedKey(limit_key("codes:address", f"{network} {own}"), rules.CODES_PER_ADDRESS),
    ]  # fmt: skip
    if asking.key:
        against.append(LimitedKey(limit_key("codes:device", asking.key), rules.CODES_PER_DEVICE))
    return against


async def _write_challenge(pair: Pair, asking: Asking, own: str) -> IssuedChallenge:
    challenge = new_id()
    about = f"{pair.counted} {own}"
    async with transaction():
        await lockout.carry_over(pair.subject, pair.number, own)
        await execute(
            "UPDATE sign_in_challenge SET expires_at = hub_clock()"
            " WHERE pair_hash = ANY($1::bytea[]) AND expires_at > hub_clock()"
            " AND purpose = $2 AND session IS NOT DISTINCT FROM $3",
            [one for _, one in lookup_hashes(PAIR, about)], asking.purpose, asking.session,
        )  # fmt: skip
        row = await fetch_one(
            f"WITH charts AS ({CHARTS_OF_PAIR}),"
            " phone AS (SELECT chart, contact FROM charts ORDER BY bound DESC, chart LIMIT 1)"
            " INSERT INTO sign_in_challenge"
            " (id, patient, contact, pair_hash, subject_hint, subject_kind, subject_hashes,"
            "  number_hashes, counted_for, session, key_thumbprint, purpose, created_at,"
            "  expires_at)"
            " SELECT $4, phone.chart, phone.contact, $5, $6, $1, $2, $3, $7, $8, $9, $10,"
            " hub_clock(), hub_clock() + $11"
            " FROM (SELECT) everybody LEFT JOIN phone ON true RETURNING expires_at",
            pair.kind, pair.subject, pair.number, challenge, lookup_hash(PAIR, about),
            pair.hint, own, asking.session, asking.key, asking.purpose, rules.CODE_LIFETIME,
        )  # fmt: skip
    assert row, "one row for everybody"
    seconds = int(rules.RESEND_AFTER.total_seconds())
    return IssuedChallenge(challenge, row["expires_at"], seconds)
