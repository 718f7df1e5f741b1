"""What a call waits for, and what is certain when it did not come in time."""

import asyncio
from time import monotonic
from uuid import UUID, uuid4

from backend.gateways.sender import SendOutcome, SendResult
from tests.gateways.conftest import MakeProvider
from tests.harness.peers.raw_http import Peer
from tests.harness.providers import Provider


async def test_a_refused_connection_was_certainly_not_accepted(provider: Provider) -> None:
    await provider.peer.stop_listening()

    result = await provider.send()

    assert result == SendResult(SendOutcome.TRY_LATER, code="unreachable")


async def test_a_failed_tls_handshake_was_certainly_not_accepted(
    make_provider: MakeProvider, peer: Peer
) -> None:
    peer.address = peer.address.replace("http:", "https:")
    peer.hangs_up = True
    provider = await make_provider()

    result = await provider.send()

    assert result == SendResult(SendOutcome.TRY_LATER, code="unreachable")
    assert peer.connections >= 1


async def test_no_answer_in_time_leaves_a_doubt(make_provider: MakeProvider) -> None:
    provider = await make_provider(timeout=0.05)
    provider.peer.released.clear()

    result = await provider.send()

    assert result.outcome is SendOutcome.IN_DOUBT
    assert len(provider.peer.received) == 1


async def test_after_the_deadline_nobody_is_even_called(provider: Provider) -> None:
    result = await provider.send(seconds=-0.001)

    assert result == SendResult(SendOutcome.TRY_LATER, code="deadline")
    assert provider.peer.connections == 0


async def test_a_deadline_that_passes_while_waiting_for_a_connection_sends_nothing(
    make_provider: MakeProvider,
) -> None:
    provider = await make_provider(in_flight=1)
    provider.peer.released.clear()
    first = asyncio.create_task(provider.send())
    await provider.peer.arrived.wait()

    second = await provider.send(seconds=0.05)
    provider.peer.released.set()

    assert second == SendResult(SendOutcome.TRY_LATER, code="deadline")
    assert (await first).outcome is SendOutcome.ACCEPTED
    assert len(provider.peer.received) == 1


async def test_a_worker_frozen_right_before_the_write_sends_nothing(
    make_provider: MakeProvider,
) -> None:
    deadline = monotonic() + 0.2
    thawed = asyncio.Event()
    asyncio.get_running_loop().call_later(deadline - monotonic() + 0.01, thawed.set)

    async def freeze(point: str, _: UUID) -> None:
        assert point == "before_write"
        await thawed.wait()

    provider = await make_provider(failpoint=freeze)

    result = await provider.send(until=deadline)

    assert result == SendResult(SendOutcome.TRY_LATER, code="deadline")
    assert provider.peer.received == []


async def test_the_points_around_the_write_are_reached_in_order(
    make_provider: MakeProvider,
) -> None:
    attempt = uuid4()
    seen: list[tuple[str, UUID, int]] = []

    async def look(point: str, which: UUID) -> None:
        if point == "written":
            await provider.peer.arrived.wait()
        seen.append((point, which, len(provider.peer.received)))

    provider = await make_provider(failpoint=look)

    await provider.send(attempt=attempt)

    assert seen == [("before_write", attempt, 0), ("written", attempt, 1)]


async def test_an_answer_is_not_read_before_the_written_point_is_left(
    make_provider: MakeProvider,
) -> None:
    attempt = uuid4()
    at_the_point, leave = asyncio.Event(), asyncio.Event()

    async def stay(point: str, which: UUID) -> None:
        if (point, which) == ("written", attempt):
            at_the_point.set()
            await leave.wait()

    provider = await make_provider(failpoint=stay)
    sending = asyncio.create_task(provider.send(attempt=attempt))
    await at_the_point.wait()
    await provider.peer.answered.wait()
    await provider.send()  # answered after the first, so the first one's answer is here too

    assert not sending.done()
    leave.set()
    assert (await sending).outcome is SendOutcome.ACCEPTED
