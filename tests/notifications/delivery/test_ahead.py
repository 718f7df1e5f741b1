"""What is claimed ahead begins only while it still may; else it comes back, and is sent once."""

import asyncio
from datetime import timedelta

import pytest

from backend.notifications.delivery.reconciliation import expire_leases, reconcile
from tests.conftest import Database, Travel
from tests.harness.fakes.held_provider import HeldProvider
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import a_facility, a_patient
from tests.harness.notifications.ahead import a_wire, one_waits
from tests.harness.notifications.steps import (
    AFTER_THE_LEASE,
    a_due_text,
    attempts,
    row,
    status,
    the_worker_sends,
)

NEWER = (
    "INSERT INTO notification (id, patient, facility, kind, subject, subject_version, urgency,"
    " lane, accepted_at, expires_at) SELECT uuidv7(), patient, facility, kind, subject, 'new',"
    " urgency, lane, hub_clock(), expires_at FROM notification WHERE patient = $1"
)
CANCEL = (
    "UPDATE delivery SET status = 'cancelled', reason = 'merged', ended_at = hub_clock()"
    " WHERE patient = $1"
)
SUSPEND = "UPDATE facility SET suspended_at = hub_clock() WHERE id = $1"
CHANGES = {
    "not me": (
        "UPDATE contact_point SET not_theirs_since = hub_clock() WHERE patient = $1",
        ("suppressed", "address_gone"),
    ),
    "wrong number": (
        "UPDATE contact_point SET wrong_since = hub_clock() WHERE patient = $1",
        ("suppressed", "address_gone"),
    ),
    "read": (
        "UPDATE notification SET read_at = hub_clock() WHERE patient = $1",
        ("suppressed", "read_in_app"),
    ),
    "deceased": (
        "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1",
        ("suppressed", "deceased"),
    ),
    "kept back": (
        "UPDATE notification SET kept_back = true WHERE patient = $1",
        ("suppressed", "not_released"),
    ),
    "too late": (
        "UPDATE notification SET expires_at = hub_clock() WHERE patient = $1",
        ("expired", "too_late"),
    ),
    "cancelled": (
        CANCEL,
        ("cancelled", "merged"),
    ),
    "newer state": (
        NEWER,
        ("superseded", "newer_state"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_so_no_more_when_its_turn_comes_is_not_sent(
    database: Database, change: str
) -> None:
    """It was so when it was claimed, and changed while it waited behind an open call."""
    sql, expected = CHANGES[change]
    provider, tu = HeldProvider(), await a_patient(database)

    async with one_waits(database, provider, tu) as (_, waits):
        await database.owner.execute(sql, tu.id)

    assert len(provider.sent) == 1
    assert await status(database, waits) == expected
    assert [each[1] for each in await attempts(database, waits)] == ["not_sent"]


async def test_what_a_suspended_facility_has_told_is_given_back_and_held(
    database: Database,
) -> None:
    facility, provider = await a_facility(database), HeldProvider()
    tu = await a_patient(database, facility)

    async with one_waits(database, provider, tu) as (_, waits):
        await database.owner.execute(SUSPEND, facility)

    assert len(provider.sent) == 1
    assert await status(database, waits) == ("planned", "given_back")
    await the_worker_sends(database, provider)
    assert await status(database, waits) == ("held", "facility_suspended")
    assert len(provider.sent) == 1


async def test_a_suspension_does_not_wait_for_the_turn_of_what_is_claimed(
    database: Database, time_moves: Travel
) -> None:
    """All slots are taken by calls that hang; what waits is given back all the same."""
    facility, provider = await a_facility(database), HeldProvider()
    tu = await a_patient(database, facility)

    async with one_waits(database, provider, tu) as (wire, waits):
        await database.owner.execute(SUSPEND, facility)
        while len(wire.ahead):
            await wire.claim_and_send()
            await asyncio.sleep(0)
        await wire.write_some()
        meanwhile = await status(database, waits)

    assert meanwhile == ("planned", "given_back")


async def test_a_notice_that_moves_while_it_waits_is_told_to_its_new_owner(
    database: Database,
) -> None:
    """Who merges finds it claimed, so plans nothing: it may be on the wire. It was not."""
    facility, provider = await a_facility(database), HeldProvider()
    tu = await a_patient(database, facility)
    lan = await a_patient(database, facility, phone="+84987654321")

    async with one_waits(database, provider, tu) as (_, waits):
        await database.owner.execute(
            "UPDATE notification SET patient = $2 WHERE patient = $1", tu.id, lan.id
        )

    anew = await database.owner.fetch("SELECT id, contact FROM delivery WHERE patient = $1", lan.id)
    assert len(provider.sent) == 1
    assert await status(database, waits) == ("cancelled", "merged")
    assert [each["contact"] for each in anew] == [lan.contact]


async def test_a_worker_that_stops_gives_back_at_once_what_it_has_not_begun(
    database: Database,
) -> None:
    """Another worker sends it while the first still waits for its open call."""
    provider, other = HeldProvider(), FakeProvider()
    tu = await a_patient(database)

    async with one_waits(database, provider, tu) as (wire, waits):
        due_at = (await row(database, waits))["due_at"]
        stopping = asyncio.create_task(wire.drain())
        await wire.write_some()
        given_back, due_then = await status(database, waits), (await row(database, waits))["due_at"]
        await the_worker_sends(database, other)
        sent_meanwhile = await status(database, waits)
        provider.open.set()
        await wire.write_some()
        await stopping

    assert (given_back, due_then) == (("planned", "given_back"), due_at)
    assert sent_meanwhile == ("sent", "")
    assert (len(provider.sent), len(other.sent)) == (1, 1)


async def test_a_stopped_worker_begins_nothing_that_a_claim_still_brings(
    database: Database,
) -> None:
    provider = FakeProvider()
    text = await a_due_text(database, await a_patient(database))
    wire = a_wire(provider, in_flight=2)
    wire.is_stopping = True

    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        draining = asyncio.create_task(wire.drain())
        await wire.write_some()
        await draining

    assert provider.sent == []
    assert await status(database, text) == ("planned", "given_back")


async def test_what_is_past_its_wire_deadline_is_given_back_and_not_sent(
    database: Database,
) -> None:
    """The lease is no longer than the margin: the deadline is over when the claim comes."""
    provider = FakeProvider()
    text = await a_due_text(database, await a_patient(database))
    wire = a_wire(provider, in_flight=2, lease=5.0)

    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        waiting = len(wire.ahead)
        await wire.claim_and_send()
        await wire.write_some()

    assert (waiting, provider.sent) == (1, [])
    assert [each[1] for each in await attempts(database, text)][:1] == ["not_sent"]


async def test_a_claim_of_a_killed_worker_that_never_began_comes_back_once(
    database: Database, time_moves: Travel
) -> None:
    killed, provider = HeldProvider(), FakeProvider()
    tu = await a_patient(database)
    await a_due_text(database, await a_patient(database, phone="+84901234560"))
    waits = await a_due_text(database, tu)
    wire = a_wire(killed, in_flight=1)
    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        await killed.arrive()
        for call in wire.open_calls:
            call.cancel()
        provider.accepted = killed.accepted

        async with time_moves(AFTER_THE_LEASE):
            await expire_leases()
            doubted = await status(database, waits)
            await reconcile(provider, doubt=60.0)
            async with time_moves(timedelta(seconds=61)):
                await reconcile(provider, doubt=60.0)
                await the_worker_sends(database, provider)
                await the_worker_sends(database, provider)

    assert doubted == ("in_doubt", "worker_silent")
    assert await status(database, waits) == ("sent", "")
    assert [len(killed.sent), len(provider.sent)] == [1, 1]


async def test_what_another_worker_has_taken_over_is_not_begun(
    database: Database, time_moves: Travel
) -> None:
    """The worker was frozen: its lease ran out, and the text is somebody else's."""
    provider, tu = HeldProvider(), await a_patient(database)

    async with one_waits(database, provider, tu) as (_, waits):
        await database.owner.execute(
            "UPDATE delivery SET status = 'sending', attempts = attempts + 1 WHERE id = $1", waits
        )

    assert len(provider.sent) == 1
    assert await status(database, waits) == ("sending", "")
