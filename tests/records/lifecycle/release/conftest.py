"""A hospital with a patient, whose readers are everywhere a record could be read."""

import pytest
from httpx import AsyncClient

from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.registered import hospital, lan
from tests.harness.records.callers import caller_with
from tests.harness.records.readers import Readers

__all__ = ["hospital", "lan", "readers"]


@pytest.fixture
async def readers(
    database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens
) -> Readers:
    signed_in = await caller_with(lan.access_token)
    return Readers(database, client, signed_in.session, signed_in.chart, hospital.facility)
