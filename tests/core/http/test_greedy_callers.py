"""Who reads nothing, or sends much at once, costs the hub little and gets no other's answer."""

import asyncio
from typing import Any

import pytest

from backend.core.http.connections import ConnectionLimits, Ending
from backend.core.http.protocol import LARGEST_FRAMING, LARGEST_HEAD
from tests.core.http.conftest import LARGE, OK, POST, App, asks
from tests.harness.processes.bounded_server import GET, BoundedServer, bounded_server, ended

CHUNKED = b"POST %b HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"


async def until_unsent(server: BoundedServer, less: int) -> None:
    await server.until(lambda: server.connections[0].unsent() < less)


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


@pytest.mark.parametrize(
    "endless", [b"X-A: " + b"a" * 90 + b"\r\n", b"a"], ids=["many trailers", "one trailer"]
)
@pytest.mark.parametrize("path", [b"/body", b"/early", b"/stream"])
async def test_trailers_without_end_are_kept_by_nobody(
    server: BoundedServer, app: App, path: bytes, endless: bytes
) -> None:
    caller = await server.called()
    caller.sends(CHUNKED % path + b"4\r\nbody\r\n0\r\nX-First: ")
    await server.until(lambda: bool(server.connections) and server.connections[0].cycle is not None)
    [connection] = server.connections
    headers = list(connection.headers)

    caller.sends(endless * (LARGEST_FRAMING * 2 // len(endless)))

    assert b"HTTP/1.1 400 " in await caller.hears_all()
    assert connection.headers == headers
    await server.until_it_holds(0)


@pytest.mark.parametrize("extension", [b";a=b", b";" + b"a" * LARGEST_HEAD])
async def test_a_body_in_chunks_is_read_whatever_stands_around_it(
    server: BoundedServer, extension: bytes
) -> None:
    caller = await server.called()
    chunk = b"1" + extension + b"\r\nx\r\n"
    end = b"0\r\nAuthorization: made up\r\n" + b"X-A: a\r\n" * 1000 + b"\r\n"
    caller.sends(CHUNKED % b"/body" + chunk * 20 + end + asks(b"/body"))

    assert (await caller.hears(b"well")).startswith(OK)
    assert (await caller.hears(b"well")).startswith(OK)


async def test_a_chunk_extension_without_end_is_refused(server: BoundedServer) -> None:
    caller = await server.called()

    caller.sends(CHUNKED % b"/body" + b"1;" + b"a" * 3 * LARGEST_FRAMING)

    assert (await caller.hears_all()).startswith(b"HTTP/1.1 400 ")


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
