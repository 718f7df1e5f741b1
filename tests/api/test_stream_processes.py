"""Streams of real processes: what one hospital tells one process, a phone at another one hears."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

import asyncpg
import httpx
import pytest
from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from backend.auth.access import access_tokens
from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import _held, use_ring
from backend.core.database import new_id
from backend.core.subprocesses import end, start
from backend.notifications.inbox.streams import LOOK_SECONDS
from backend.sandbox.demo.engines import _valkey
from backend.sandbox.demo.story_bundles import LAN, encoded, registration, visit
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub
from conformance.callers import make_callers
from tests.harness.intake.hospital import an_hour_ago, without_message_id
from tests.harness.records.reaching import reaches

pytestmark = pytest.mark.processes

STREAM = "/v1/me/stream"


@dataclass
class Hub:
    running: WholeHub
    owner: asyncpg.Connection
    listening: socket.socket
    metrics: socket.socket
    hospital: AsyncClient
    """At the first process."""
    phones: AsyncClient
    """At the second."""
    second: Process
    visits: int = 0

    async def sends_a_visit(self) -> None:
        """Send one that is like none before, also within the same second."""
        self.visits += 1
        at = an_hour_ago() + timedelta(minutes=self.visits)
        await self.posts(without_message_id(visit(LAN, at)))

    async def posts(self, bundle: dict[str, object]) -> None:
        answer = await self.hospital.post(
            "/fhir/R4", content=encoded(bundle), headers={"Content-Type": "application/fhir+json"}
        )
        assert answer.status_code == 200, answer.text

    async def start_second(self) -> None:
        self.second = await start(
            ["api", "--fd", str(self.listening.fileno()),
             "--metrics-fd", str(self.metrics.fileno())],
            self.running.environment
            | {"HUB_DATABASE_URL": self.running.engines.database_url("hub_api")},
            log=self.running.folder / "second.log",
            inherited=[self.listening.fileno(), self.metrics.fileno()],
        )  # fmt: skip
        async with asyncio.timeout(30):
            assert (await self.phones.get("/health/ready")).status_code == 200

    async def open_streams(self) -> float:
        async with AsyncClient() as scraper:
            port = self.metrics.getsockname()[1]
            text = (await scraper.get(f"http://127.0.0.1:{port}/metrics")).text
        [family] = [
            each for each in text_string_to_metric_families(text) if each.name == "hub_open_streams"
        ]
        return family.samples[0].value


@pytest.fixture(scope="module")
async def hub() -> AsyncIterator[Hub]:
    folder = Path(tempfile.mkdtemp(prefix="hub-streams-"))
    settings = {
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"],
        "HUB_PUBLIC_URL": "https://hub.test",
        "HUB_REQUIRE_DPOP": "false",
    }
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        running = await stack.enter_async_context(whole_hub(folder, workers=0, settings=settings))
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        metrics = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        owner = await asyncpg.connect(running.engines.database_url("postgres"))
        stack.push_async_callback(owner.close)
        if _held.ring is not None:
            stack.callback(use_ring, _held.ring)
        use_ring(ring_of(await owner.fetch(LIVE)))
        key = (await make_callers(owner)).facility_key
        hospital, phones = [
            await stack.enter_async_context(AsyncClient(base_url=each, timeout=30))
            for each in (running.api_url, f"http://127.0.0.1:{listening.getsockname()[1]}")
        ]
        hospital.headers["Authorization"] = f"Bearer {key}"
        made = Hub(running, owner, listening, metrics, hospital, phones, None)  # type: ignore[arg-type]  # started now
        await made.start_second()
        stack.push_async_callback(lambda: end(made.second))
        await made.posts(registration(LAN))
        yield made


@dataclass
class Phone:
    session: UUID
    lines: AsyncIterator[str]
    response: httpx.Response

    async def hears(self) -> tuple[str, str]:
        """Give the next event and its data."""
        event = ""
        async for line in self.lines:
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            if line.startswith("data: "):
                return event, line.removeprefix("data: ")
        return "", "over"

    async def hears_of(self, event: str, within: float) -> float:
        """Wait until it is told of this; give how long that took."""
        began = monotonic()
        async with asyncio.timeout(within):
            while (await self.hears())[0] != event:
                pass
        return monotonic() - began


@asynccontextmanager
async def listening_phone(hub: Hub) -> AsyncIterator[Phone]:
    patient = await hub.owner.fetchval("SELECT patient FROM patient_lookup LIMIT 1")
    session, device = new_id(), new_id()
    await hub.owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'ios')", device)
    await hub.owner.execute(
        "INSERT INTO session (id, device, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock() + interval '1 day', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    await reaches(hub.owner, session, patient)
    shown = {"Authorization": f"Bearer {access_tokens.issue(session)}"}
    async with hub.phones.stream("GET", STREAM, headers=shown) as response:
        assert response.status_code == 200
        lines = response.aiter_lines()
        async with asyncio.timeout(10):
            assert (await anext(lines)).startswith("retry: ")
        yield Phone(session, lines, response)


async def test_a_stream_is_not_kept_and_not_waited_for_by_a_proxy(hub: Hub) -> None:
    async with listening_phone(hub) as phone:
        headers = phone.response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")


async def test_what_comes_to_one_process_is_heard_at_the_other_within_a_second(hub: Hub) -> None:
    async with listening_phone(hub) as phone:
        await hub.sends_a_visit()

        assert await phone.hears_of("records", within=10) < 1.0


async def test_many_streams_are_one_subscription(hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(listening_phone(hub)) for _ in range(50)]
        async with Redis.from_url(hub.running.engines.redis_url) as valkey:
            [(_, subscriptions)] = await valkey.pubsub_numsub("hub:hints")
        await hub.sends_a_visit()
        await asyncio.gather(*(each.hears_of("records", within=10) for each in phones))

    assert subscriptions == 2  # one for each of the two processes


async def test_a_phone_that_leaves_leaves_nothing_behind(hub: Hub) -> None:
    async with listening_phone(hub), listening_phone(hub):
        assert await hub.open_streams() >= 2

    async with asyncio.timeout(10):
        while await hub.open_streams():
            pass


async def test_an_ended_session_ends_its_stream(hub: Hub) -> None:
    async with listening_phone(hub) as phone:
        await hub.owner.execute(
            "UPDATE session SET ended_at = hub_clock() WHERE id = $1", phone.session
        )

        async with asyncio.timeout(10):
            assert await phone.hears() == ("", "over")


async def test_a_flushall_changes_nothing(hub: Hub) -> None:
    async with listening_phone(hub) as phone:
        async with Redis.from_url(hub.running.engines.redis_url) as valkey:
            await valkey.flushall()
        await hub.sends_a_visit()

        assert await phone.hears_of("records", within=10) < 1.0


async def test_a_process_stops_at_once_with_streams_open(hub: Hub) -> None:
    async with listening_phone(hub) as phone:
        began = monotonic()
        await end(hub.second)
        took = monotonic() - began
        over = await phone.hears()
    await hub.start_second()

    assert (over, hub.second.returncode) == (("", "over"), None)
    assert took < 5.0


async def test_without_valkey_a_change_is_found_by_looking_and_with_it_again_heard_of(
    hub: Hub,
) -> None:
    """The last test of this file: it starts Valkey anew."""
    async with listening_phone(hub) as phone:
        os.kill(hub.running.engines.redis_pid, signal.SIGKILL)
        await hub.sends_a_visit()

        await phone.hears_of("records", within=LOOK_SECONDS * 2)

        with _valkey(hub.running.folder / "valkey"):
            async with Redis.from_url(hub.running.engines.redis_url) as valkey, asyncio.timeout(20):
                while (await valkey.pubsub_numsub("hub:hints"))[0][1] < 2:
                    pass
            await hub.sends_a_visit()

            assert await phone.hears_of("records", within=10) < 1.5
