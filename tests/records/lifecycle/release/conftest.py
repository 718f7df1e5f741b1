"""A hospital with a patient, whose eyes are everywhere a record could be read."""

import pytest
from httpx import AsyncClient

from backend.auth.access import access_tokens
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.registered import hospital, lan
from tests.harness.records.eyes import Eyes

__all__ = ["eyes", "hospital", "lan"]


@pytest.fixture
def eyes(database: Database, client: AsyncClient, hospital: Hospital, lan: Tokens) -> Eyes:
    signed_in = access_tokens.verify(lan.access_token)
    return Eyes(database, client, signed_in.session, signed_in.patient, hospital.facility)
