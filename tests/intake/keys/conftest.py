"""A hospital with two patients, and what the first one reads."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made
