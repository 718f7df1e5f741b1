"""Who begins when more is due than there are slots, and that no wake is lost."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from backend.auth.facilities.suspension import SUSPENSION_LOCK
from tests.conftest import Database
from tests.harness.fakes.held_provider import HeldProvider
from tests.harness.makers import a_patient
from tests.harness.notifications.ahead import a_wire, ends, running
from tests.harness.notifications.steps import a_due_code, a_due_text, attempts, status


async def test_a_call_that_ends_gives_its_slot_to_the_next_and_each_leaves_once(
    database: Database,
) -> None:
    provider = HeldProvider()
    provider.open.set()
    texts = [
        await a_due_text(database, await a_patient(database, phone=f"+8490123457{n}"))
        for n in range(6)
    ]

    async with asyncio.timeout(20), database.as_worker():
        await ends(a_wire(provider, in_flight=2))

    assert [await status(database, each) for each in texts] == [("sent", "")] * 6
    assert [len(await attempts(database, each)) for each in texts] == [1] * 6
    assert len(provider.sent) == 6


async def test_results_may_use_every_slot_and_a_code_still_begins_at_once(
    database: Database,
) -> None:
    """The calls that are open hang: none of their slots gets free."""
    provider = HeldProvider()
    for n in range(5):
        await a_due_text(database, await a_patient(database, phone=f"+8490123458{n}"))
    wire = a_wire(provider, in_flight=2)

    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        await provider.arrive(2)
        open_before, waiting = len(wire.open_calls), len(wire.ahead)
        code = await a_due_code(database, await a_patient(database, phone="+84901234589"))
        await wire.claim_and_send()
        await provider.arrive()
        open_then = len(wire.open_calls)
        last = provider.sent[-1][1].text
        provider.open.set()
        await ends(wire)

    assert (open_before, waiting, open_then) == (2, 2, 3)
    assert "dang nhap" in last
    assert await status(database, code) == ("sent", "")


async def test_a_code_takes_the_next_free_slot_before_results_that_wait(
    database: Database,
) -> None:
    provider = HeldProvider()
    for n in range(3):
        await a_due_text(database, await a_patient(database, phone=f"+8490123459{n}"))
    wire = a_wire(provider, in_flight=1)

    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        await provider.arrive()
        for n in (7, 8):
            await a_due_code(database, await a_patient(database, phone=f"+8490123459{n}"))
            await wire.claim_and_send()
        await provider.arrive()
        provider.open.set()
        await ends(wire)

    kinds = ["code" if "dang nhap" in sent[1].text else "result" for sent in provider.sent]
    assert kinds == ["result", "code", "code", "result", "result"]


async def patiently(so: Callable[[], Awaitable[bool]]) -> None:
    while not await so():  # noqa: ASYNC110  # PostgreSQL tells nobody who waits
        await asyncio.sleep(0.01)


async def test_a_wake_that_comes_while_a_claim_runs_is_not_lost(database: Database) -> None:
    """The claim waits for a lock: it does not see the text that comes due meanwhile."""
    provider = HeldProvider()
    tu = await a_patient(database)
    await a_due_text(database, tu)
    wire = a_wire(provider, in_flight=2)
    another = await asyncpg.connect(database.servers.database_url("postgres"))

    async def claim_waits() -> bool:
        return bool(
            await database.owner.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
            )
        )

    async with asyncio.timeout(20), database.as_worker():
        async with another.transaction():
            await another.execute("SELECT pg_advisory_xact_lock($1)", SUSPENSION_LOCK)
            holding = running(wire)
            await holding.__aenter__()
            await patiently(claim_waits)
            await a_due_text(database, tu)
            wire.woken.set()
        await provider.arrive(2)
        provider.open.set()
        await holding.__aexit__(None, None, None)
    await another.close()

    assert len(provider.sent) == 2


async def test_a_full_queue_is_filled_up_without_a_wake(database: Database) -> None:
    """Half of what is claimed ahead is gone: the next are claimed before a slot is idle."""
    provider = HeldProvider()
    provider.open.set()
    for n in range(12):
        await a_due_text(database, await a_patient(database, phone=f"+8490123{n:04}"))
    wire = a_wire(provider, in_flight=2)

    async with asyncio.timeout(20), database.as_worker(), running(wire):
        await provider.arrive(12)

    assert len(provider.sent) == 12
