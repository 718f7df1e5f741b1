"""Signals every API process that a patient's data may have changed.

A signal names the patient and nothing else. The receiver looks for itself, and would look some
seconds later without it. So a signal may be lost, doubled, or without effect.
"""

import asyncio
import re
from contextlib import suppress
from typing import Final
from uuid import UUID

from redis.exceptions import RedisError

from backend.core.database import after_commit
from backend.core.redis import FastStoreAway, redis

CHANNEL: Final = "hub:hints"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
MOST: Final = 1000
"""Patients that wait to be said while Redis is slow; whoever comes on top is not hinted at."""


class _Pending:
    patients: set[UUID] = set()  # one for this process
    saying: asyncio.Task[None] | None = None


def publish(patient: UUID) -> None:
    """Publish a signal for this patient after the open transaction commits, in the background."""
    after_commit(lambda: _say_soon(patient))


def patients_in(said: str) -> set[UUID]:
    """Read the patients of a signal; what is no id is passed over."""
    return {UUID(patient) for patient in said.split() if _ID.fullmatch(patient)}


async def stop_publishing() -> None:
    """Drop unsent signals at the end of a process."""
    _Pending.patients.clear()
    if _Pending.saying is not None:
        _Pending.saying.cancel()
        _Pending.saying = None


def _say_soon(patient: UUID) -> None:
    if len(_Pending.patients) < MOST:
        _Pending.patients.add(patient)
    if _Pending.saying is None or _Pending.saying.done():
        _Pending.saying = asyncio.create_task(_say_all())


async def _say_all() -> None:
    """Say all that wait in one message, and again what came meanwhile."""
    while _Pending.patients:
        said = " ".join(map(str, _Pending.patients))
        _Pending.patients.clear()
        with suppress(RedisError, FastStoreAway, OSError):  # a lost hint is found by looking
            await redis().publish(CHANNEL, said)
