"""A caller who is silent or slow keeps nobody out, and nobody else's connection is touched."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.core.http.connections import ConnectionLimits, Connections, Ending
from backend.core.http.protocol import LARGEST_HEAD
from tests.harness.processes.bounded_server import GET, BoundedServer, Caller, bounded_server, ended

OK = b"HTTP/1.1 200 OK\r\n"
POST = b"POST /early HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n"
LARGE = b"x" * 32 * 1024 * 1024
"""More than the two systems between caller and hub take by themselves."""


class App:
    """Answers by path: at once, early, with much, for ever, or not before the test says so."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def answer(body: bytes, *, more: bool = False) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": more})

        match scope["path"]:
            case "/body":
                while (await receive()).get("more_body"):
                    pass
            case "/waits":
                await self.go_on.wait()
            case "/leaves":
                while (await receive())["type"] != "http.disconnect":
                    pass
                self.left.set()
            case _:
                pass
        body = LARGE if scope["path"] == "/large" else b"well"
        length = () if scope["path"] == "/stream" else ((b"content-length", b"%d" % len(body)),)
        await send({"type": "http.response.start", "status": 200, "headers": [*length]})
        if scope["path"] == "/stream":
            await answer(b"first", more=True)
            await self.go_on.wait()
        await answer(body)


def asks(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: hub\r\n" + more + b"\r\n"


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def server(app: App) -> AsyncIterator[BoundedServer]:
    async with bounded_server(app) as running:
        yield running


async def until_bytes_of_head(server: BoundedServer, count: int) -> None:
    await server.until(lambda: server.connections[0].head == count)


async def until_unsent(server: BoundedServer, less: int) -> None:
    await server.until(lambda: server.connections[0].unsent() < less)


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
    assert table.taken(object(), "2001:db8::2") is Ending.ADDRESS_FULL  # type: ignore[arg-type]
    assert table.taken(object(), "192.0.2.1") is Ending.ADDRESS_FULL  # type: ignore[arg-type]


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


async def paused(server: BoundedServer, callers: int = 1) -> None:
    await server.until(lambda: sum(each.unsent() > 0 for each in server.connections) == callers)


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"])
async def test_a_caller_who_reads_nothing_is_ended(server: BoundedServer, last: bytes) -> None:
    caller = await server.called(small=True)
    caller.sends(asks(b"/large", last))
    await paused(server)
    before = ended(Ending.SLOW_READER)

    server.later(0)
    server.later(29.9)
    assert server.table.total == 1
    server.later(30.1)

    await server.until_it_holds(0)
    assert ended(Ending.SLOW_READER) == before + 1


async def test_a_slow_caller_who_goes_on_reading_gets_the_whole_answer(
    server: BoundedServer,
) -> None:
    caller = await server.called(small=True)
    caller.sends(asks(b"/large"))
    await paused(server)

    for minute in range(4):
        server.later(minute * 60)
        left = server.connections[0].unsent()
        await caller.reader.readexactly(1024 * 1024)
        await until_unsent(server, left - 128 * 1024)
    server.later(240)

    await caller.reader.readexactly(len(LARGE) - 4 * 1024 * 1024)
    assert server.table.total == 1


async def test_answers_that_nobody_takes_have_a_bound_together(app: App) -> None:
    async with bounded_server(app, ConnectionLimits(unsent=len(LARGE) * 3 // 2)) as server:
        for _ in range(2):
            (await server.called(small=True)).sends(asks(b"/large"))
        await paused(server, 2)
        before = ended(Ending.UNSENT)

        server.later(0)

        await server.until_it_holds(1)
        assert ended(Ending.UNSENT) == before + 1


async def test_a_few_requests_at_once_are_answered_and_a_flood_is_not(
    server: BoundedServer,
) -> None:
    few, many = await server.called(), await server.called()
    few.sends(GET * 10)
    before = ended(Ending.PIPELINED)

    many.sends(asks(b"/waits") + GET * 1000)

    for _ in range(10):
        assert (await few.hears(b"well")).startswith(OK)
    await many.hears_all()
    await server.until_it_holds(1)
    assert ended(Ending.PIPELINED) == before + 1


async def test_a_head_that_is_too_large_is_refused_also_when_it_comes_at_once(
    server: BoundedServer,
) -> None:
    many, large = await server.called(), await server.called()
    many.sends(asks(b"/", b"X-A: a\r\n" * 1000) + POST + b"x" * 100)
    assert (await many.hears(b"well")).startswith(OK)

    large.sends(asks(b"/", b"X-A: " + b"a" * 2 * LARGEST_HEAD + b"\r\n"))

    assert (await large.hears_all()).startswith(b"HTTP/1.1 400 ")


async def test_rubbish_behind_a_request_does_not_take_its_answers_place(
    server: BoundedServer, app: App
) -> None:
    caller = await server.called()
    caller.sends(asks(b"/waits") + b"\x00\x01 rubbish\r\n\r\n")
    await server.until_it_holds(1)
    [connection] = server.connections
    await server.until(lambda: connection.takes_no_more)
    app.go_on.set()

    answer = await caller.hears_all()

    assert answer.startswith(OK)
    assert answer.endswith(b"well")


async def test_a_request_is_told_that_its_caller_left_though_another_waits_behind_it(
    server: BoundedServer, app: App
) -> None:
    caller = await server.called()
    caller.sends(asks(b"/leaves") + GET)
    await server.until(lambda: any(each.pipeline for each in server.connections))

    caller.resets()

    async with asyncio.timeout(10):
        await app.left.wait()


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"/a", b"/a"),
        (b"http://hub.test/a?x=1", b"/a"),
        (b"http://elsewhere.test/a", b"http://elsewhere.test/a"),
        (b"http://hub.test@elsewhere.test/a", b"http://hub.test@elsewhere.test/a"),
        (b"/a#b", b"/a#b"),
    ],
)
async def test_a_whole_address_of_another_host_is_no_path_of_ours(
    target: bytes, seen: bytes
) -> None:
    paths = []

    async def app(scope: Any, _: Any, send: Any) -> None:
        paths.append(scope["raw_path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with bounded_server(app) as server:
        caller = await server.called()
        caller.sends(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert (await caller.hears_all()).startswith(b"HTTP/1.1 204 ")
    assert paths == [seen]
