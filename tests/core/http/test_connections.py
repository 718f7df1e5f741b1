"""A caller who is silent or slow keeps nobody out, and nobody else's connection is touched."""

from typing import Any

import pytest

from backend.core.http.connections import ConnectionLimits, Connections, Ending
from tests.core.http.conftest import OK, POST, App, asks
from tests.harness.processes.bounded_server import GET, BoundedServer, Caller, bounded_server, ended


async def until_bytes_of_head(server: BoundedServer, count: int) -> None:
    await server.until(lambda: server.connections[0].head == count)


async def in_a_head(server: BoundedServer) -> None:
    await server.until(lambda: any(each.head is not None for each in server.connections))


async def test_a_silent_connection_is_closed_after_ten_seconds(server: BoundedServer) -> None:
    caller = await server.called()
    await server.until_it_holds(1)
    before = ended(Ending.HEAD_LATE)

    server.later(9.9)
    assert server.table.total == 1
    server.later(10.1)

    assert await caller.hears_all() == b""
    await server.until_it_holds(0)
    assert ended(Ending.HEAD_LATE) == before + 1


async def test_a_head_of_single_bytes_has_ten_seconds_too(server: BoundedServer) -> None:
    caller = await server.called()
    await server.until_it_holds(1)
    [connection] = server.connections
    due = connection._due
    for place, byte in enumerate(b"GET / HTTP/1.1\r\nHost: h"):
        caller.sends(bytes([byte]))
        await until_bytes_of_head(server, place)
    assert connection._due == due

    server.later(9.5)
    assert not connection.transport.is_closing()
    server.later(10.1)

    assert (await caller.hears_all()).startswith(b"HTTP/1.1 408 ")


async def test_a_later_head_has_ten_seconds_from_its_first_byte(server: BoundedServer) -> None:
    caller = await server.called()
    caller.sends(GET)
    await caller.hears(b"well")
    server.later(29)
    caller.sends(b"GET / HT")
    await in_a_head(server)

    server.later(9.5)
    assert server.table.total == 1
    server.later(10.1)

    assert (await caller.hears_all()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("nothing", [b"\r\n", b"\r\n\r\n\r\n"])
async def test_blank_lines_between_requests_keep_no_place(
    server: BoundedServer, nothing: bytes
) -> None:
    caller = await server.called()
    caller.sends(GET)
    await caller.hears(b"well")
    [connection] = server.connections
    caller.sends(nothing)
    await server.until(lambda: connection._due is not None)

    server.later(10.1)

    assert await caller.hears_all() == b""
    await server.until_it_holds(0)


async def test_a_slow_body_and_an_open_stream_are_no_late_head(
    server: BoundedServer, app: App
) -> None:
    sender, listener = await server.called(), await server.called()
    sender.sends(POST.replace(b"/early", b"/body") + b"x" * 50)
    listener.sends(asks(b"/stream"))
    await listener.hears(b"first")
    await server.until(lambda: all(each.cycle is not None for each in server.connections))

    server.later(10_000)
    assert server.table.total == 2

    sender.sends(b"x" * 50)
    await sender.hears(b"well")
    app.go_on.set()
    await listener.hears(b"well")


async def test_half_a_head_behind_a_stream_ends_it_when_it_is_whole(
    server: BoundedServer, app: App
) -> None:
    caller = await server.called()
    caller.sends(asks(b"/stream") + b"GET / HT")
    await caller.hears(b"first")

    server.later(10.1)
    assert server.table.total == 1
    app.go_on.set()

    assert b"well" in await caller.hears_all()


async def test_the_rest_of_a_refused_body_has_thirty_seconds(server: BoundedServer) -> None:
    caller = await server.called()
    caller.sends(POST)
    await caller.hears(b"well")
    [connection] = server.connections
    caller.sends(b"x")

    server.later(29)
    caller.sends(b"x")
    assert not connection.transport.is_closing()
    server.later(30.1)

    assert await caller.hears_all() == b""
    await server.until_it_holds(0)


async def test_after_the_rest_of_a_refused_body_the_next_request_is_answered(
    server: BoundedServer,
) -> None:
    caller = await server.called()
    caller.sends(POST)
    await caller.hears(b"well")
    caller.sends(b"x" * 100)
    [connection] = server.connections
    await server.until(lambda: connection.is_whole)
    assert connection._due is not None  # uvicorn's own timer is over: this one is in its place
    assert connection._due[1] is Ending.IDLE

    caller.sends(GET)

    assert (await caller.hears(b"well")).startswith(OK)


async def test_one_address_holds_so_many_and_another_still_comes_in(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(of_one_address=3)) as server:
        for _ in range(3):
            await server.called()
        await server.until_it_holds(3)
        before = ended(Ending.ADDRESS_FULL)

        refused = await server.called()
        other = await server.called("127.0.0.2")
        other.sends(GET)

        assert (await refused.hears_all()).startswith(b"HTTP/1.1 503 ")
        assert (await other.hears(b"well")).startswith(OK)
        assert ended(Ending.ADDRESS_FULL) == before + 1
        assert server.table.total == 4


async def test_trusted_proxies_hold_as_many_as_they_like(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(of_one_address=1), exempt="127.0.0.3") as s:
        callers = [await s.called("127.0.0.3") for _ in range(5)]
        for caller in callers:
            caller.sends(GET)

            assert (await caller.hears(b"well")).startswith(OK)


def test_a_household_of_ipv6_is_one_address_and_ipv4_in_ipv6_is_ipv4() -> None:
    table = Connections(ConnectionLimits(of_one_address=2), is_exempt=lambda _: False)
    peers = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.1"]
    places = [table.taken(object(), peer) for peer in peers]  # type: ignore[arg-type]  # never asked

    assert places == [
        "2001:db8::/64", "2001:db8::/64", "2001:db8:0:1::/64", "192.0.2.1", "192.0.2.1"
    ]  # fmt: skip
    assert table.taken(object(), "2001:db8::2") is Ending.ADDRESS_FULL  # type: ignore[arg-type]  # as above
    assert table.taken(object(), "192.0.2.1") is Ending.ADDRESS_FULL  # type: ignore[arg-type]  # as above


async def leaves_at_once(caller: Caller) -> None:
    caller.writer.close()


async def resets(caller: Caller) -> None:
    caller.resets()


async def says_it_is_the_last(caller: Caller) -> None:
    caller.sends(asks(b"/", b"Connection: close\r\n"))
    await caller.hears_all()


async def speaks_another_protocol(caller: Caller) -> None:
    caller.sends(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    await caller.hears_all()


async def says_no_more(caller: Caller) -> None:
    caller.writer.write_eof()
    await caller.hears_all()


async def resets_in_a_head(caller: Caller) -> None:
    caller.sends(b"GET / HT")
    await caller.writer.drain()
    caller.resets()


async def resets_in_a_body(caller: Caller) -> None:
    caller.sends(POST.replace(b"/early", b"/body") + b"x")
    await caller.writer.drain()
    caller.resets()


async def resets_in_an_answer(caller: Caller) -> None:
    caller.sends(asks(b"/large"))
    await caller.hears(b"x" * 1000)
    caller.resets()


async def asks_without_host_in_http10(caller: Caller) -> None:
    caller.sends(b"GET / HTTP/1.0\r\n\r\n")
    await caller.hears_all()


WAYS = [
    leaves_at_once, resets, says_it_is_the_last, speaks_another_protocol, says_no_more,
    resets_in_a_head, resets_in_a_body, resets_in_an_answer, asks_without_host_in_http10,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_a_place_is_freed_whichever_way_a_connection_ends(app: App, way: Any) -> None:
    async with bounded_server(app, ConnectionLimits(of_one_address=1)) as server:
        for _ in range(3):
            caller = await server.called()
            await server.until_it_holds(1)
            await way(caller)
            await server.until_it_holds(0)


async def test_a_full_process_takes_the_place_from_who_holds_the_most(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(most=4)) as server:
        crowd = [await server.called("127.0.0.1") for _ in range(3)]
        await server.until_it_holds(3)
        alone = await server.called("127.0.0.2")
        await server.until_it_holds(4)

        new = await server.called("127.0.0.3")
        new.sends(GET)

        assert (await new.hears(b"well")).startswith(OK)
        assert await crowd[0].hears_all() == b""
        alone.sends(GET)
        assert (await alone.hears(b"well")).startswith(OK)
        assert server.table.total == 4


async def test_slow_bodies_make_room_and_a_request_that_is_worked_on_does_not(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(most=2)) as server:
        worked_on, slow = await server.called(), await server.called()
        worked_on.sends(asks(b"/waits"))
        slow.sends(POST.replace(b"/early", b"/body") + b"x")
        await server.until(lambda: sum(each.cycle is not None for each in server.connections) == 2)

        new = await server.called("127.0.0.2")
        new.sends(asks(b"/waits"))
        assert await slow.hears_all() == b""
        await server.until(lambda: all(each.cycle is not None for each in server.connections))

        refused = await server.called("127.0.0.3")
        assert (await refused.hears_all()).startswith(b"HTTP/1.1 503 ")
        app.go_on.set()
        assert (await worked_on.hears(b"well")).startswith(OK)
        assert (await new.hears(b"well")).startswith(OK)


async def test_a_body_that_the_hub_lets_wait_gives_its_place_to_nobody(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(most=1)) as server:
        sender = await server.called()
        head = POST.replace(b"/early", b"/waits").replace(b" 100", b" 200000")
        sender.sends(head + b"x" * 100_000)
        await server.until(lambda: any(each.flow.read_paused for each in server.connections))

        refused = await server.called("127.0.0.2")
        assert (await refused.hears_all()).startswith(b"HTTP/1.1 503 ")
        app.go_on.set()
        assert (await sender.hears(b"well")).startswith(OK)
