"""Counts, compares and uses up the codes that people show, for a sign-in or for more charts."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.auth import rules
from backend.auth.credentials import one_time_codes
from backend.auth.credentials.lockout import has_wrong, is_open
from backend.auth.credentials.rules import WRONG_IN_A_MONTH
from backend.auth.phones.phones import IS_BOUND
from backend.auth.sign_in.code_requests import Asking
from backend.auth.sign_in.pairs import Pair
from backend.core.database import Row, execute, fetch_one, new_id
from backend.core.errors import HubError
from backend.core.http.client_address import network_of
from backend.core.http.rate_limits import LimitedKey, count, limit_key

_AT: Final = "(SELECT at FROM tried)"


class WrongCode(HubError):
    """This code is not valid. Ask for another one."""

    code = "wrong_code"
    status = 401


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code that was counted and compared."""

    challenge: UUID
    chart: UUID | None
    """Whose trail says so: a chart that the number is bound to."""
    pair: Pair
    right: bool


async def compare(challenge: UUID, code: str, asking: Asking) -> ShownCode | None:
    """Count a try, then compare. None when there is no such challenge, or it is over.

    Raises:
        TooOften: tried too often from one place, on one device, or for one number.
        FastStoreAway: nobody can count just now.
    """
    network = network_of(asking.address)
    own_tries = [LimitedKey(limit_key("tries:device", asking.key), rules.TRIES_PER_DEVICE)]
    await count(
        LimitedKey(limit_key("tries:address", f"{network} {asking.key}"), rules.TRIES_PER_ADDRESS),
        *(own_tries if asking.key else []),
    )
    row = await _count_the_try(challenge, asking)
    right = one_time_codes.fits(
        challenge, code, row["code_hash"] if row and row["counted"] else None
    )
    if row is None:
        return None
    pair = Pair(row["subject_kind"], row["subject_hashes"], row["number_hashes"], "")
    counted = f"{pair.number[0].hex()} {row['counted_for']}"
    await count(LimitedKey(limit_key("tries:number", counted), rules.TRIES_PER_NUMBER))
    same_key = row["key_thumbprint"] in {"", asking.key}
    return ShownCode(challenge, row["owner"], pair, right and same_key)


async def use(shown: ShownCode) -> bool:
    """Use the code up and take its try back; of several at once only one succeeds."""
    done = await execute(
        "WITH used AS (UPDATE sign_in_challenge SET used_at = hub_clock()"
        "  WHERE id = $1 AND used_at IS NULL AND expires_at > hub_clock()"
        "  RETURNING subject_hashes[1] AS subject, number_hashes[1] AS number, counted_for)"
        " UPDATE sign_in_pair a SET wrong_at = trim_array(a.wrong_at, 1) FROM used"
        " WHERE a.subject_hash = used.subject AND a.number_hash = used.number"
        " AND a.counted_for = used.counted_for AND cardinality(a.wrong_at) > 0",
        shown.challenge,
    )
    return done == "UPDATE 1"


async def _count_the_try(challenge: UUID, asking: Asking) -> Row | None:
    """Count first, committed by itself: a wrong guess is counted however the request ends.

    It counts against the challenge, and against the pair it was asked for; `counted` says whether
    that one may still be tried. The pair of a stranger is counted as nobody's. The row of a closed
    pair is written too, with what was in it, and a number is looked for where there is none: each
    try does the same work. The one that may be the last leaves the pair to the worker that closes.
    """
    return await fetch_one(
        "WITH tried AS (UPDATE sign_in_challenge SET tries = tries + 1 WHERE id = $1 AND tries < $2"
        "  AND purpose = $4 AND session IS NOT DISTINCT FROM $5"
        "  AND used_at IS NULL AND expires_at > hub_clock()"
        "  RETURNING id AS challenge, patient, contact, subject_kind, subject_hashes,"
        "  number_hashes, counted_for, code_hash, key_thumbprint, hub_clock() AS at),"
        " pair AS (INSERT INTO sign_in_pair AS a"
        "  (id, subject_hash, number_hash, counted_for, patient, wrong_at, updated_at)"
        "  SELECT $3, subject_hashes[1], number_hashes[1], counted_for, patient,"
        "  CASE WHEN patient IS NULL THEN '{}' ELSE ARRAY[at] END, at FROM tried"
        "  ON CONFLICT (subject_hash, number_hash, counted_for) DO UPDATE"
        f"  SET wrong_at = a.wrong_at[cardinality(a.wrong_at) - {WRONG_IN_A_MONTH - 1}:]"
        f"  || CASE WHEN {is_open('a', _AT)} THEN excluded.wrong_at ELSE '{{}}' END,"
        "  closed_until = coalesce(a.closed_until,"
        f"   CASE WHEN {has_wrong('a', WRONG_IN_A_MONTH - 1, _AT)} THEN excluded.updated_at END),"
        "  patient = coalesce(excluded.patient, a.patient), updated_at = excluded.updated_at"
        f"  RETURNING old.id IS NULL OR {is_open('old', _AT)} AS counted)"
        " SELECT tried.*, pair.counted, (SELECT c.patient FROM contact_point c"
        f"  WHERE c.id = coalesce(tried.contact, tried.challenge) AND {IS_BOUND}) AS owner"
        " FROM tried CROSS JOIN pair",
        challenge, rules.TRIES, new_id(), asking.purpose, asking.session,
    )  # fmt: skip
