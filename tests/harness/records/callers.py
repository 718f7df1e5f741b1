"""Patients as the gate to a record sees them."""

from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller
from tests.conftest import Database
from tests.harness.auth.steps import sign_in


async def caller(client: AsyncClient, database: Database, citizen_id: str) -> Caller:
    opened = await sign_in(client, database, citizen_id)
    access = access_tokens.verify(opened.access_token)
    return Caller(access.session, access.patient)
