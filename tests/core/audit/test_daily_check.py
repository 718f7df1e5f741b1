"""The worker checks the audit chain once a day, and raises an alarm for what it finds."""

from datetime import timedelta
from pathlib import Path

import pytest

from backend.core.audit import Act, write_down
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.worker_tasks import CheckDuty, HeadsDuty
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.audit import an_hour_of
from tests.harness.unguarded import unguarded

HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


async def test_the_chain_is_checked_once_a_day_by_one_worker(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file)
    async with database.as_worker():
        for hours in (0, 0.9, 23.9, 24.1, 25.2):
            async with time_moves(hours * HOUR):
                await HeadsDuty(str(file))()
                await CheckDuty(str(file))()

    rows = await database.owner.fetch("SELECT place, fault FROM audit_check ORDER BY started_at")
    assert [tuple(row) for row in rows] == [(3, ""), (3, "")]
    assert await alarms(database) == []


async def test_a_broken_chain_raises_an_alarm_within_a_day(database: Database, file: Path) -> None:
    await an_hour_of(database, file)
    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET action = 'x' WHERE place = 2")
    async with database.as_worker():
        await CheckDuty(str(file))()

    assert await alarms(database) == ["audit.chain"]
    assert await database.owner.fetchval("SELECT fault FROM audit_check") == "hash"


async def test_within_thirty_days_each_old_row_is_looked_at_again(
    database: Database, file: Path, time_moves: Travel
) -> None:
    await an_hour_of(database, file, rows=40)
    async with database.as_worker():
        await CheckDuty("")()
        async with unguarded(database.owner):
            await database.owner.execute("UPDATE audit_event SET action = 'x' WHERE place = 7")
        for days in range(1, 31):
            async with time_moves(timedelta(days=days, minutes=days)):
                await CheckDuty("")()

    faults = await database.owner.fetch("SELECT fault FROM audit_check ORDER BY started_at")
    assert sorted(row["fault"] for row in faults) == [*[""] * 30, "hash"]


@pytest.mark.parametrize(("age", "told"), [(1.9, []), (2.1, ["audit.heads"])])
async def test_a_new_hub_misses_no_file_of_heads_and_an_old_one_does(
    database: Database, file: Path, age: float, told: list[str]
) -> None:
    """A first start raises no alarm: its first head is written within two minutes."""
    await write_down(Act(actor_kind="system", action="test"))
    async with unguarded(database.owner):
        await database.owner.execute("UPDATE audit_event SET at = at - $1::interval", age * HOUR)
    async with database.as_worker():
        await seal_chain()
        await CheckDuty(str(file))()

    assert await alarms(database) == told
