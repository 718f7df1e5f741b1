"""Rate limits: Redis counts in one step; without Redis the request is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, cast

import msgspec
from redis.exceptions import RedisError

from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import new_id
from backend.core.errors import HubError
from backend.core.redis import FastStoreAway, redis

MILLISECOND: Final = timedelta(milliseconds=1)


class TooOften(HubError):
    """There were too many requests of this kind. Wait, then try again."""

    code = "too_often"
    status = 429


class Window(Protocol):
    """A limit: so many times in so long."""

    @property
    def times(self) -> int: ...
    @property
    def span(self) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class LimitedKey:
    """The key that an action counts against: never a plain name or number."""

    key: str
    windows: Sequence[Window]


def limit_key(subject: str, value: str) -> str:
    """Make a key for Redis from a value that Redis must not show."""
    return f"{subject}:{lookup_hash('limit', value).hex()}"


COUNT: Final = """
local at, act = tonumber(ARGV[1]), ARGV[2]
local wait, longest = 0, {}
for i, key in ipairs(KEYS) do
    longest[i] = 0
    for _, window in ipairs(cjson.decode(ARGV[2 + i])) do
        local times, span = window[1], window[2]
        longest[i] = math.max(longest[i], span)
        local since = string.format('(%.0f', at - span)
        local count = redis.call('ZCOUNT', key, since, '+inf')
        if count >= times then
            local leaves = redis.call('ZRANGEBYSCORE', key, since, '+inf', 'WITHSCORES',
                                      'LIMIT', count - times, 1)
            wait = math.max(wait, tonumber(leaves[2]) + span - at)
        end
    end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', at - longest[i]))
    redis.call('ZADD', key, string.format('%.0f', at), act)
    redis.call('PEXPIRE', key, string.format('%.0f', longest[i]))
end
return 0
"""
"""All windows of all keys, or nothing: what is refused does not count. Gives the milliseconds to
wait."""


async def count(*against: LimitedKey) -> None:
    """Count one action, or refuse it.

    Raises:
        TooOften: one of the windows is full.
        FastStoreAway: nobody can count just now, so nothing may be done.
    """
    windows = [
        [(window.times, window.span // MILLISECOND) for window in one.windows] for one in against
    ]
    try:
        wait = await _run(
            [one.key for one in against],
            [int(now().timestamp() * 1000), str(new_id()), *map(_json, windows)],
        )
    except (RedisError, OSError) as away:
        raise FastStoreAway from away
    if wait:
        raise TooOften(retry_after=-(-wait // 1000))


def _json(windows: object) -> str:
    return msgspec.json.encode(windows).decode()


async def _run(keys: list[str], values: list[int | str]) -> int:
    return cast("int", await redis().eval(COUNT, len(keys), *keys, *values))
