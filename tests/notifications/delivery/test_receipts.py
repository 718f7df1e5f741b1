import asyncio
import time
from contextvars import Context
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from backend.core.metrics import PROVEN_DOUBLES
from backend.gateways.sender import SendOutcome, SendResult
from backend.gateways.twilio.signature import RANKS
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.outcomes import classify, complete
from backend.notifications.delivery.receipts import note_receipt
from backend.notifications.delivery_status import RECEIPT_STATUS
from tests.conftest import Database
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import (
    LEASE,
    a_due_text,
    a_receipt,
    attempts,
    counted,
    history,
    row,
    status,
)

WORDS = ("queued", "sent", "undelivered", "delivered", "read")


async def claim_all(database: Database) -> list[Claim]:
    async with database.as_worker():
        return await claim(200, worker="test", lease=LEASE, margin=2.0, monotonic=time.monotonic())


async def a_claimed_text(database: Database) -> Claim:
    await a_due_text(database, await a_patient(database))
    (claimed,) = await claim_all(database)
    return claimed


async def test_receipts_in_any_order_end_at_the_highest(database: Database) -> None:
    orders = [order for n in (1, 3, len(WORDS)) for order in permutations(WORDS, n)]
    for n, _ in enumerate(orders):
        await a_due_text(database, await a_patient(database, phone=f"+8497{n:07}"))
    claims = await claim_all(database)

    async def tell(claimed: Claim, order: tuple[str, ...]) -> None:
        for word in order:
            await note_receipt(claimed.attempt, a_receipt(f"SM{claimed.attempt.hex}", word))

    told = zip(claims, orders, strict=True)
    await asyncio.gather(*(asyncio.create_task(tell(*each), context=Context()) for each in told))

    for claimed, order in zip(claims, orders, strict=True):
        highest = max(RANKS[word] for word in order)
        found = await row(database, claimed.delivery)
        assert (found["status"], found["rank"]) == (RECEIPT_STATUS[highest], highest), order
        assert len(await history(database, claimed.delivery)) == len(order)


async def test_a_receipt_proves_a_send_that_a_crash_forgot(database: Database) -> None:
    claimed = await a_claimed_text(database)
    await database.owner.execute("UPDATE delivery SET status = 'technical_failure'")

    await note_receipt(claimed.attempt, a_receipt("SM1", "sent"))

    assert (await status(database, claimed.delivery))[0] == "sent"
    assert await attempts(database, claimed.delivery) == [(claimed.attempt, "accepted", "SM1")]


@pytest.mark.parametrize("end", ["suppressed", "expired", "superseded", "cancelled"])
async def test_what_has_ended_for_good_stays_and_the_receipt_is_kept_as_history(
    database: Database, end: str
) -> None:
    claimed = await a_claimed_text(database)
    await database.owner.execute("UPDATE delivery SET status = $1", end)

    await note_receipt(claimed.attempt, a_receipt("SM1", "delivered"))

    assert (await status(database, claimed.delivery))[0] == end
    assert await history(database, claimed.delivery) == [("receipt", "delivered")]


async def test_a_second_id_for_one_attempt_is_a_proven_double_and_moves_nothing(
    database: Database,
) -> None:
    claimed = await a_claimed_text(database)
    await note_receipt(claimed.attempt, a_receipt("SM1", "sent"))
    before = counted(PROVEN_DOUBLES, "sms")

    await note_receipt(claimed.attempt, a_receipt("SM2", "delivered"))

    assert counted(PROVEN_DOUBLES, "sms") == before + 1
    assert (await status(database, claimed.delivery))[0] == "sent"
    assert await attempts(database, claimed.delivery) == [(claimed.attempt, "accepted", "SM1")]


async def test_our_own_answer_under_another_id_than_the_receipt_is_a_proven_double(
    database: Database,
) -> None:
    claimed = await a_claimed_text(database)
    await note_receipt(claimed.attempt, a_receipt("SM1", "sent"))
    before = counted(PROVEN_DOUBLES, "sms")

    async with database.as_worker():
        await complete([classify(claimed, SendResult(SendOutcome.ACCEPTED, "SM2"), 0.5)])

    assert counted(PROVEN_DOUBLES, "sms") == before + 1
    assert await attempts(database, claimed.delivery) == [(claimed.attempt, "accepted", "SM1")]


async def test_a_receipt_for_an_older_attempt_of_a_sent_text_is_a_proven_double(
    database: Database,
) -> None:
    first = await a_claimed_text(database)
    await database.owner.execute("UPDATE delivery SET status = 'planned'")
    (second,) = await claim_all(database)
    async with database.as_worker():
        await complete([classify(second, SendResult(SendOutcome.ACCEPTED, "SM2"), 0.5)])
    before = counted(PROVEN_DOUBLES, "sms")

    await note_receipt(first.attempt, a_receipt("SM1", "sent"))

    assert counted(PROVEN_DOUBLES, "sms") == before + 1


@pytest.mark.parametrize(
    "answer", [SendOutcome.ACCEPTED, SendOutcome.IN_DOUBT, SendOutcome.TRY_LATER]
)
async def test_a_receipt_before_our_own_answer_is_not_undone_by_it(
    database: Database, answer: SendOutcome
) -> None:
    claimed = await a_claimed_text(database)

    await note_receipt(claimed.attempt, a_receipt("SM1", "delivered"))
    async with database.as_worker():
        await complete([classify(claimed, SendResult(answer, "SM1"), 0.5)])

    assert (await status(database, claimed.delivery))[0] == "delivered"
    assert await attempts(database, claimed.delivery) == [(claimed.attempt, "accepted", "SM1")]


async def test_a_receipt_nobody_waits_for_changes_nothing(database: Database) -> None:
    claimed = await a_claimed_text(database)

    await note_receipt(uuid4(), a_receipt("SM1", "delivered"))
    await note_receipt(claimed.attempt, a_receipt("SM1", "a new word"))

    assert (await status(database, claimed.delivery))[0] == "sending"
    assert await history(database, claimed.delivery) == []


async def test_a_receipt_that_says_the_number_is_dead_stops_the_number(
    database: Database,
) -> None:
    claimed = await a_claimed_text(database)

    await note_receipt(claimed.attempt, a_receipt("SM1", "undelivered", "30005"))

    assert await status(database, claimed.delivery) == ("refused", "30005")
    assert await _is_wrong(database, claimed.contact)


async def _is_wrong(database: Database, contact: UUID | None) -> bool:
    wrong: bool = await database.owner.fetchval(
        "SELECT wrong_since IS NOT NULL FROM contact_point WHERE id = $1", contact
    )
    return wrong
