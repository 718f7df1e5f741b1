"""A patient who fetches summaries."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import a_hospital
from tests.harness.records.summary_record import Lan


@pytest.fixture
async def lan(database: Database, client: AsyncClient) -> Lan:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    return Lan(client, database, hospital, await sign_in(client, database, LAN.citizen_id))
