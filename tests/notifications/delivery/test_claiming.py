import asyncio
import time
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest

from backend.core.database import transaction
from backend.gateways.sender import SendOutcome, SendResult
from backend.notifications.brakes.booking import book_due
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.reconciliation import expire_leases
from backend.notifications.kinds import Kind, Lane
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import (
    AFTER_THE_LEASE,
    LEASE,
    a_due_code,
    a_due_push,
    a_due_text,
    attempts,
    history,
    row,
    status,
    the_worker_sends,
)


async def claim_some(batch: int = 10, last_lane: Lane = Lane.BULK) -> list[Claim]:
    return await claim(
        batch, worker="test", lease=LEASE, margin=2.0, monotonic=time.monotonic(),
        last_lane=last_lane,
    )  # fmt: skip


async def claimed_ids(batch: int = 10, last_lane: Lane = Lane.BULK) -> list[UUID]:
    return [each.delivery for each in await claim_some(batch, last_lane)]


async def test_what_one_worker_is_just_claiming_another_one_skips(database: Database) -> None:
    tu = await a_patient(database)
    first, second = await a_due_text(database, tu), await a_due_text(database, tu)

    async with database.as_worker():
        await book_due()
    async with database.as_worker(), transaction(), asyncio.timeout(2):
        held_open = await claimed_ids(batch=1)
        another_worker = asyncio.create_task(claimed_ids(), context=Context())
        skipped_to = await another_worker

    assert sorted([*held_open, *skipped_to]) == sorted([first, second])
    assert len(held_open) == 1


async def test_a_claim_is_written_down_as_an_attempt_before_anything_is_sent(
    database: Database,
) -> None:
    text = await a_due_text(database, await a_patient(database))

    async with database.as_worker():
        (claimed,) = await claim_some()

    assert await attempts(database, text) == [(claimed.attempt, "", "")]
    assert await status(database, text) == ("sending", "")


async def test_a_code_goes_before_a_result_and_has_a_place_kept(database: Database) -> None:
    tu = await a_patient(database)
    result = await a_due_text(database, tu)
    code = await a_due_code(database, tu)

    async with database.as_worker():
        urgent = await claimed_ids(last_lane=Lane.IN_BUILDING)
        rest = await claimed_ids()

    assert (urgent, rest) == ([code], [result])


async def test_the_wire_deadline_ends_before_the_lease(database: Database) -> None:
    text = await a_due_text(database, await a_patient(database))

    async with database.as_worker():
        (claimed,) = await claim_some()

    left = await database.owner.fetchval(
        "SELECT extract(epoch FROM lease_until - clock_timestamp())::float8"
        " FROM delivery WHERE id = $1",
        text,
    )
    assert claimed.wire_deadline - time.monotonic() < left - 1


@pytest.mark.parametrize(
    "change",
    [
        "due_at = hub_clock() + interval '1 minute'",
        "status = 'held'",
        "status = 'in_doubt'",
        "status = 'sending', lease_until = hub_clock() - interval '1 hour'",
        "status = 'sent'",
        "status = 'superseded'",
    ],
)
async def test_only_what_is_planned_and_due_is_claimed(database: Database, change: str) -> None:
    await a_due_text(database, await a_patient(database))
    await database.owner.execute(f"UPDATE delivery SET {change}")

    assert await the_worker_sends(database, FakeProvider()) == 0


async def test_a_silent_worker_is_doubted_after_its_lease_and_not_before(
    database: Database, time_moves: Travel
) -> None:
    text = await a_due_text(database, await a_patient(database))
    async with database.as_worker():
        await claim_some()
        await expire_leases()
        while_it_lasts = await status(database, text)
        async with time_moves(AFTER_THE_LEASE):
            await expire_leases()

    assert while_it_lasts == ("sending", "")
    assert await status(database, text) == ("in_doubt", "worker_silent")
    assert await history(database, text) == [("worker", "in_doubt")]


async def test_a_push_or_code_of_a_silent_worker_is_repeated_or_given_up(
    database: Database, time_moves: Travel
) -> None:
    lan = await a_patient(database, phones_with_app=1)
    push, code = await a_due_push(database, lan), await a_due_code(database, lan)

    async with database.as_worker():
        await claim_some()
        async with time_moves(AFTER_THE_LEASE):
            await expire_leases()

    assert await status(database, push) == ("planned", "worker_silent")
    assert await status(database, code) == ("technical_failure", "worker_silent")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE notification SET read_at = hub_clock()", ("suppressed", "read_in_app")),
        ("UPDATE patient SET deceased_at = hub_clock()", ("suppressed", "deceased")),
        ("UPDATE contact_point SET wrong_since = hub_clock()", ("suppressed", "address_gone")),
        ("UPDATE contact_point SET confirmed_at = NULL", ("suppressed", "address_gone")),
        ("UPDATE notification SET expires_at = hub_clock()", ("expired", "too_late")),
    ],
)
async def test_what_no_longer_holds_when_it_would_be_sent_is_not_sent(
    database: Database, change: str, expected: tuple[str, str]
) -> None:
    provider = FakeProvider()
    text = await a_due_text(database, await a_patient(database))
    await database.owner.execute(change)

    await the_worker_sends(database, provider)

    assert provider.sent == []
    assert await status(database, text) == expected
    assert await history(database, text) == [("worker", expected[0])]


async def test_a_provider_that_asks_to_wait_is_left_alone_until_then(
    database: Database, time_moves: Travel
) -> None:
    text = await a_due_text(database, await a_patient(database))
    busy = FakeProvider(
        answer=lambda: SendResult(SendOutcome.TRY_LATER, code="20429", retry_after=40),
        accepts=False,
    )

    await the_worker_sends(database, busy)
    at_once = await the_worker_sends(database, busy)
    async with time_moves(timedelta(seconds=41)):
        later = await the_worker_sends(database, FakeProvider())

    assert (at_once, later, len(busy.sent)) == (0, 1, 1)
    assert await status(database, text) == ("sent", "")
    assert await history(database, text) == [("worker", "planned"), ("worker", "sent")]


async def test_a_batch_of_answers_is_written_down_with_its_history(database: Database) -> None:
    lan = await a_patient(database, phones_with_app=1)
    deliveries = [
        await a_due_text(database, lan, Kind.QUEUE_CALLED),
        await a_due_text(database, lan),
        await a_due_push(database, lan),
    ]
    provider = FakeProvider()

    claimed = await the_worker_sends(database, provider)

    assert claimed == len(provider.sent) == len(deliveries)
    for each in deliveries:
        found = await row(database, each)
        assert (found["status"], found["lease_until"], found["attempts"]) == ("sent", None, 1)
        assert found["provider_id"]
        assert found["sent_at"]
        assert await history(database, each) == [("worker", "sent")]


async def test_one_answer_that_cannot_be_written_down_does_not_silence_the_others(
    database: Database, time_moves: Travel
) -> None:
    tu = await a_patient(database)
    first, second = await a_due_text(database, tu), await a_due_text(database, tu)
    ids = iter(["S" * 201, "SM1"])
    odd = FakeProvider(answer=lambda: SendResult(SendOutcome.IN_DOUBT, provider_id=next(ids)))

    await the_worker_sends(database, odd)

    found = {await status(database, each) for each in (first, second)}
    assert found == {("in_doubt", "odd_answer"), ("in_doubt", "")}
    assert await alarms(database) == ["rows.unreadable"]
    async with database.as_worker(), time_moves(AFTER_THE_LEASE):
        assert await expire_leases() == 0
