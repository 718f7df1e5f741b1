"""The app with the doors of support."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from backend.bodies import only_honest_bodies
from backend.problems import EXCEPTION_HANDLERS
from backend.support.support_api import StaffDoor, SupportDesk
from tests.conftest import Database


@pytest.fixture
async def client(database: Database) -> AsyncIterator[AsyncClient]:
    app = Litestar(
        [StaffDoor, SupportDesk],
        middleware=[only_honest_bodies],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    transport = ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client
