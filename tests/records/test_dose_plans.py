"""What was stored as times a day becomes a plan with the same doses."""

from datetime import date

import pytest
from httpx import AsyncClient

from backend.records.dosing import PARTS, Taken, WallClock, read_plan
from backend.sandbox.story_bundles import LAN
from backend.schema.dose_rules import PLANS
from tests.conftest import Database
from tests.intake.hospital import a_hospital
from tests.records.prescribing import a_medicine, prescribes

OLD_SHAPE = """
ALTER TABLE dose_rule ADD COLUMN times_a_day smallint, ADD COLUMN every_days smallint,
    ADD COLUMN amount text;
UPDATE dose_rule SET plan = '', times_a_day = {times}, every_days = 2, amount = '1 viên',
    first_day = '2026-11-20', last_day = {last}
"""


@pytest.mark.parametrize("last", ["2026-11-26", None])
@pytest.mark.parametrize("times", PARTS)
async def test_old_rules_become_plans(
    database: Database, client: AsyncClient, times: int, last: str | None
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    await prescribes(hospital, a_medicine("A"))
    said = f"'{last}'" if last else "NULL"

    undone = database.owner.transaction()
    await undone.start()
    await database.owner.execute(OLD_SHAPE.format(times=times, last=said))
    await database.owner.execute(PLANS, "Asia/Ho_Chi_Minh")
    plan = read_plan(await database.owner.fetchval("SELECT plan FROM dose_rule"))
    await undone.rollback()

    assert plan == (
        WallClock(
            zone="Asia/Ho_Chi_Minh",
            taken=tuple(Taken("1 viên", part=part) for part in PARTS[times]),
            first_day=date(2026, 11, 20),
            last_day=date.fromisoformat(last) if last else None,
            every_days=2,
        ),
    )
