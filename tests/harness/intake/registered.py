"""A hospital that has registered one patient, and that patient signed in: how most tests begin."""

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


@pytest.fixture
async def lan(database: Database, client: AsyncClient, hospital: Hospital) -> Tokens:
    return await sign_in(client, database, LAN.citizen_id)
