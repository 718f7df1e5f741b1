"""Raises an alarm as audit row, count and log line; the same alarm only once in a while."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from piccolo import columns
from piccolo.columns import Bytea, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from backend.core.audit import Act, write_down
from backend.core.database import DB, TimeOrderedId, after_commit, fetch_value, transaction
from backend.core.log import log
from backend.core.metrics import ALARMS

QUIET_FOR = timedelta(minutes=10)
"""How long the same alarm about the same thing is not raised again."""


class AlarmKind(StrEnum):
    """A kind of alarm, for the person on duty."""

    MANY_TO_NEIGHBOURS = "texts.prefix"
    MANY_FIRST_TEXTS = "texts.first"
    MANY_TO_ONE = "texts.capped"
    MANY_TEXTS = "texts.hour"
    MINUTE_SPENT = "codes.minute"
    DAY_SPENT = "codes.day"
    UNUSED = "codes.unused"
    STRANGERS = "codes.strangers"
    SCAN = "codes.scan"
    AUDIT_CHAIN = "audit.chain"
    AUDIT_HEADS = "audit.heads"
    REFUSED_EVERYWHERE = "refusals.everywhere"
    STAFF_GUESSED = "staff.guessed"
    STAFF_READS = "staff.reads"
    MANY_SLIPS = "staff.slips"
    SESSION_READS = "session.reads"
    UNREADABLE_ROW = "rows.unreadable"
    MESSAGES_WAIT = "messages.waiting"
    MONTH_MISSING = "months.missing"


class Alarm(Table, db=DB):
    """The time of the last alarm of each kind about each subject."""

    id = columns.UUID(primary_key=True, default=TimeOrderedId())
    kind = Varchar(length=20)
    about = Bytea(default=b"")
    """A keyed hash of what it is about: never a number or an address in plain."""
    times = Integer(default=1)
    raised_at = Timestamptz(default=TimestamptzNow())
    alarm_once = Unique([kind, about])


async def alarm(
    kind: AlarmKind, about: bytes = b"", from_where: str = "", subject: UUID | None = None
) -> None:
    """Raise an alarm unless it was raised recently. Of several processes, one raises it.

    Args:
        kind: what is wrong.
        about: of several causes of one kind, which one.
        from_where: for the audit row: an address, or the place of a row.
        subject: for the audit row: the id of a row, else the id of the alarm.
    """
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
            Act(actor_kind="system", action=kind.value, subject=subject or raised,
                from_where=from_where, result="alarm")
        )  # fmt: skip
        after_commit(lambda: _tell(kind))


def _tell(kind: AlarmKind) -> None:
    """Count it and log it, once its row is kept: what was rolled back is raised again."""
    ALARMS.labels(kind.value).inc()
    log.warning("alarm", kind=kind.value)
