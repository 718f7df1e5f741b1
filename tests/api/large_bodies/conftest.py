"""An app with a real helper process, whose messages a test may stop at each point."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from backend.api.app import create_routes
from backend.api.large_bodies.helper import BodyHelper
from backend.api.large_bodies.relay import LargeBodies
from backend.api.request_log import log_requests
from backend.sandbox.demo.story_bundles import LAN
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital

PAD = 1024 * 1024


def padded(body: bytes, size: int = PAD) -> bytes:
    """Say the same with so many blanks more."""
    return body[:-1] + b" " * size + body[-1:]


class Points:
    """What happens when a message passes a point; nothing unless the test says so."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.happens: Callable[[str], Awaitable[None]] | None = None

    async def reached(self, point: str, _: UUID) -> None:
        self.passed.append(point)
        if self.happens is not None:
            await self.happens(point)


@pytest.fixture(scope="session")
def all_points() -> Points:
    return Points()


@pytest.fixture
def points(all_points: Points) -> Points:
    all_points.passed.clear()
    all_points.happens = None
    return all_points


def environment_of(database: Database) -> dict[str, str]:
    return {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
    }


@pytest.fixture(scope="session")
async def app_with_helper(
    migrated: Database, all_points: Points, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Litestar]:
    app = create_routes(all_points.reached)  # what drops the rest of a body is tried elsewhere
    log_requests(app)
    helper = BodyHelper(environment_of(migrated))
    app.state.large_bodies = LargeBodies(str(tmp_path_factory.mktemp("spool")), helper)
    yield app
    await helper.end()


@pytest.fixture
async def relayed(
    app_with_helper: Litestar, database: Database, points: Points
) -> AsyncIterator[AsyncClient]:
    """Speaks to an API that gives its large bodies to a helper."""
    transport = ASGITransport(app=app_with_helper, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


@pytest.fixture
def large_bodies(app_with_helper: Litestar) -> LargeBodies:
    relay: LargeBodies = app_with_helper.state.large_bodies
    return relay


@pytest.fixture
def folder(large_bodies: LargeBodies) -> Path:
    return Path(large_bodies.folder)


@pytest.fixture
async def sender(database: Database, relayed: AsyncClient) -> Hospital:
    """A hospital that has registered one patient."""
    hospital = await a_hospital(database, relayed)
    await hospital.registers(LAN)
    return hospital
