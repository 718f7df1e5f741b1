"""What an app asks for to keep a record: pages of changes, and when it has to begin anew."""

import base64
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.rules import STRENGTH, Level
from backend.core.crypto.keys import Placed, _ring, use_ring
from backend.records.sync import cursor as sync_cursor
from backend.records.sync.tombstones import KEPT_FOR, purge_tombstones
from tests.conftest import Database, Travel
from tests.harness.records.reaching import at_level
from tests.harness.records.syncing.apps import App
from tests.harness.records.syncing.world import World, a_world
from tests.harness.records.syncing.writers import kept_back, new_records


@pytest.fixture
async def world(database: Database, client: AsyncClient) -> World:
    made = await a_world(database, client)
    for seed in range(4):
        await made.writes(new_records, seed)
    return made


async def in_sync(world: World, app: App) -> str:
    await app.syncs(100, world.number_of)
    assert app.cursor
    return app.cursor


async def test_what_an_app_has_it_is_not_sent_again(world: World) -> None:
    app = world.apps[0]
    cursor = await in_sync(world, app)

    answer = await app.asks(100, cursor)
    again = await app.client.get(
        answer.request.url,
        headers=dict(answer.request.headers) | {"If-None-Match": answer.headers["etag"]},
    )

    assert answer.json() == {"items": [], "nextCursor": cursor, "more": False}
    assert (again.status_code, again.content) == (304, b"")


async def test_a_cursor_says_nothing_of_what_is_not_for_its_reader(
    database: Database, world: World
) -> None:
    *_, summary = world.apps
    cursor = await in_sync(world, summary)

    await database.owner.execute("UPDATE condition SET change_n = 90")
    await database.owner.execute("UPDATE patient_change SET n = 90")

    assert (await summary.asks(100, cursor)).json()["nextCursor"] == cursor


@pytest.mark.parametrize(
    "made_up",
    ["x", "a" * 500, "!", base64.urlsafe_b64encode(b"\x04data" + b"0" * 40).decode()],
    ids=["short", "long", "no base64", "no key"],
)
async def test_what_the_hub_did_not_make_is_no_cursor(world: World, made_up: str) -> None:
    answer = await world.apps[0].asks(10, made_up)

    assert (answer.status_code, answer.json()["code"]) in {(400, "bad_cursor"), (410, "sync_again")}


async def test_a_cursor_with_one_byte_changed_is_none(world: World) -> None:
    app = world.apps[0]
    sealed = bytearray(base64.urlsafe_b64decode(await in_sync(world, app) + "=="))
    sealed[-1] ^= 1

    answer = await app.asks(10, base64.urlsafe_b64encode(sealed).decode().rstrip("="))

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_anothers_cursor_does_not_fit(world: World) -> None:
    own, full, summary = world.apps
    cursors = [await in_sync(world, each) for each in world.apps]

    for app in world.apps:
        for cursor, whose in zip(cursors, world.apps, strict=True):
            answer = await app.asks(10, cursor)
            assert answer.status_code == (200 if whose is app else 410)
    assert len({own.session, full.session, summary.session}) == 3


async def test_a_session_of_another_strength_begins_anew(database: Database, world: World) -> None:
    app = world.apps[0]
    cursor = await in_sync(world, app)
    assert STRENGTH[Level.OTP] != STRENGTH[Level.DESK]

    await at_level(database.owner, "desk")

    assert (await app.asks(10, cursor)).json()["code"] == "sync_again"


async def test_a_grant_given_again_begins_anew(world: World) -> None:
    full = world.apps[1]
    cursor = await in_sync(world, full)

    await world.takes_back(full)
    between = await full.asks(10, cursor)
    await world.gives(full)
    after = await full.asks(10, cursor)

    assert (between.status_code, after.status_code) == (404, 410)


async def test_a_history_that_is_shorter_than_what_was_read_begins_anew(
    database: Database, world: World
) -> None:
    """A database that was restored from before."""
    app = world.apps[0]
    cursor = await in_sync(world, app)

    await database.owner.execute("UPDATE patient_change SET n = n - 1")

    assert (await app.asks(10, cursor)).status_code == 410


async def test_a_cursor_lives_on_after_a_new_key_and_ends_with_its_own(world: World) -> None:
    app, before = world.apps[0], _ring()
    cursor = await in_sync(world, app)
    old = before.data[0]
    new = Placed(replace(old.key, name="data99", secret=bytes(32)), old.current_from)
    try:
        use_ring(replace(before, data=(new, old)))
        moved = await app.asks(10, cursor)
        use_ring(replace(before, data=(new,)))
        old_one = await app.asks(10, cursor)
        new_one = await app.asks(10, moved.json()["nextCursor"])
    finally:
        use_ring(before)

    assert (moved.status_code, old_one.status_code, new_one.status_code) == (200, 410, 200)
    assert moved.json()["nextCursor"] != cursor


async def test_tombstones_are_kept_for_a_year_and_then_forgotten_with_a_new_beginning(
    database: Database, world: World, time_moves: Travel
) -> None:
    app, late = world.apps[0], world.apps[1]
    behind = await in_sync(world, late)
    await world.writes(kept_back)
    cursor = await in_sync(world, app)
    async with time_moves(KEPT_FOR - timedelta(days=1)), database.as_worker():
        early = await purge_tombstones()
    async with time_moves(KEPT_FOR + timedelta(days=1)):
        async with database.as_worker():
            forgotten, again = await purge_tombstones(), await purge_tombstones()
        await database.owner.execute("UPDATE session SET expires_at = hub_clock() + '1 day'")

        answers = [await app.asks(10, cursor), await late.asks(10, behind)]

    assert (early, forgotten > 0, again) == (0, True, 0)
    assert [each.status_code for each in answers] == [200, 410]
    assert await database.owner.fetchval("SELECT count(*) FROM tombstone") == 0


@pytest.mark.parametrize(
    ("table", "row"), [("condition", "id"), ("result", "id"), ("tombstone", "record")]
)
async def test_pages_are_read_along_the_indexes(
    database: Database, world: World, table: str, row: str
) -> None:
    """Each kind gives its first rows after the position, however many it has."""
    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL enable_seqscan = off")
        await database.owner.execute("SET LOCAL enable_bitmapscan = off")
        await database.owner.execute("SET LOCAL enable_sort = off")
        lines = await database.owner.fetch(
            f"EXPLAIN SELECT * FROM {table} t WHERE t.patient = $1::uuid"
            f" AND (t.change_n, t.{row}) > (5::bigint, $1::uuid)"
            f" ORDER BY t.change_n, t.{row} LIMIT 11",
            world.patient,
        )

    plan = "\n".join(str(line[0]) for line in lines)
    assert f"Index Scan using {table}_changes" in plan
    assert "Sort" not in plan


def test_a_cursor_is_the_same_for_the_same_place() -> None:
    state = sync_cursor.ChartState(2, False, False, 0)
    behind = sync_cursor.after_change(7, 3)
    places = [sync_cursor.ChartPlace(UUID(int=n), state, behind) for n in range(80)]
    place = sync_cursor.SyncCursor(sync_cursor.Reading(None, "own", False), places)

    assert sync_cursor.sealed_cursor(place) == sync_cursor.sealed_cursor(place)
    assert sync_cursor.open_cursor(sync_cursor.sealed_cursor(place)) == place
