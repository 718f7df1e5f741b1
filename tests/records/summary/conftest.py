"""A patient who fetches summaries."""

import pytest
from httpx import AsyncClient

from backend.sandbox.story_bundles import LAN
from tests.auth.steps import sign_in
from tests.conftest import Database
from tests.intake.hospital import a_hospital
from tests.records.summary.record import Lan


@pytest.fixture
async def lan(database: Database, client: AsyncClient) -> Lan:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    return Lan(client, database, hospital, await sign_in(client, database, LAN.citizen_id))
