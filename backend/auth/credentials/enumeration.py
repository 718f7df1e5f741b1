"""Sees somebody try citizen ids one after the other, and slows down where they come from.

Only what was typed and from where counts, never who turned out to be known: being slowed down would
tell it. The owners of those numbers ask from elsewhere, and are not slowed down.
"""

from typing import Final, cast

from redis.exceptions import RedisError

from backend.auth.credentials.rules import (
    COHORT,
    NEIGHBOURS,
    NEIGHBOURS_FROM_ONE_PLACE,
    NUMBERS_OF_ONE,
    is_enumeration,
    is_sms_pumping,
)
from backend.auth.rules import CODE_LIFETIME, CODES_FOR_SCANNERS
from backend.core.alarms import AlarmKind, alarm
from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import fetch_one
from backend.core.http.rate_limits import MILLISECOND, LimitedKey, limit_key
from backend.core.redis import FastStoreAway, redis

BLOCK_DIGITS: Final = 9
"""A block of a thousand numbers."""
COHORT_DIGITS: Final = 6
"""One province, sex and year of birth: a million numbers."""

NOTICE: Final = """
local at, number = tonumber(ARGV[1]), ARGV[2]
local full = {}
for i = 1, 3 do
    local times, span = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', string.format('%.0f', at - span))
    redis.call('ZADD', KEYS[i], string.format('%.0f', at), number)
    redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -times - 2)
    redis.call('PEXPIRE', KEYS[i], string.format('%.0f', span))
    full[i] = redis.call('ZCARD', KEYS[i]) > times and 1 or 0
end
if full[1] == 1 and full[3] == 1 then redis.call('SET', KEYS[4], '1', 'PX', ARGV[8]) end
return {full[1], full[2], redis.call('EXISTS', KEYS[4])}
"""
"""Different numbers of one block, of one cohort, and of the block from this place; no set grows
beyond what makes it full."""


async def notice(number: str, network: str) -> list[LimitedKey]:
    """Note what is asked for; give the narrow limit that holds where a scan came from.

    Raises:
        FastStoreAway: nobody can count just now, so nothing may be done.
    """
    block, cohort = number[:BLOCK_DIGITS], number[:COHORT_DIGITS]
    slow = limit_key("scan:slow", network)
    keys = [
        limit_key("scan:block", block),
        limit_key("scan:cohort", cohort),
        limit_key("scan:place", f"{network} {block}"),
        slow,
    ]
    try:
        block_full, cohort_full, slowed = await _run(keys, lookup_hash("limit", number).hex())
    except (RedisError, OSError) as away:
        raise FastStoreAway from away
    if block_full:
        await alarm(AlarmKind.SCAN, lookup_hash("scan", block), from_where=network)
    if cohort_full:
        await alarm(AlarmKind.SCAN, lookup_hash("scan", cohort), from_where=network)
    return [LimitedKey(f"{slow}:codes", CODES_FOR_SCANNERS)] if slowed else []


DIFFERENT: Final = """
local at, span, times = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', at - span))
redis.call('ZADD', KEYS[1], string.format('%.0f', at), ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -times - 2)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', span))
return redis.call('ZCARD', KEYS[1]) > times and 1 or 0
"""


async def notice_numbers(subject: bytes, number: bytes, network: str) -> None:
    """Raise an alarm where many phone numbers are tried beside one id; nobody is refused for it.

    Args:
        subject, number: their keyed hashes.
        network: where the request comes from.

    Raises:
        FastStoreAway: nobody can count just now, so nothing may be done.
    """
    at, limit = int(now().timestamp() * 1000), NUMBERS_OF_ONE
    key = limit_key("scan:numbers", subject.hex())
    try:
        full = await redis().eval(
            DIFFERENT, 1, key, at, number.hex(), limit.span // MILLISECOND, limit.times
        )
    except (RedisError, OSError) as away:
        raise FastStoreAway from away
    if full:
        await alarm(AlarmKind.SCAN, lookup_hash("scan", subject.hex()), from_where=network)


async def _run(keys: list[str], number: str) -> tuple[int, int, int]:
    limits = (NEIGHBOURS, COHORT, NEIGHBOURS_FROM_ONE_PLACE)
    windows = [value for one in limits for value in (one.times, one.span // MILLISECOND)]
    at = int(now().timestamp() * 1000)
    found = await redis().eval(NOTICE, len(keys), *keys, at, number, *windows)
    return cast("tuple[int, int, int]", tuple(found))


async def detect() -> None:
    """Compare codes sent with codes used, and numbers typed with numbers known."""
    row = await fetch_one(
        "WITH texts AS (SELECT (SELECT c.used_at FROM sign_in_challenge c WHERE c.id = t.id)"
        "   AS used_at FROM sms_code t"
        "  WHERE t.due_at > hub_clock() - interval '1 hour'"
        "  AND t.due_at <= hub_clock() - $1::interval)"
        " SELECT (SELECT count(*) FROM texts) AS sent, (SELECT count(used_at) FROM texts) AS used,"
        " count(*) AS asked, count(*) FILTER (WHERE patient IS NULL) AS unknown"
        " FROM sign_in_challenge WHERE created_at > hub_clock() - interval '10 minutes'",
        CODE_LIFETIME,
    )
    assert row, "an aggregate has one row"
    if is_sms_pumping(row["sent"], row["used"]):
        await alarm(AlarmKind.UNUSED)
    if is_enumeration(row["asked"], row["unknown"]):
        await alarm(AlarmKind.STRANGERS)
