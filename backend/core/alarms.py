"""Raises an alarm as audit row, count and log line; the same alarm only once in a while."""

from datetime import timedelta
from enum import StrEnum

from piccolo.columns import UUID, Bytea, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.core.audit import Act, write_down
from backend.core.database import DB, TimeOrderedId, fetch_value, transaction
from backend.core.log import log
from backend.core.metrics import ALARMS

QUIET_FOR = timedelta(minutes=10)
"""How long the same alarm about the same thing is not raised again."""


class AlarmKind(StrEnum):
    """A kind of alarm, for the person on duty."""

    MANY_TO_NEIGHBOURS = "codes.prefix"
    MINUTE_SPENT = "codes.minute"
    DAY_SPENT = "codes.day"
    UNUSED = "codes.unused"
    STRANGERS = "codes.strangers"
    SCAN = "codes.scan"
    UNREADABLE_ROW = "rows.unreadable"


class Alarm(Table, db=DB):
    """The time of the last alarm of each kind about each subject."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    kind = Varchar(length=20)
    about = Bytea(default=b"")
    """A keyed hash of what it is about: never a number or an address in plain."""
    times = Integer(default=1)
    raised_at = Timestamptz(default=TimestamptzNow())
    alarm_once = Unique([kind, about])


async def alarm(kind: AlarmKind, about: bytes = b"", from_where: str = "") -> None:
    """Raise an alarm unless it was raised recently. Of several processes, one raises it."""
    async with transaction():
        raised = await fetch_value(
            "INSERT INTO alarm (kind, about, times, raised_at) VALUES ($1, $2, 1, hub_clock())"
            " ON CONFLICT ON CONSTRAINT alarm_once DO UPDATE SET times = alarm.times + 1,"
            " raised_at = hub_clock() WHERE alarm.raised_at <= hub_clock() - $3::interval"
            " RETURNING id",
            kind.value, about, QUIET_FOR,
        )  # fmt: skip
        if raised is None:
            return
        await write_down(
            Act(actor_kind="system", action=kind.value, subject=raised, from_where=from_where,
                result="alarm")
        )  # fmt: skip
    ALARMS.labels(kind.value).inc()
    log.warning("alarm", kind=kind.value)
