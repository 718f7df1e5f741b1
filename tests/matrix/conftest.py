"""The world of the matrix: a fresh one for what changes it, a lasting one for what may not."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from backend.api.app import create_app
from backend.gateways.oidc.client import Oidc
from tests.conftest import EMPTY, Database
from tests.harness.auth.vneid_steps import configured
from tests.harness.peers.openid_provider import an_openid_provider
from tests.matrix.world import World, a_world


@pytest.fixture(scope="session")
async def app() -> AsyncIterator[Litestar]:
    """An API that offers VNeID too: an endpoint that is shut answers nobody, and proves nothing."""
    app = create_app()
    async with an_openid_provider() as op:
        vneid = app.state.identity_verifier = Oidc(configured(op), answer_seconds=10.0)
        yield app
        await vneid.close()


@pytest.fixture
async def world(database: Database, client: AsyncClient) -> World:
    return await a_world(database, client)


@pytest.fixture(scope="module")
async def lasting_world(migrated: Database, app: Litestar) -> AsyncIterator[World]:
    """One for all tests of a module: what they ask for is refused, so that nothing changes."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield await a_world(migrated, client)
    await migrated.owner.execute(EMPTY)
