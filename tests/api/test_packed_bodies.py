"""A hospital may send gzip and a byte order mark; what a route takes holds before and after."""

import codecs
import gzip
import tracemalloc

import pytest
from httpx import AsyncClient
from litestar.types import HTTPRequestEvent

from backend.api.arriving_body import ArrivingBody, BodyNotPacked, BodyTooLarge
from backend.intake.fhir.model.parsing import LARGEST
from backend.sandbox.demo.story_bundles import LAN, encoded, registration
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital

MEBIBYTE = 1024 * 1024
BODY = encoded(registration(LAN))


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    return await a_hospital(database, client)


async def read(packed: bytes, largest: int = MEBIBYTE, size: int = 1000) -> bytes:
    parts = [packed[at : at + size] for at in range(0, len(packed), size)] or [b""]
    events = iter(
        HTTPRequestEvent(type="http.request", body=part, more_body=n < len(parts))
        for n, part in enumerate(parts, start=1)
    )

    async def receive() -> HTTPRequestEvent:
        return next(events)

    body = ArrivingBody(receive, largest, packed=True)
    await body.up_to(largest)
    return body.taken()


@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(BODY), codecs.BOM_UTF8 + BODY, gzip.compress(codecs.BOM_UTF8 + BODY),
        gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]),
    ],
    ids=["packed", "a mark", "both", "in two members"],
)  # fmt: skip
async def test_a_bundle_is_taken_packed_or_with_a_byte_order_mark(
    hospital: Hospital, database: Database, sent: bytes
) -> None:
    packed = {} if sent.startswith(codecs.BOM_UTF8) else {"Content_Encoding": "gzip"}

    answer = await hospital.posts(sent, **packed)

    assert answer.status_code == 200, answer.text
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 1


@pytest.mark.parametrize(
    ("sent", "encoding", "status"),
    [
        (gzip.compress(BODY)[:-4], "gzip", 400), (BODY, "gzip", 400),
        (gzip.compress(BODY) + b"more", "gzip", 400), (gzip.compress(BODY), "br", 415),
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip", 415),
        (gzip.compress(b" " * (LARGEST + 1)), "gzip", 413),
    ],
    ids=["cut off", "not packed", "something behind it", "another way", "twice", "a bomb"],
)  # fmt: skip
async def test_what_cannot_be_unpacked_is_refused(
    hospital: Hospital, database: Database, sent: bytes, encoding: str, status: int
) -> None:
    answer = await hospital.posts(sent, Content_Encoding=encoding)

    assert answer.status_code == status
    assert await database.owner.fetchval("SELECT count(*) FROM received_event") == 0


EMPTY = gzip.compress(b"")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("members", "unpacked"),
    [
        ([EMPTY, gzip.compress(BODY)], BODY),
        ([gzip.compress(BODY[:50]), EMPTY, EMPTY, gzip.compress(BODY[50:])], BODY),
        ([gzip.compress(BODY), EMPTY], BODY),
        ([gzip.compress(b"{}"), EMPTY, gzip.compress(b"more")], b"{}more"),
        ([EMPTY, EMPTY], b""),
    ],
    ids=["before", "between", "behind", "behind something whole", "alone"],
)
async def test_an_empty_member_does_not_end_a_packed_body(
    members: list[bytes], unpacked: bytes, size: int
) -> None:
    assert await read(b"".join(members), size=size) == unpacked


async def test_what_is_no_gzip_behind_an_empty_member_is_refused() -> None:
    with pytest.raises(BodyNotPacked):
        await read(gzip.compress(BODY) + EMPTY + b"more")


async def test_a_bomb_is_left_after_what_the_route_takes() -> None:
    bomb = gzip.compress(b"\0" * (200 * MEBIBYTE))
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        await read(bomb, largest=4 * MEBIBYTE, size=len(bomb))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 16 * MEBIBYTE


async def test_blocks_that_unpack_to_nothing_are_bounded_too() -> None:
    empty = gzip.compress(b"")

    with pytest.raises(BodyTooLarge):
        await read(empty * 20, largest=10 * len(empty))


async def test_a_body_cut_anywhere_unpacks_to_itself_or_is_refused() -> None:
    packed = gzip.compress(BODY)
    for size in (1, 7, len(packed)):
        assert await read(packed, size=size) == BODY
    for cut in range(1, len(packed), 13):
        with pytest.raises(BodyNotPacked):
            await read(packed[:cut])
