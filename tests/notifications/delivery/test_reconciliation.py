import asyncio
import time
from datetime import datetime, timedelta
from uuid import UUID

from backend.gateways.sender import ListedText, SendOutcome, SendResult
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.outcomes import classify, complete
from backend.notifications.delivery.receipts import note_receipt
from backend.notifications.delivery.reconciliation import expire_leases, reconcile
from backend.notifications.planning.scheduled import expire
from tests.conftest import Database, Travel
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import (
    AFTER_THE_LEASE,
    IN_DOUBT,
    LEASE,
    a_due_code,
    a_due_push,
    a_due_text,
    a_receipt,
    attempts,
    history,
    row,
    status,
    the_worker_sends,
)

DOUBT = 60.0
AFTER_THE_DOUBT = timedelta(seconds=DOUBT + 1)


async def a_look(database: Database, provider: FakeProvider) -> int:
    async with database.as_worker():
        return await reconcile(provider, doubt=DOUBT)


async def a_text_in_doubt(database: Database, provider: FakeProvider) -> UUID:
    text = await a_due_text(database, await a_patient(database))
    await the_worker_sends(database, provider)
    assert await status(database, text) == ("in_doubt", IN_DOUBT.code)
    return text


def drops() -> FakeProvider:
    """It drops the connection without having accepted anything."""
    return FakeProvider(answer=lambda: IN_DOUBT, accepts=False)


def accepts_and_drops() -> FakeProvider:
    return FakeProvider(answer=lambda: IN_DOUBT)


async def test_a_doubt_is_not_looked_up_before_the_lease_has_ended(
    database: Database, time_moves: Travel
) -> None:
    provider = accepts_and_drops()
    text = await a_text_in_doubt(database, provider)

    early = await a_look(database, provider)
    async with time_moves(AFTER_THE_LEASE):
        late = await a_look(database, provider)

    assert (early, late) == (0, 1)
    assert await status(database, text) == ("sent", "")


async def test_a_text_that_the_provider_lists_is_sent_and_never_repeated(
    database: Database, time_moves: Travel
) -> None:
    provider = accepts_and_drops()
    text = await a_text_in_doubt(database, provider)

    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        repeated = await the_worker_sends(database, provider)

    listed = provider.accepted[0].provider_id
    assert (repeated, len(provider.sent)) == (0, 1)
    assert (await row(database, text))["provider_id"] == listed
    assert [found for _, *found in await attempts(database, text)] == [["accepted", listed]]
    assert await history(database, text) == [("worker", "in_doubt"), ("listing", "sent")]


async def test_a_text_is_repeated_only_after_two_empty_listings_apart_and_a_third_look(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)

    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        too_soon = await a_look(database, provider)
        after_one = await the_worker_sends(database, provider)
        async with time_moves(AFTER_THE_DOUBT):
            await a_look(database, provider)
            looked_before = provider.looked
            provider.answer, provider.accepts = FakeProvider().answer, True
            after_two = await the_worker_sends(database, provider)

    assert (too_soon, after_one, looked_before) == (0, 0, 2)
    assert (after_two, provider.looked) == (1, 3)
    assert len(provider.sent) == 2
    assert (await row(database, text))["provider_id"] == "SM2"
    assert await status(database, text) == ("sent", "")


async def test_a_text_that_shows_up_at_the_third_look_is_not_repeated(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)
    ours = provider.sent[0][1].text

    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        async with time_moves(AFTER_THE_DOUBT):
            await a_look(database, provider)
            provider.accepted.append(ListedText("SM-late", ours, "sent", await _now(database)))
            await the_worker_sends(database, provider)

    assert len(provider.sent) == 1
    assert await status(database, text) == ("sent", "found_in_list")
    assert (await row(database, text))["provider_id"] == "SM-late"


async def test_when_the_provider_cannot_be_asked_nothing_is_decided(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)
    provider.lists = False

    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        async with time_moves(AFTER_THE_DOUBT):
            await a_look(database, provider)
            repeated = await the_worker_sends(database, provider)

    assert (provider.looked, repeated) == (2, 0)
    assert (await row(database, text))["empty_listings"] == 0
    assert await status(database, text) == ("in_doubt", IN_DOUBT.code)


async def test_a_third_look_that_fails_waits_and_looks_again(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)

    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        async with time_moves(AFTER_THE_DOUBT):
            await a_look(database, provider)
            provider.lists = False
            await the_worker_sends(database, provider)

    found = await row(database, text)
    assert len(provider.sent) == 1
    assert (found["status"], found["reason"]) == ("planned", "listing_failed")
    assert found["verify_before_retry"]


async def test_a_doubt_that_outlived_its_message_fails_and_still_hears_a_receipt(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)
    ((attempt, _, _),) = await attempts(database, text)

    async with time_moves(timedelta(hours=2)):
        await a_look(database, provider)
        given_up = await status(database, text)
        repeated = await the_worker_sends(database, provider)
        await note_receipt(attempt, a_receipt("SM1", "delivered"))

    assert (given_up, repeated) == (("technical_failure", "never_found"), 0)
    assert (await status(database, text))[0] == "delivered"


async def test_a_repeat_that_comes_too_late_fails_and_still_hears_a_receipt(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    text = await a_text_in_doubt(database, provider)
    ((attempt, _, _),) = await attempts(database, text)
    async with time_moves(AFTER_THE_LEASE):
        await a_look(database, provider)
        async with time_moves(AFTER_THE_DOUBT):
            await a_look(database, provider)
            allowed = await status(database, text)

    async with database.as_worker(), time_moves(timedelta(hours=2)):
        await expire()
    given_up = await status(database, text)
    await note_receipt(attempt, a_receipt("SM1", "delivered"))

    assert allowed[0] == "planned"
    assert given_up == ("technical_failure", "never_found")
    assert (await status(database, text))[0] == "delivered"


async def test_a_code_in_doubt_is_given_up_and_never_repeated(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    code = await a_due_code(database, await a_patient(database))

    await the_worker_sends(database, provider)
    async with time_moves(AFTER_THE_LEASE):
        looked_for = await a_look(database, provider)
        repeated = await the_worker_sends(database, provider)

    assert (looked_for, repeated, len(provider.sent)) == (0, 0, 1)
    assert (await status(database, code))[0] == "technical_failure"


async def test_a_push_in_doubt_is_repeated_since_it_replaces_itself(
    database: Database, time_moves: Travel
) -> None:
    provider = drops()
    push = await a_due_push(database, await a_patient(database, phones_with_app=1))

    await the_worker_sends(database, provider)
    async with time_moves(timedelta(minutes=11)):
        await the_worker_sends(database, FakeProvider())

    assert (await status(database, push))[0] == "sent"
    assert [outcome for _, outcome, _ in await attempts(database, push)] == ["in_doubt", "accepted"]


class SlowLister(FakeProvider):
    """Answers a listing when it is told to."""

    def hold(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def listed(self, address: str, since: datetime) -> list[ListedText]:
        self.asked.set()
        await self.may_answer.wait()
        return await super().listed(address, since)


async def test_a_look_that_another_worker_has_taken_over_does_not_count(
    database: Database, time_moves: Travel
) -> None:
    frozen = SlowLister(answer=lambda: IN_DOUBT, accepts=False)
    frozen.hold()
    text = await a_text_in_doubt(database, frozen)

    async with database.as_worker(), time_moves(AFTER_THE_LEASE), asyncio.timeout(5):
        slow_look = asyncio.create_task(reconcile(frozen, doubt=DOUBT))
        await frozen.asked.wait()
        async with time_moves(timedelta(seconds=30)):
            await reconcile(drops(), doubt=DOUBT)
            frozen.may_answer.set()
            await slow_look

    found = await row(database, text)
    assert (found["status"], found["empty_listings"]) == ("in_doubt", 1)


async def test_a_late_answer_moves_only_what_was_accepted(
    database: Database, time_moves: Travel
) -> None:
    text = await a_due_text(database, await a_patient(database))
    async with database.as_worker():
        first = await _claim_the_one()
        async with time_moves(AFTER_THE_LEASE):
            await expire_leases()
            await database.owner.execute("UPDATE delivery SET status = 'planned'")
            await _claim_the_one()
            for outcome in (SendOutcome.TRY_LATER, SendOutcome.REFUSED, SendOutcome.IN_DOUBT):
                await complete([classify(first, SendResult(outcome), 0.5)])
            unmoved = await status(database, text)
            await complete([classify(first, SendResult(SendOutcome.ACCEPTED, "SM1"), 0.5)])

    assert unmoved == ("sending", "worker_silent")
    assert await status(database, text) == ("sent", "")
    assert (await attempts(database, text))[0] == (first.attempt, "accepted", "SM1")


async def _claim_the_one() -> Claim:
    (claimed,) = await claim(1, worker="test", lease=LEASE, margin=2.0, monotonic=time.monotonic())
    return claimed


async def _now(database: Database) -> datetime:
    moment: datetime = await database.owner.fetchval("SELECT hub_clock()")
    return moment
