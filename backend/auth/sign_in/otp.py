"""Signs a patient in with a citizen id and the code that the hub sends for it.

Known and unknown people get the same rows, the same answers and the same delays.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth import rules
from backend.auth.credentials import enumeration, lockout, one_time_codes
from backend.auth.credentials import rules as code_rules
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.identity import citizen_id
from backend.auth.identity.blind_index import hashes_of
from backend.auth.phones.phones import IN_USE, NEWEST_FIRST, note_code_shown
from backend.auth.sessions import sessions
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.sessions import OpenedSession, Opening
from backend.core.audit import Act, write_down
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, execute, fetch_one, new_id, transaction
from backend.core.errors import HubError
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.core.redis import wake_workers
from backend.core.refusals import note_refusal

_ACT = "sign_in.code"


class WrongCode(HubError):
    """This code is not valid. Ask for another one."""

    code = "wrong_code"
    status = 401


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """The answer to every request for a code, for known and unknown people."""

    challenge: UUID
    expires_at: datetime
    resend_after: int
    """Seconds."""


async def ask_for_code(typed: str, key: DeviceKey, address: str) -> IssuedChallenge:
    """Store a request for a code; a worker sends the code if there is a confirmed phone.

    Raises:
        NotACitizenId: this cannot be one, whoever asks.
        TooOften: asked for again too soon, or from one place too often.
        FastStoreAway: nobody can count just now, so nothing is sent.
    """
    number = citizen_id.parse(typed)
    network = network_of(address)
    await count(LimitedKey(limit_key("codes:asked", network), rules.CODES_ASKED_PER_ADDRESS))
    slowed = await enumeration.notice(number, network)
    await count(*_counted(number, network, key.thumbprint), *slowed)
    asked = await _write_challenge(number, key)
    await wake_workers()
    return asked


async def open_session(
    challenge: UUID, code: str, device: DeviceDetails, key: DeviceKey, address: str
) -> OpenedSession:
    """Open a session with the right code in time, once.

    Raises:
        WrongCode: wrong, too late, used, tried too often, or there never was one.
    """
    row = await _count_the_try(challenge)
    right = one_time_codes.fits(
        challenge, code, row["code_hash"] if row and row["counted"] else None
    )
    right = right and row is not None and row["key_thumbprint"] in {"", key.thumbprint}
    opened: OpenedSession | None = None
    async with transaction():
        used = right and await _use(challenge)
        if row and used:
            await lockout.forgive(row["account_hash"])
            opened = await sessions.open_session(
                Opening(
                    patient=row["patient"],
                    device=device,
                    level=await sessions.level_of_code(row["patient"], key),
                    opened_by="code",
                    key=key,
                )
            )
            await note_code_shown(row["contact"])
            await write_down(_act(row, opened.session, address, "done"))
    if opened is None:
        await note_refusal(_act(row, challenge, address, WrongCode.code))
        raise WrongCode
    return opened


def _act(row: Row | None, subject: UUID, address: str, result: str) -> Act:
    patient = row["patient"] if row else None
    return Act(
        actor_kind="patient", actor=patient, patient=patient, action=_ACT, subject=subject,
        from_where=address, result=result,
    )  # fmt: skip


def _counted(number: str, network: str, thumbprint: str) -> list[LimitedKey]:
    against = [
        LimitedKey(limit_key("codes:person", number), rules.CODES_PER_PERSON),
        LimitedKey(limit_key("codes:address", network), rules.CODES_PER_ADDRESS),
    ]
    if thumbprint:
        against.append(LimitedKey(limit_key("codes:device", thumbprint), rules.CODES_PER_DEVICE))
    return against


async def _write_challenge(number: str, key: DeviceKey) -> IssuedChallenge:
    challenge = new_id()
    async with transaction():
        await lockout.carry_over(number)
        await execute(
            "UPDATE sign_in_challenge SET expires_at = hub_clock()"
            " WHERE account_hash = ANY($1::bytea[]) AND expires_at > hub_clock()",
            hashes_of("challenge", number),
        )
        row = await fetch_one(
            "WITH person AS (SELECT patient FROM patient_lookup"
            "  WHERE kind = 'citizen-id' AND hash = ANY($4::bytea[]) LIMIT 1),"
            " phone AS (SELECT c.id, c.patient FROM contact_point c"
            "  JOIN person ON c.patient = person.patient"
            "  JOIN patient p ON p.id = c.patient AND p.deceased_at IS NULL"
            f"  WHERE {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1)"
            " INSERT INTO sign_in_challenge"
            " (id, patient, contact, account_hash, account_hint, created_at, expires_at,"
            "  key_thumbprint)"
            " SELECT $1, phone.patient, phone.id, $2, $3, hub_clock(), hub_clock() + $5, $6"
            " FROM (SELECT) everybody LEFT JOIN phone ON true"
            " RETURNING expires_at",
            challenge, lookup_hash("challenge", number), number[-3:],
            hashes_of("citizen-id", number), rules.CODE_LIFETIME, key.thumbprint,
        )  # fmt: skip
    assert row, "one row for everybody"
    seconds = int(rules.RESEND_AFTER.total_seconds())
    return IssuedChallenge(challenge, row["expires_at"], seconds)


async def _count_the_try(challenge: UUID) -> Row | None:
    """Count first, committed by itself: a wrong guess is counted however the request ends.

    It counts against the challenge, and against the citizen id it was asked for; `counted` says
    whether that one may still be tried. The number of a stranger is counted as nobody's.
    """
    return await fetch_one(
        "WITH tried AS (UPDATE sign_in_challenge SET tries = tries + 1 WHERE id = $1 AND tries < $2"
        "  AND purpose = 'sign-in' AND used_at IS NULL AND expires_at > hub_clock()"
        "  RETURNING patient, contact, account_hash, code_hash, key_thumbprint),"
        " account AS (INSERT INTO sign_in_account AS a"
        "  (id, account_hash, patient, failures, updated_at)"
        "  SELECT $3, account_hash, patient, CASE WHEN patient IS NULL THEN 0 ELSE 1 END,"
        "  hub_clock() FROM tried"
        "  ON CONFLICT (account_hash) DO UPDATE SET failures = a.failures + excluded.failures,"
        "  patient = coalesce(excluded.patient, a.patient), updated_at = excluded.updated_at"
        "  WHERE a.failures < $4 AND a.disabled_at IS NULL RETURNING a.id)"
        " SELECT tried.*, account.id IS NOT NULL AS counted FROM tried LEFT JOIN account ON true",
        challenge, rules.TRIES, new_id(), code_rules.WRONG_IN_A_ROW,
    )  # fmt: skip


async def _use(challenge: UUID) -> bool:
    """Use the code up; of several at once only one succeeds."""
    done = await execute(
        "UPDATE sign_in_challenge SET used_at = hub_clock()"
        " WHERE id = $1 AND used_at IS NULL AND expires_at > hub_clock()",
        challenge,
    )
    return done == "UPDATE 1"
