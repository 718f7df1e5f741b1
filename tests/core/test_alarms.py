"""Alarms: one about the same thing in ten minutes, and none that was rolled back."""

from contextlib import suppress

from backend.core.alarms import AlarmKind, alarm
from backend.core.database import transaction
from backend.core.metrics import ALARMS
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.notifications.steps import counted


class _Fails(Exception):
    """What goes wrong behind an alarm, in the same transaction."""


async def test_an_alarm_that_was_rolled_back_is_not_counted_and_rises_again(
    database: Database,
) -> None:
    before = counted(ALARMS, AlarmKind.UNUSED)
    with suppress(_Fails):
        async with transaction():
            await alarm(AlarmKind.UNUSED)
            raise _Fails
    rolled_back = counted(ALARMS, AlarmKind.UNUSED) - before

    for _ in range(2):
        await alarm(AlarmKind.UNUSED)

    assert rolled_back == 0
    assert counted(ALARMS, AlarmKind.UNUSED) - before == 1
    assert await alarms(database) == ["codes.unused"]
