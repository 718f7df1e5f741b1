"""A helper that dies, or takes too much, costs one message at most; the next one is taken in."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest
from httpx import AsyncClient

from backend.api.large_bodies.helper import BodyHelper
from backend.api.large_bodies.relay import LargeBodies
from backend.api.large_bodies.spool import NoRoomForBody, Spool
from backend.core.errors import HubError
from backend.intake.pipeline.failpoints import COMMITTED, FILED, IN_HAND, RECEIVED, UNCOMMITTED
from backend.sandbox.demo.story_bundles import encoded
from tests.api.large_bodies.conftest import Points, environment_of, padded
from tests.conftest import Database
from tests.harness.intake.documents import letter
from tests.harness.intake.files import PLAIN_PDF, attached
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.refusals import code_of

ADDRESS = "/fhir/R4/DocumentReference"
LARGE = padded(encoded(letter(attached(PLAIN_PDF))))
STORED = "SELECT count(*) FROM document_content"
NOTHING_STORED = (413, "body_too_demanding", None)
NOBODY_KNOWS = (503, "answer_lost", "5")


async def documents(database: Database) -> int:
    stored: int = await database.owner.fetchval(STORED)
    return stored


@pytest.mark.parametrize(
    ("point", "told", "stored"),
    [
        (IN_HAND, NOTHING_STORED, 0),
        (RECEIVED, NOTHING_STORED, 0),
        (FILED, NOTHING_STORED, 0),
        (UNCOMMITTED, NOBODY_KNOWS, 0),
        (COMMITTED, NOBODY_KNOWS, 1),
    ],
)
async def test_a_sender_hears_whether_a_message_whose_helper_died_may_be_stored(
    database: Database, sender: Hospital, large_bodies: LargeBodies, points: Points,
    point: str, told: tuple[int, str, str | None], stored: int,
) -> None:  # fmt: skip
    async def dies_there(reached: str) -> None:
        if reached == point:
            assert large_bodies.helper.pid
            os.kill(large_bodies.helper.pid, signal.SIGKILL)

    points.happens = dies_there

    lost = await sender.sends("POST", ADDRESS, LARGE, Idempotency_Key="k")
    points.happens = None
    found = await documents(database)
    again = await sender.sends("POST", ADDRESS, LARGE, Idempotency_Key="k")

    assert (lost.status_code, code_of(lost), lost.headers.get("retry-after")) == told
    assert found == stored
    assert again.status_code == 201
    assert await documents(database) == 1


async def test_a_dry_run_comes_to_no_point_at_which_it_could_be_stored(
    database: Database, sender: Hospital, large_bodies: LargeBodies, points: Points
) -> None:
    points.passed.clear()

    answer = await sender.sends("POST", f"{ADDRESS}?dry-run=true", LARGE)

    assert answer.status_code == 201
    assert points.passed == []
    assert await documents(database) == 0


async def test_a_message_that_needs_too_much_memory_is_refused_and_the_next_is_not(
    database: Database, sender: Hospital, large_bodies: LargeBodies
) -> None:
    letters = "😀" + "a " * 13_500_000  # each takes four bytes, in each copy of the text
    hungry = encoded(letter(description=letters))

    refused = await sender.sends("POST", "/fhir/R4", hungry)
    taken = await sender.sends("POST", ADDRESS, LARGE)

    assert (refused.status_code, code_of(refused)) == (413, "body_too_demanding")
    assert taken.status_code == 201
    assert await documents(database) == 1


async def test_a_message_of_too_many_values_is_refused_unread(sender: Hospital) -> None:
    many = b'{"resourceType":"Bundle","x":[' + b",".join([b"1"] * 250_000) + b"]}"

    refused = await sender.sends("POST", "/fhir/R4", many)

    assert (refused.status_code, code_of(refused)) == (413, "body_too_large")
    assert refused.json()["issue"][0]["diagnostics"] == "It has more than 250000 values."


@pytest.fixture
async def impatient(
    app_with_helper: object, large_bodies: LargeBodies, database: Database
) -> AsyncIterator[BodyHelper]:
    """A helper that has no time at all, in the place of the usual one."""
    usual = large_bodies.helper
    large_bodies.helper = BodyHelper(environment_of(database), job_seconds=0.0)
    yield large_bodies.helper
    await large_bodies.helper.end()
    large_bodies.helper = usual


async def test_a_message_that_takes_too_long_is_refused_and_its_helper_is_gone(
    database: Database, sender: Hospital, impatient: BodyHelper
) -> None:
    refused = await sender.sends("POST", ADDRESS, LARGE)

    assert (refused.status_code, code_of(refused)) == (413, "body_too_demanding")
    assert impatient.pid is None
    assert await documents(database) == 0


async def test_a_helper_without_work_is_ended(database: Database, sender: Hospital,
                                              large_bodies: LargeBodies) -> None:  # fmt: skip
    usual = large_bodies.helper
    large_bodies.helper = BodyHelper(environment_of(database), idle_seconds=0.0)
    answer = await sender.sends("POST", ADDRESS, LARGE)
    pid = large_bodies.helper.pid
    await large_bodies.helper.end()
    large_bodies.helper = usual

    assert answer.status_code == 201
    assert pid is None or pid not in running()


async def test_a_body_leaves_nothing_in_its_folder_and_its_file_has_no_name(
    sender: Hospital, folder: Path, points: Points
) -> None:
    seen: list[list[Path]] = []

    async def looked(_: str) -> None:
        seen.append(within(folder))

    points.happens = looked
    answer = await sender.sends("POST", ADDRESS, LARGE)

    assert answer.status_code == 201
    assert seen == [[]] * 5
    assert within(folder) == []


async def test_a_folder_that_is_gone_is_said_and_others_are_served(
    sender: Hospital, large_bodies: LargeBodies
) -> None:
    usual, large_bodies.folder = large_bodies.folder, "/nowhere"
    refused = await sender.sends("POST", ADDRESS, LARGE)
    small = await sender.sends("POST", f"{ADDRESS}?dry-run=true", LARGE.replace(b" ", b""))
    large_bodies.folder = usual

    assert (refused.status_code, code_of(refused)) == (503, "no_room_for_body")
    assert refused.headers["retry-after"] == "30"
    assert small.status_code == 201


def within(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def running() -> set[int]:
    return {int(entry.name) for entry in within(Path("/proc")) if entry.name.isdigit()}


def full_disk() -> BinaryIO:
    return Path("/dev/full").open("wb")


async def test_a_full_disk_is_said_in_those_words() -> None:
    with full_disk() as full:
        spool = Spool(full)
        await spool.write(b"x")
        with pytest.raises(NoRoomForBody) as said:
            await spool.flush()

    assert isinstance(said.value, HubError)
    assert said.value.retry_after == 30


async def test_without_a_key_not_a_byte_of_a_large_body_is_read(
    relayed: AsyncClient, folder: Path
) -> None:
    asked = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        asked = True
        yield LARGE

    headers = {"Authorization": "Bearer hubkey_x", "Content-Type": "application/fhir+json"}
    announced = await relayed.post(
        "/fhir/R4", content=body(), headers=headers | {"Content-Length": str(len(LARGE))}
    )
    chunked = await relayed.post("/fhir/R4", content=body(), headers=headers)

    assert (announced.status_code, chunked.status_code) == (401, 401)
    assert not asked


async def test_a_slow_sender_holds_up_no_other_hospital(
    database: Database, relayed: AsyncClient, sender: Hospital
) -> None:
    other, go = await a_hospital(database, relayed), asyncio.Event()
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield LARGE[:200_000]
        begun.set()
        await go.wait()
        yield LARGE[200_000:]

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        first = group.create_task(sender.sends("POST", ADDRESS, slow()))  # type: ignore[arg-type]  # httpx takes both
        await begun.wait()
        answer = await other.sends("POST", f"{ADDRESS}", LARGE)
        go.set()

    assert answer.status_code == 422, "it has no such patient, and heard so"
    assert first.result().status_code == 201


async def test_a_large_body_without_a_type_or_packed_otherwise_is_refused_unread(
    relayed: AsyncClient, sender: Hospital
) -> None:
    own = {"Authorization": f"Bearer {sender.key}"}

    async def body() -> AsyncIterator[bytes]:
        yield LARGE

    untyped = await relayed.post("/fhir/R4", content=body(), headers=own)
    packed = await sender.sends("POST", "/fhir/R4", LARGE, Content_Encoding="br")

    assert (untyped.status_code, packed.status_code) == (415, 415)
