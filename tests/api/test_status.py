"""`GET /v1/status`: what is late just now, for everybody, and about nobody."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient
from litestar import Litestar

from backend.api.status_api import Board
from backend.auth.facilities.facilities import watch_facility
from backend.core.database import new_id
from backend.notifications.delivery_status import Status
from backend.sandbox.demo.story_bundles import LAN, registration
from tests.conftest import Database, Travel
from tests.harness.intake.hospital import Hospital, a_hospital, without_message_id
from tests.harness.makers import a_patient
from tests.harness.support.makers import a_delivery, a_notification

SIX_HOURS, SEVEN_HOURS = timedelta(hours=6), timedelta(hours=7)


@pytest.fixture
async def asks(app: Litestar, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Asks an API that keeps nothing: what it answers is what is so."""
    before, app.state.board = app.state.board, Board(kept_seconds=0)
    yield client
    app.state.board = before


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


async def test_all_is_well_when_nothing_is_late(asks: AsyncClient, hospital: Hospital) -> None:
    await watch_facility(hospital.facility, SIX_HOURS)

    answer = await asks.get("/v1/status")

    assert answer.json() == {"state": "ok", "items": []}
    assert answer.headers["cache-control"] == "public, max-age=15"
    assert answer.headers["vary"] == "Accept-Language"


async def test_a_hospital_is_late_when_it_is_silent_for_longer_than_is_usual_for_it(
    asks: AsyncClient, database: Database, hospital: Hospital, time_moves: Travel
) -> None:
    other = await a_hospital(database, asks, "BV KHAC")
    await watch_facility(hospital.facility, SIX_HOURS)
    await watch_facility(other.facility, SIX_HOURS)
    heard = await database.owner.fetchval("SELECT max(received_at) FROM received_event")

    async with time_moves(SEVEN_HOURS):
        late = (await asks.get("/v1/status", headers={"Accept-Language": "en"})).json()
        vietnamese = (await asks.get("/v1/status")).json()
        await hospital.posts(without_message_id(registration(LAN)))
        after = (await asks.get("/v1/status")).json()

    (item,) = late["items"]
    assert (late["state"], item["upstream"], item["name"]) == (
        "delayed", "facility", "Bệnh viện Mẫu",
    )  # fmt: skip
    assert datetime.fromisoformat(item["since"]) == heard
    local = heard + SEVEN_HOURS
    assert item["text"] == (
        f"Bệnh viện Mẫu: nothing new has come since {local:%H:%M} on {local:%d/%m/%Y}."
        " Records may lack what is recent."
    )
    assert vietnamese["items"][0]["text"].startswith("Bệnh viện Mẫu: chưa có dữ liệu mới từ")
    assert after == {"state": "ok", "items": []}


async def test_a_hospital_that_nobody_watches_is_never_late(
    asks: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    async with time_moves(timedelta(days=30)):
        assert (await asks.get("/v1/status")).json()["state"] == "ok"


@pytest.mark.parametrize(
    ("status", "waits", "state"),
    [
        (Status.PLANNED, timedelta(minutes=11), "delayed"),
        (Status.PLANNED, timedelta(minutes=9), "ok"),
        (Status.SENT, timedelta(minutes=11), "ok"),
        (Status.HELD, timedelta(minutes=11), "ok"),
    ],
)
async def test_messages_are_late_when_one_that_is_due_waits_too_long(
    asks: AsyncClient, database: Database, time_moves: Travel,
    status: Status, waits: timedelta, state: str,
) -> None:  # fmt: skip
    lan = await a_patient(database)
    notification = await a_notification(database, lan.id, lan.facility)
    await a_delivery(database, notification, status, contact=lan.contact)
    due = await database.owner.fetchval("SELECT due_at FROM delivery")

    async with time_moves(waits):
        answer = (await asks.get("/v1/status")).json()

    assert answer["state"] == state
    assert [(each["upstream"], each["name"], each["since"]) for each in answer["items"]] == (
        [("messages", None, due.astimezone(UTC).isoformat().replace("+00:00", "Z"))]
        if state == "delayed"
        else []
    )


async def test_an_app_that_has_it_is_told_so(asks: AsyncClient) -> None:
    first = await asks.get("/v1/status")

    again = await asks.get("/v1/status", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_process_asks_the_database_once_for_many(
    client: AsyncClient, database: Database, hospital: Hospital, time_moves: Travel
) -> None:
    board, anew = Board(kept_seconds=3600), Board(kept_seconds=3600)
    await watch_facility(hospital.facility, SIX_HOURS)
    at_first = await board.late()

    async with time_moves(SEVEN_HOURS):
        kept, fresh = await board.late(), await anew.late()

    assert (at_first, kept) == ([], [])
    assert [each.name for each in fresh] == ["Bệnh viện Mẫu"]


async def test_when_a_hospital_was_heard_is_one_look_at_an_index(
    database: Database, hospital: Hospital
) -> None:
    await database.owner.executemany(
        "INSERT INTO received_event (id, facility, dialect, content_hash, raw, received_at)"
        " VALUES ($1, $2, 'hub', '', '', hub_clock())",
        [(new_id(), hospital.facility) for _ in range(2000)],
    )
    await database.owner.execute("ANALYZE received_event")

    plan = await database.owner.fetch(
        "EXPLAIN SELECT received_at FROM received_event WHERE facility = $1"
        " ORDER BY received_at DESC LIMIT 1",
        hospital.facility,
    )

    assert "Index Only Scan" in str(plan)
    assert "Sort Key: received_event.received_at" in str(plan), "the months are merged in order"
    assert "Seq Scan" not in str(plan)
    assert "Sort  (" not in str(plan)
