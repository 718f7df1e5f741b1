"""The helper lives and dies with its API, and two APIs have one each."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backend.api.large_bodies.helper_line import Onward, PointPassed, heard_by_api, send
from backend.api.large_bodies.process import _Helper
from backend.core.database import new_id
from backend.intake.pipeline.failpoints import COMMITTED, FILED, IN_HAND, RECEIVED, UNCOMMITTED
from backend.sandbox.demo.story_bundles import LAN, encoded
from tests.api.large_bodies.conftest import environment_of, padded
from tests.conftest import Database
from tests.crash.conftest import spawner
from tests.harness.intake.documents import letter
from tests.harness.intake.files import PLAIN_PDF, attached
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.processes.victims import Spawner, Victim

__all__ = ["spawner"]

ADDRESS = "/fhir/R4/DocumentReference"
LARGE = padded(encoded(letter(attached(PLAIN_PDF))))


@dataclass(frozen=True, slots=True)
class Served:
    """An API as a process, and a hospital that speaks to it."""

    victim: Victim
    hospital: Hospital

    def helpers(self) -> list[int]:
        """Give the processes that this API has started and that still run."""
        listed = Path(f"/proc/{self.victim.pid}/task/{self.victim.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


@pytest.fixture
async def served(
    database: Database, spawner: Spawner, tmp_path: Path
) -> AsyncIterator[list[Served]]:
    """Two APIs on one socket each, over one database."""
    apis: list[Served] = []
    clients: list[httpx.AsyncClient] = []
    for _ in range(2):
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        host, port = listening.getsockname()[:2]
        with listening:
            environment = environment_of(database) | {
                "HUB_POOL_SIZE": "4", "HUB_SPOOL_FOLDER": str(tmp_path),
            }  # fmt: skip
            victim = await spawner.start("api", environment, tmp_path.parent / "log", listening)
        client = httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=60)
        clients.append(client)
        hospital = await a_hospital(database, client)
        await hospital.registers(LAN)
        apis.append(Served(victim, hospital))
    yield apis
    for api, client in zip(apis, clients, strict=True):
        await client.aclose()
        await api.victim.end()


async def gone(pid: int) -> None:
    """Wait until a process that is nobody's child here has ended."""
    descriptor = os.pidfd_open(pid)
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(20):
            await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def test_two_apis_take_large_bodies_at_the_same_time(served: list[Served]) -> None:
    answers = await asyncio.gather(
        *(api.hospital.sends("POST", ADDRESS, LARGE) for api in served for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 201, 201]
    assert [len(api.helpers()) for api in served] == [1, 1]


async def test_an_api_that_is_asked_to_stop_finishes_the_large_body_under_way(
    served: list[Served], database: Database
) -> None:
    api = served[0]
    await api.victim.hold(COMMITTED)
    sending = asyncio.create_task(api.hospital.sends("POST", ADDRESS, LARGE))
    await api.victim.held()
    [helper] = api.helpers()

    os.kill(api.victim.pid, signal.SIGTERM)
    os.kill(helper, signal.SIGTERM)  # as a service manager asks all at once
    api.victim.let_go()
    answer = await sending
    await gone(helper)
    await api.victim.end()

    assert answer.status_code == 201


@pytest.mark.parametrize("point", [RECEIVED, COMMITTED])
async def test_the_helper_of_an_api_that_was_killed_ends_and_stores_nothing_more(
    served: list[Served], database: Database, tmp_path: Path, point: str
) -> None:
    api = served[0]
    await api.victim.hold(point)
    sending = asyncio.create_task(api.hospital.sends("POST", ADDRESS, LARGE))
    await api.victim.held()
    [helper] = api.helpers()

    await api.victim.kill()
    await gone(helper)
    with pytest.raises(httpx.TransportError):
        await sending
    stored = await database.owner.fetchval("SELECT count(*) FROM document_content")

    assert stored == (1 if point == COMMITTED else 0)
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # two entries at most


def peak(pid: int) -> int:
    """Give the most memory that a process ever had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


async def test_six_files_of_18_mb_at_once_fit_into_the_memory_that_is_said(
    served: list[Served],
) -> None:
    api, pdf = served[0], PLAIN_PDF.replace(b"\ntrailer", b"\n%" + b"0" * 18_000_000 + b"\ntrailer")
    bodies = [encoded(letter(attached(pdf), description=f"l{n}")) for n in range(6)]

    answers = await asyncio.gather(*(api.hospital.sends("POST", ADDRESS, body) for body in bodies))

    [helper] = api.helpers()
    assert [answer.status_code for answer in answers] == [201] * 6
    assert peak(api.victim.pid) < 200
    assert 200 < peak(helper) < 350


async def test_sixty_files_of_700_kb_at_once_fit_into_the_memory_of_the_api(
    served: list[Served],
) -> None:
    api, pdf = served[0], PLAIN_PDF.replace(b"\ntrailer", b"\n%" + b"0" * 700_000 + b"\ntrailer")
    bodies = [encoded(letter(attached(pdf), description=f"l{n}")) for n in range(60)]

    answers = await asyncio.gather(*(api.hospital.sends("POST", ADDRESS, body) for body in bodies))

    assert [answer.status_code for answer in answers] == [201] * 60
    assert api.helpers() == []
    assert peak(api.victim.pid) < 200


async def test_without_failpoints_the_api_is_told_of_the_commit_and_nothing_else() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for line in (ours, theirs):
            line.setblocking(False)
        helper = _Helper(theirs)
        listening = asyncio.create_task(helper._listen())
        row = new_id()
        for point in (IN_HAND, RECEIVED, FILED):
            await helper._passed(point, row)
        passing = asyncio.create_task(helper._passed(UNCOMMITTED, row))
        heard = await asyncio.wait_for(heard_by_api(ours), 5)
        waits = not passing.done()
        await send(ours, Onward())
        await asyncio.wait_for(passing, 5)
        await helper._passed(COMMITTED, row)
        listening.cancel()
        with pytest.raises(BlockingIOError):
            ours.recv(1)

    assert heard == PointPassed(UNCOMMITTED, row)
    assert waits
