"""Two messages that name one record at once: the second sees what the first has stored."""

import asyncio
from collections.abc import Callable
from contextvars import Context

import pytest

from backend.core.database import transaction
from backend.core.errors import HubError
from backend.intake.fhir.interactions import parse_alone
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.take_in import take_in
from backend.sandbox.demo.story_bundles import Resource, encoded
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.named import HIS, measured, number, stored


def message(hospital: Hospital, resource: Resource, *, posted: bool) -> InboundMessage:
    return parse_alone(encoded(resource), nothing_declared(hospital.facility), posted=posted)


async def somebody_waits(database: Database, over: Callable[[], bool]) -> None:
    """Look at the locks until one is waited for. Every look lets the other task go on."""
    while not over() and not await database.owner.fetchval(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
    ):
        continue


async def test_one_id_for_two_patients_at_once_is_the_first_ones(
    hospital: Hospital, database: Database
) -> None:
    hers = message(hospital, measured("Kali", 4.1, id="x"), posted=False)
    his = message(hospital, measured("Kali", 9, id="x", subject=HIS), posted=False)

    async with transaction(), asyncio.timeout(10):
        await take_in(hers, hospital.facility)
        second = asyncio.create_task(take_in(his, hospital.facility), context=Context())
        await somebody_waits(database, second.done)
        assert not second.done()
    with pytest.raises(HubError) as refused:
        await second

    assert refused.value.code == "record_of_another_patient"
    assert await stored(database) == [("Kali", 4.1)]


async def test_one_identifier_posted_twice_at_once_is_one_record(
    hospital: Hospital, database: Database
) -> None:
    first = message(hospital, measured("Kali", 4.1, number("K")), posted=True)
    then = message(hospital, measured("Kali", 4.2, number("K")), posted=True)

    async with transaction(), asyncio.timeout(10):
        await take_in(first, hospital.facility)
        second = asyncio.create_task(take_in(then, hospital.facility), context=Context())
        await somebody_waits(database, second.done)
        assert not second.done()
    await second

    assert await stored(database) == [("Kali", 4.2)]
