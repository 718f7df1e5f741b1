"""What the API and its body helper say to each other over a pair of sockets."""

import asyncio
import socket
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backend.core.metrics import Increment

_LENGTH: Final = 4
"""Bytes before each message that say how long it is."""


class BodyJob(Struct, frozen=True, tag=True):
    """One request of a hospital; its body is in the file whose descriptor comes just before."""

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    scheme: str
    http_version: str
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    size: int
    """Bytes of the body."""
    held_at_failpoints: bool
    """Whether the helper waits for `Onward` at each point that its message passes."""


class Onward(Struct, frozen=True, tag=True):
    """The helper may go on from the point that it stands at."""


class HelperReady(Struct, frozen=True, tag=True):
    """The helper has its connections, and waits for its first job."""


class PointPassed(Struct, frozen=True, tag=True):
    """A message came to one of the points of `backend.intake.pipeline.failpoints`."""

    point: str
    row: UUID


class BodyAnswer(Struct, frozen=True, tag=True):
    """What the hospital is answered, and what the helper counted on the way."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    counted: list[Increment]
    spent: bool
    """The helper ran out of memory on it, and should be ended."""


ToHelper = BodyJob | Onward
FromHelper = HelperReady | PointPassed | BodyAnswer

_encode = msgspec.msgpack.encode
_FOR_HELPER: Final[msgspec.msgpack.Decoder[ToHelper]] = msgspec.msgpack.Decoder(ToHelper)
_FOR_API: Final[msgspec.msgpack.Decoder[FromHelper]] = msgspec.msgpack.Decoder(FromHelper)


class LineBroken(Exception):
    """The other end has closed its socket: its process ended."""


async def send_job(line: socket.socket, job: BodyJob, body_file: int) -> None:
    """Hand a job and the file of its body over.

    Raises:
        LineBroken: the helper is gone.
    """
    try:
        socket.send_fds(line, [b"\0"], [body_file])
    except OSError as gone:
        raise LineBroken from gone
    await send(line, job)


async def receive_file(line: socket.socket) -> int:
    """Wait for the file of the next job; give its descriptor, which is ours to close.

    Raises:
        LineBroken: the API is gone, or has no more work.
    """
    await _readable(line)
    mark, files, _, _ = socket.recv_fds(line, 1, 1)
    if not mark or not files:
        raise LineBroken
    return files[0]


async def send(line: socket.socket, message: ToHelper | FromHelper) -> None:
    """Say something.

    Raises:
        LineBroken: nobody is there to hear it.
    """
    text = _encode(message)
    try:
        await asyncio.get_running_loop().sock_sendall(line, len(text).to_bytes(_LENGTH) + text)
    except OSError as gone:
        raise LineBroken from gone


async def heard_by_helper(line: socket.socket) -> ToHelper:
    """Wait for the API.

    Raises:
        LineBroken: it is gone.
    """
    return _FOR_HELPER.decode(await _message(line))


async def heard_by_api(line: socket.socket) -> FromHelper:
    """Wait for the helper.

    Raises:
        LineBroken: it is gone.
    """
    return _FOR_API.decode(await _message(line))


async def _message(line: socket.socket) -> bytes:
    return await _exactly(line, int.from_bytes(await _exactly(line, _LENGTH)))


async def _exactly(line: socket.socket, size: int) -> bytes:
    loop, parts = asyncio.get_running_loop(), bytearray()
    while len(parts) < size:
        try:
            part = await loop.sock_recv(line, size - len(parts))
        except OSError as gone:
            raise LineBroken from gone
        if not part:
            raise LineBroken
        parts += part
    return bytes(parts)


async def _readable(line: socket.socket) -> None:
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(line.fileno(), there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(line.fileno())
