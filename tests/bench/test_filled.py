"""What fills a hub for a bench fits the schema, and leaves the worker nothing to do."""

import pytest

from backend.bench.loaded.filled import fill_later, fill_past
from backend.bench.loaded.registered import load_registered
from backend.core.audit_chain.sealer import seal_chain
from backend.notifications.delivery.claiming import claim
from backend.notifications.planning.scheduled import expire
from tests.conftest import Database

REFERENCES = {
    "notification without its message": "SELECT count(*) FROM notification n"
    " WHERE n.received_event IS NOT NULL AND NOT EXISTS (SELECT FROM received_event e"
    " WHERE e.id = n.received_event AND e.facility = n.facility)",
    "delivery without its notification": "SELECT count(*) FROM delivery d WHERE NOT EXISTS"
    " (SELECT FROM notification n WHERE n.id = d.notification AND n.patient = d.patient)",
    "delivery to a phone that does not reach the chart": "SELECT count(*) FROM delivery d"
    " WHERE NOT EXISTS (SELECT FROM session s JOIN session_chart c ON c.session = s.id"
    " WHERE s.device = d.device AND c.chart = d.patient)",
    "attempt without its delivery": "SELECT count(*) FROM attempt a WHERE NOT EXISTS"
    " (SELECT FROM delivery d WHERE d.id = a.delivery)",
    "step without its delivery": "SELECT count(*) FROM delivery_event e WHERE NOT EXISTS"
    " (SELECT FROM delivery d WHERE d.id = e.delivery AND d.status = e.status)",
}


@pytest.fixture
async def filled(database: Database) -> Database:
    """20 patients with 50 messages of the past, and 30 notifications that are due later."""
    await load_registered(database.owner, 20)
    await fill_past(database.owner, 50)
    await fill_later(database.owner, 30)
    return database


async def test_past_and_future_have_a_row_in_each_table_that_grows(filled: Database) -> None:
    tables = ("received_event", "known_sender_id", "notification", "delivery", "attempt",
              "delivery_event", "audit_event")  # fmt: skip

    rows = {table: await filled.owner.fetchval(f"SELECT count(*) FROM {table}") for table in tables}

    assert rows == {
        "received_event": 50, "known_sender_id": 50, "notification": 80, "delivery": 80,
        "attempt": 50, "delivery_event": 80, "audit_event": 50,
    }  # fmt: skip


async def test_what_was_filled_in_refers_to_what_is_there(filled: Database) -> None:
    dangling = {why: await filled.owner.fetchval(sql) for why, sql in REFERENCES.items()}

    assert dangling == dict.fromkeys(REFERENCES, 0)


async def test_the_worker_finds_no_work_in_what_was_filled_in(filled: Database) -> None:
    async with filled.as_worker():
        await expire()
        claims = await claim(100, worker="test", lease=60, margin=5, monotonic=0)
        sealed = await seal_chain()

    planned = await filled.owner.fetchval("SELECT count(*) FROM delivery WHERE status = 'planned'")
    assert (len(claims), sealed, planned) == (0, 0, 30)


async def test_nothing_filled_in_is_so_new_that_an_event_is_grouped_with_it(
    filled: Database,
) -> None:
    newest = await filled.owner.fetchval("SELECT hub_clock() - max(created_at) FROM notification")

    assert newest.days >= 1
