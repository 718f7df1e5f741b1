"""Patients as the gate to a record sees them."""

from dataclasses import dataclass
from uuid import UUID

from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller
from backend.core.database import fetch_value
from tests.conftest import Database
from tests.harness.auth.steps import sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOfChart(Caller):
    """A caller whose session reaches one chart."""

    chart: UUID


async def chart_of(session: UUID) -> UUID:
    """Give the chart that a session reached first."""
    chart: UUID = await fetch_value(
        "SELECT chart FROM session_chart WHERE session = $1 ORDER BY id LIMIT 1", session
    )
    return chart


async def caller_with(access_token: str) -> CallerOfChart:
    session = access_tokens.verify(access_token).session
    return CallerOfChart(session=session, chart=await chart_of(session))


async def caller(client: AsyncClient, database: Database, citizen_id: str) -> CallerOfChart:
    return await caller_with((await sign_in(client, database, citizen_id)).access_token)
