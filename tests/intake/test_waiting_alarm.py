"""A message that waits for a person for more than a day raises an alarm about its facility."""

from dataclasses import replace
from datetime import timedelta

from httpx import AsyncClient

from backend.intake.pipeline.reasons import WhyRefused
from backend.intake.quarantine import refuse
from backend.intake.waiting_alarm import look_at_waiting
from backend.sandbox.demo.story_bundles import LAN, TU, registration
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.intake.hospital import a_hospital, without_message_id


async def looked(database: Database) -> int:
    async with database.as_worker():
        return await look_at_waiting()


async def test_an_alarm_after_a_day_and_none_once_it_is_settled(
    database: Database, client: AsyncClient, time_moves: Travel
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    await (await a_hospital(database, client, "BV KHAC")).registers(LAN)
    mixed_up = replace(TU, hospital_number=LAN.hospital_number)
    answer = await hospital.posts(without_message_id(registration(mixed_up)))
    message = await database.owner.fetchval(
        "SELECT id FROM received_event WHERE outcome = 'quarantined'"
    )
    assert str(message) == answer.headers["Hub-Message-Id"]

    async with time_moves(timedelta(hours=23)):
        assert await looked(database) == 0
    async with time_moves(timedelta(hours=25)):
        assert await looked(database) == 1
        assert await looked(database) == 1
        assert await alarms(database) == ["messages.waiting"]  # once in ten minutes
        about = await database.owner.fetchval(
            "SELECT subject FROM audit_event WHERE result = 'alarm'"
        )
        assert about == hospital.facility
        await refuse(hospital.facility, message, WhyRefused.OTHER_PERSON, nobody)
        assert await looked(database) == 0


async def nobody() -> None:
    """Write down nothing of who decided."""
