"""No code stands in the inbox, of whatever kind: it is for the phone that asked, once."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.core.database import new_id
from backend.notifications.inbox.streams import Streams
from backend.notifications.kinds import CODES, Kind
from tests.conftest import Database
from tests.harness.records.syncing.apps import App
from tests.harness.records.syncing.world import World, a_world


@pytest.fixture
async def world(database: Database, client: AsyncClient) -> World:
    return await a_world(database, client)


async def told(database: Database, world: World, kind: Kind) -> UUID:
    notification = new_id()
    await database.owner.execute(
        "INSERT INTO notification (id, patient, facility, kind, subject, urgency, lane,"
        " accepted_at, expires_at) VALUES ($1, $2, $3, $4, $1, 'at_once', 0, hub_clock(),"
        " hub_clock() + $5::interval)",
        notification, world.patient, world.facility, kind.value, timedelta(minutes=5),
    )  # fmt: skip
    return notification


async def ask(app: App, method: str, path: str) -> Response:
    shown = {"Authorization": f"Bearer {access_tokens.issue(app.session)}"}
    return await app.client.request(method, path, headers=shown)


@pytest.mark.parametrize("kind", sorted(CODES))
async def test_a_code_is_in_no_list_and_on_no_stream(
    database: Database, world: World, kind: Kind
) -> None:
    owner, streams = world.apps[0], Streams()
    result = await told(database, world, Kind.RESULT_READY)
    async with streams.joined(owner.session) as stream:
        code = await told(database, world, kind)
        await streams._look([stream])
        assert not stream.news

        whole = (await ask(owner, "GET", "/v1/me/notifications")).json()
        page = (await ask(owner, "GET", "/v1/me/notifications?limit=1")).json()
        synced = (await owner.asks(100, None)).json()

    assert [item["id"] for item in whole["items"]] == [str(result)]
    assert [item["id"] for item in page["items"]] == [str(result)]
    assert str(code) not in str(synced)


@pytest.mark.parametrize("kind", sorted(CODES))
async def test_a_code_is_not_there_to_be_read(database: Database, world: World, kind: Kind) -> None:
    code = await told(database, world, kind)

    for what in ("received", "read"):
        answer = await ask(world.apps[0], "POST", f"/v1/me/notifications/{code}/{what}")
        assert answer.status_code == 404

    read_at = await database.owner.fetchval("SELECT read_at FROM notification WHERE id = $1", code)
    assert read_at is None
