"""What a merge does to what was not told yet: nothing more goes to the phone of the old chart."""

import asyncio
import time
from contextlib import AsyncExitStack
from contextvars import Context
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.database import transaction
from backend.gateways.sender import SendOutcome, SendResult
from backend.notifications.delivery.claiming import claim
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.notifications.steps import LEASE, the_worker_sends
from tests.harness.records.charts import LASTING, TEMPORARY, Charts, some_charts

AWAKE = (
    "UPDATE delivery SET status = 'planned', reason = '', due_at = hub_clock()"
    " WHERE status IN ('planned', 'held')"
)
"""Whatever the hour in which the test runs."""


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    """A result of the temporary chart is ready, and its phone is about to be told."""
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(TEMPORARY)
    await database.owner.execute(AWAKE)
    return made


async def deliveries(charts: Charts, patient: UUID) -> list[tuple[str, str]]:
    rows = await charts.database.owner.fetch(
        "SELECT status, reason FROM delivery WHERE patient = $1 ORDER BY id", patient
    )
    return [(row["status"], row["reason"]) for row in rows]


async def inbox(charts: Charts, patient: UUID) -> int:
    return int(
        await charts.database.owner.fetchval(
            "SELECT count(*) FROM notification WHERE patient = $1", patient
        )
    )


async def test_what_is_planned_is_told_to_the_other_phone_instead(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    assert await deliveries(charts, old) == [("planned", "")]
    told = await inbox(charts, old)
    provider = FakeProvider()

    await charts.merges(TEMPORARY, LASTING)
    await charts.database.owner.execute(AWAKE)
    await the_worker_sends(charts.database, provider)

    assert await deliveries(charts, old) == [("cancelled", "merged")]
    assert [status for status, _ in await deliveries(charts, new)] == ["sent"]
    assert await inbox(charts, new) == told > 0
    assert [address for address, _, _ in provider.sent] == ["+84933000002"]


async def test_taken_back_before_it_was_told_it_goes_to_the_first_phone(charts: Charts) -> None:
    old = await charts.owner(TEMPORARY)
    provider = FakeProvider()
    await charts.merges(TEMPORARY, LASTING)

    await charts.takes_back(TEMPORARY)
    await charts.database.owner.execute(AWAKE)
    await the_worker_sends(charts.database, provider)

    assert await deliveries(charts, old) == [("cancelled", "merged"), ("sent", "")]
    assert [address for address, _, _ in provider.sent] == ["+84933000001"]


async def test_what_was_told_is_not_told_again(charts: Charts) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    provider = FakeProvider()
    await the_worker_sends(charts.database, provider)

    await charts.merges(TEMPORARY, LASTING)
    await charts.database.owner.execute(AWAKE)
    await the_worker_sends(charts.database, provider)

    assert len(provider.sent) == 1
    assert await deliveries(charts, new) == []
    assert [status for status, _ in await deliveries(charts, old)] == ["sent"]


async def test_a_worker_meets_nothing_to_send_while_a_merge_is_open(charts: Charts) -> None:
    provider = FakeProvider()

    async with transaction(), asyncio.timeout(20):
        await charts.merges(TEMPORARY, LASTING)
        round_ = asyncio.create_task(the_worker_sends(charts.database, provider), context=Context())
        assert await round_ == 0

    assert provider.sent == []


async def test_a_merge_waits_for_a_worker_that_is_just_claiming(charts: Charts) -> None:
    """What it has claimed is on its way; should it come back, it is not sent there again."""
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)

    async with AsyncExitStack() as held_open:
        async with charts.database.as_worker():
            await held_open.enter_async_context(transaction())
            assert len(await claim(10, worker="test", lease=LEASE, margin=2.0,
                                   monotonic=time.monotonic())) == 1  # fmt: skip
        merging = asyncio.create_task(charts.merges(TEMPORARY, LASTING), context=Context())
        _, pending = await asyncio.wait([merging], timeout=0.5)
        assert pending, "the merge waits for the row that is being claimed"
    await merging

    assert await deliveries(charts, old) == [("sending", "")]
    assert await deliveries(charts, new) == []
    await charts.database.owner.execute("UPDATE delivery SET status = 'planned'")
    provider = FakeProvider()
    await the_worker_sends(charts.database, provider)
    assert provider.sent == []
    assert await deliveries(charts, old) == [("cancelled", "merged")]


async def test_what_may_have_arrived_stays_open_to_its_receipt(charts: Charts) -> None:
    old = await charts.owner(TEMPORARY)
    provider = FakeProvider(
        lambda: SendResult(SendOutcome.IN_DOUBT, code="ServerDisconnectedError")
    )
    await the_worker_sends(charts.database, provider)
    await charts.database.owner.execute(
        "UPDATE delivery SET status = 'planned', reason = '', verify_before_retry = true,"
        " due_at = hub_clock()"
    )

    await charts.merges(TEMPORARY, LASTING)
    again = FakeProvider()
    await the_worker_sends(charts.database, again)

    assert again.sent == []
    assert await deliveries(charts, old) == [("technical_failure", "never_found")]


async def test_what_waits_for_the_rest_of_an_order_waits_for_the_other_patient(
    charts: Charts,
) -> None:
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    result = await charts.database.owner.fetchval("SELECT id FROM result WHERE patient = $1", old)
    await charts.database.owner.execute(
        "INSERT INTO deferred_notice (patient, facility, kind, subject, happened_at,"
        " accepted_at, due_at)"
        " VALUES ($1, $2, 'result.ready', $3, hub_clock(), hub_clock(), hub_clock())",
        old, charts.facility, result,
    )  # fmt: skip

    await charts.merges(TEMPORARY, LASTING)

    assert await charts.database.owner.fetchval("SELECT patient FROM deferred_notice") == new
