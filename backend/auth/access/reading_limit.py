"""Counts what each session reads in an hour, and stops one that reads more than a patient can.

Each process counts by itself, without a question to anybody, and tells Redis the sum in steps. So
several processes know of each other by one step each, and a Redis that is lost makes the limit
wider, at most one for each process.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final, cast
from uuid import UUID

from redis.exceptions import RedisError

from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.access.reach import reached_by
from backend.core.alarms import AlarmKind, alarm
from backend.core.audit import Act
from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.errors import HubError
from backend.core.http.rate_limits import limit_key
from backend.core.redis import FastStoreAway, redis
from backend.core.refusals import note_refusal
from backend.core.settings import load_settings

HOUR: Final = 3600
STEPS: Final = 60
"""A process tells the others after each sixtieth part of the limit."""

ADD: Final = """
local all = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return all
"""


class TooManyReadings(HubError):
    """Too much was read with this sign-in within the hour. Wait, then try again."""

    code = "too_many_readings"
    status = 429


@dataclass(slots=True)
class _Read:
    """What one session has read in this hour."""

    everywhere: int = 0
    """As far as this process has told it, and was told."""
    untold: int = 0
    stopped: bool = False


@dataclass(slots=True)
class _Readings:
    hour: int = 0
    sessions: dict[UUID, _Read] = field(default_factory=dict)
    telling: set[asyncio.Task[None]] = field(default_factory=set)


_readings = _Readings()


async def count_reading(caller: Caller) -> None:
    """Count one request of a session, whoever's record it is about.

    Raises:
        TooManyReadings: the session has had its requests of this hour.
    """
    hour, past = divmod(int(now().timestamp()), HOUR)
    if hour != _readings.hour:
        _readings.hour, _readings.sessions = hour, {}
    read = _readings.sessions.get(caller.session)
    if read is None:
        read = _readings.sessions[caller.session] = _Read()
    most = load_settings().readings_per_hour
    read.untold += 1
    if read.untold * STEPS >= most:
        _tell_soon(caller.session, read)
    if read.everywhere + read.untold > most:
        await _stop(read, caller)
        raise TooManyReadings(retry_after=HOUR - past)


def _tell_soon(session: UUID, read: _Read) -> None:
    more, read.untold = read.untold, 0
    read.everywhere += more
    telling = asyncio.create_task(_tell(session, read, more))
    _readings.telling.add(telling)
    telling.add_done_callback(_readings.telling.discard)


async def _tell(session: UUID, read: _Read, more: int) -> None:
    key = limit_key(f"readings:{_readings.hour}", str(session))
    try:
        everywhere = cast("int", await redis().eval(ADD, 1, key, more, HOUR))
    except (RedisError, OSError, FastStoreAway):
        return  # this process knows what it counted itself
    read.everywhere = max(read.everywhere, everywhere)


async def _stop(read: _Read, caller: Caller) -> None:
    """Write it down and raise the alarm once an hour; what follows costs nothing."""
    if read.stopped:
        return
    read.stopped = True
    charts: list[UUID | None] = [*await _charts_of(caller)]
    for chart in charts or [None]:
        await note_refusal(
            Act(actor_kind="patient", actor=caller.session, patient=chart, action="readings",
                subject=caller.session, from_where=caller.address, result=TooManyReadings.code),
            by_subject=True,
        )  # fmt: skip
    key = lookup_hash("session-reads", str(caller.session))
    await alarm(AlarmKind.SESSION_READS, key, caller.address)


async def _charts_of(caller: Caller) -> list[UUID]:
    """Give the charts whose trails tell of it; none where the session is over already."""
    try:
        return [one.chart for one in await reached_by(caller)]
    except NotSignedIn:
        return []


def forget_readings() -> None:
    """Count from zero: a process that ends, and each test, begins anew."""
    _readings.hour, _readings.sessions = 0, {}
