"""Raises an alarm when a message has waited for a person for more than a day."""

from datetime import timedelta
from typing import Final

from backend.core.alarms import AlarmKind, alarm
from backend.core.database import fetch

TOO_LONG: Final = timedelta(days=1)


async def look_at_waiting() -> int:
    """Raise one alarm for each facility with such a message; give the number of facilities."""
    rows = await fetch("SELECT facility FROM hub_waiting_messages($1)", TOO_LONG)
    for row in rows:
        facility = row["facility"]
        await alarm(AlarmKind.MESSAGES_WAIT, facility.bytes, subject=facility)
    return len(rows)
