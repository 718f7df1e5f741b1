"""What fails before a call, in an answer or in a look: over for one delivery, and for no other."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from backend.core.database import transaction
from backend.core.metrics import DUTY_FAILURES
from backend.gateways.sender import Channel, ListedText, SendOutcome, SendResult
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.dispatcher import Dispatcher
from backend.notifications.delivery.reconciliation import reconcile
from backend.notifications.delivery.sending import Providers, send
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.worker import attempt
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import (
    LEASE,
    a_due_code,
    a_due_text,
    counted,
    status,
    the_worker_sends,
)

LAST_DAY = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
UNWRITABLE = "SM\ud800"
"""JSON may hold half of a pair of surrogates; PostgreSQL takes none."""


@pytest.mark.parametrize(
    "answer",
    [
        SendResult(SendOutcome.IN_DOUBT, provider_id=UNWRITABLE),
        SendResult(SendOutcome.IN_DOUBT, code=UNWRITABLE),
        SendResult(SendOutcome.IN_DOUBT, provider_id="S\0"),
    ],
    ids=["id", "code", "nul"],
)
async def test_an_answer_that_cannot_be_written_keeps_no_other_waiting(
    database: Database, answer: SendResult
) -> None:
    tu = await a_patient(database)
    first, second = await a_due_text(database, tu), await a_due_text(database, tu)
    answers = iter([answer, SendResult(SendOutcome.IN_DOUBT)])

    async with asyncio.timeout(10):
        await the_worker_sends(database, FakeProvider(answer=lambda: next(answers)))

    found = {await status(database, each) for each in (first, second)}
    assert found == {("in_doubt", "odd_answer"), ("in_doubt", "")}
    assert await alarms(database) == ["rows.unreadable"]


async def test_an_answer_whose_delivery_somebody_holds_keeps_no_other_waiting(
    database: Database,
) -> None:
    tu, provider = await a_patient(database), FakeProvider()
    held, free = await a_due_text(database, tu), await a_due_text(database, tu)
    wire = Dispatcher(Providers({Channel.SMS: provider}, provider), "t", LEASE, 5.0, in_flight=10)
    holder = await asyncpg.connect(database.servers.database_url("postgres"))

    async with asyncio.timeout(10), database.as_worker():
        await wire.claim_and_send()
        await asyncio.wait(set(wire.open_calls))
        async with holder.transaction():
            await holder.execute("SELECT FROM delivery WHERE id = $1 FOR UPDATE", held)
            await wire.write_some()
            meanwhile = await status(database, held), await status(database, free)
        await wire.write_some()
    await holder.close()

    assert meanwhile == (("sending", ""), ("sent", ""))
    assert await status(database, held) == ("sent", "")
    assert wire.answers.empty()


async def test_what_cannot_be_worded_has_failed_and_was_not_sent(database: Database) -> None:
    await a_due_text(database, await a_patient(database), Kind.APPOINTMENT_BOOKED)
    provider = FakeProvider()
    async with database.as_worker():
        (claimed,) = await claim(1, worker="t", lease=LEASE, margin=2.0, monotonic=time.monotonic())
        odd = replace(claimed, starts_at=LAST_DAY)

        answer = await send(odd, Providers({Channel.SMS: provider}, provider))

    assert (answer.status, answer.code) == (Status.TECHNICAL_FAILURE, "unreadable")
    assert (answer.outcome, provider.sent) == ("not_sent", [])


async def test_a_code_that_cannot_be_made_just_now_is_tried_again(database: Database) -> None:
    await a_due_code(database, await a_patient(database))
    provider = FakeProvider()
    async with database.as_worker():
        (claimed,) = await claim(1, worker="t", lease=LEASE, margin=2.0, monotonic=time.monotonic())
        async with transaction() as connection:
            with suppress(Exception):
                await connection.execute("SELECT 1 / 0")  # from here on PostgreSQL refuses all

            answer = await send(claimed, Providers({Channel.SMS: provider}, provider))
            await connection.execute("ROLLBACK")
            await connection.execute("BEGIN")

    assert (answer.status, answer.code) == (Status.PLANNED, "wording_failed")
    assert provider.sent == []


@dataclass
class OddList:
    """A provider's list that fails for one text, and holds the other."""

    good: str
    how: Callable[[], list[ListedText]]
    asked: int = 0

    async def listed(self, address: str, since: datetime) -> list[ListedText]:
        self.asked += 1
        return self.how() if self.asked == 1 else [ListedText("SM1", self.good, "sent", since)]


def breaks() -> list[ListedText]:
    raise RuntimeError("not what the documents say")


def cannot_be_kept() -> list[ListedText]:
    return [ListedText(UNWRITABLE, "a text that ends in AAAAA", "sent", LAST_DAY)]


@pytest.mark.parametrize(
    ("how", "ends"),
    [(breaks, "in_doubt"), (cannot_be_kept, "technical_failure")],
    ids=["breaks", "cannot be kept"],
)
async def test_a_list_that_is_odd_for_one_text_leaves_the_other_to_be_found(
    database: Database, how: Callable[[], list[ListedText]], ends: str
) -> None:
    tu = await a_patient(database)
    texts = [await a_due_text(database, tu), await a_due_text(database, tu)]
    await the_worker_sends(
        database, FakeProvider(answer=lambda: SendResult(SendOutcome.IN_DOUBT), accepts=False)
    )
    await database.owner.execute(
        "UPDATE delivery SET next_listing_at = hub_clock(), reference = 'AAAAA'"
    )

    async with database.as_worker():
        await reconcile(OddList("AAAAA", how), doubt=60.0)

    found = sorted([(await status(database, each))[0] for each in texts])
    assert found == sorted([ends, "sent"])


async def test_a_duty_that_is_cancelled_from_inside_is_only_a_failure() -> None:
    failed = counted(DUTY_FAILURES, "claim")

    async def cancelled() -> None:
        raise asyncio.CancelledError

    assert await attempt("claim", cancelled) is None
    assert counted(DUTY_FAILURES, "claim") == failed + 1


async def test_a_worker_that_stops_ends_its_duties() -> None:
    begun = asyncio.Event()

    async def for_ever() -> None:
        begun.set()
        await asyncio.sleep(timedelta(hours=1).total_seconds())

    duty = asyncio.create_task(attempt("claim", for_ever))
    await begun.wait()
    duty.cancel()

    with pytest.raises(asyncio.CancelledError):
        await duty
