"""`hub bench deliver`: measures one worker beside the providers' own clients."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import asyncpg
import msgspec

from backend.bench.bare.bare_sending import SentBare
from backend.bench.client import Measurement
from backend.bench.comparing import AT_ANY_HOUR
from backend.bench.loaded.at_rest import at_rest
from backend.bench.loaded.due import ENDS, OUTCOMES, UNFINISHED, plan_due
from backend.bench.loaded.registered import RegisteredPatients
from backend.bench.processes import ProcessorTime, go_on, processes_of, stop
from backend.bench.provider_peer import BenchProvider, provider_peer
from backend.bench.report import BenchReport, compared
from backend.bench.taking_in import with_patients
from backend.core.subprocesses import output_of
from backend.gateways.sender import Channel
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub

NO_CAPS: Final = {
    "HUB_CHART_TEXTS_PER_HOUR": "1000000", "HUB_CHART_TEXTS_PER_DAY": "1000000",
    "HUB_TEXTS_PER_HOUR": "1000000000",
}  # fmt: skip
"""The same patients are told again in the next round."""
FIRST_COUNT: Final = 400
"""Messages of the first round, which does not count: it says how many the others need."""
PATIENCE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.05
AT_WORK: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'hub_worker' AND state <> 'idle'"
)
CASES: Final = (
    (Channel.SMS, 0), (Channel.SMS, 50), (Channel.SMS, 100), (Channel.PUSH, 0), (Channel.PUSH, 100),
)  # fmt: skip
"""Channel, and milliseconds that the provider takes."""


class NotDelivered(Exception):
    """The worker did not send all that was due, or the provider counted other messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySize:
    """How much is loaded, and how long is measured."""

    patients: int
    rounds: int
    seconds: float
    """Of work, about, in each round."""
    in_flight: int = 100
    """Calls that are open at once, of the worker and of the bare client."""


@dataclass(slots=True)
class DeliveringHub:
    """A hub with one worker and the peer that it sends to."""

    hub: WholeHub
    provider: BenchProvider
    owner: asyncpg.Connection
    loaded: RegisteredPatients
    told: int = 0
    """So many patients were told: the next round goes on behind them."""

    @property
    def owner_url(self) -> str:
        return self.hub.engines.database_url("postgres")

    async def stop_worker(self) -> None:
        """Stop the worker while others are measured, when it has no transaction open."""
        workers = self.hub.pids("worker")
        stop(workers)
        while await self.owner.fetchval(AT_WORK):
            go_on(workers)
            await asyncio.sleep(LOOK_SECONDS)
            stop(workers)

    @asynccontextmanager
    async def with_worker(self) -> AsyncIterator[None]:
        """Let a stopped worker go on for the block."""
        go_on(self.hub.pids("worker"))
        try:
            yield
        finally:
            await self.stop_worker()

    async def deliver(self, channel: Channel, count: int, latency: float) -> Measurement:
        """Plan so many deliveries, and wait until all are sent and written down.

        Raises:
            NotDelivered: the provider did not count exactly these, each once.
        """
        count = min(count, len(self.loaded.people))
        if self.told + count > len(self.loaded.people):
            self.told = 0
        processes = processes_of(self.hub)
        await self.provider.forget(latency)
        begun = await self.owner.fetchval("SELECT hub_clock()")
        await plan_due(self.owner, channel, first=self.told, count=count)
        before = processes.spent()
        self.told += count
        await self.until_sent(count)
        cost = processes.spent().since(before).for_each_of(count)
        counted = await self.provider.counted()
        ends = await self.owner.fetchrow(ENDS, begun)
        if not counted.messages == counted.addresses == ends["sent"] == ends["attempts"] == count:
            raise NotDelivered(f"{count} due, {counted}, {await self.owner.fetch(OUTCOMES, begun)}")
        return Measurement(
            rate=counted.rate, p50=ends["p50"] * 1000, p99=ends["p99"] * 1000, ceiling=0.0,
            count=count, cut_short=False, cost=cost,
        )  # fmt: skip

    async def until_sent(self, count: int) -> None:
        """Wait until the provider counted so many, then until nothing due is open.

        Raises:
            NotDelivered: nothing more came for a minute.
        """
        seen, until = 0, monotonic() + PATIENCE_SECONDS
        while seen < count or await self.owner.fetchval(UNFINISHED):
            await asyncio.sleep(LOOK_SECONDS)
            now_seen = (await self.provider.counted()).messages
            if now_seen > seen:
                seen, until = now_seen, monotonic() + PATIENCE_SECONDS
            if monotonic() > until:
                raise NotDelivered(f"{seen} of {count}")


@asynccontextmanager
async def delivering_hub(
    patients: int, in_flight: int, *, apis: int = 0, workers: int = 1,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[DeliveringHub]:  # fmt: skip
    """Run a peer and a hub that sends to it, with patients."""
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as name:
        folder = Path(name)
        async with provider_peer(folder) as provider:
            told = {
                **provider.settings, **AT_ANY_HOUR, **NO_CAPS, "HUB_IN_FLIGHT": str(in_flight),
                **(settings or {}),
            }  # fmt: skip
            async with whole_hub(folder / "hub", apis=apis, workers=workers, settings=told) as hub:
                loaded = await with_patients(hub, patients)
                owner = await asyncpg.connect(hub.engines.database_url("postgres"))
                try:
                    yield DeliveringHub(hub, provider, owner, loaded)
                finally:
                    go_on(hub.pids("worker"))  # else it cannot end
                    await owner.close()


async def deliver(size: DeliverySize, cases: Sequence[tuple[Channel, int]] = CASES) -> BenchReport:
    """Measure texts and pushes at each latency of the provider.

    Raises:
        NotDelivered: the provider did not count each delivery exactly once.
    """
    report = BenchReport(
        name="deliver", unit="messages/s",
        heading="Messages of one worker, beside Twilio's and Firebase's own asynchronous clients",
    )  # fmt: skip
    async with delivering_hub(size.patients, size.in_flight) as hub:
        for channel, latency in cases:
            runs = await _in_turn(hub, size, channel, latency)
            report.lines += compared(runs)
            report.note_memory(processes_of(hub.hub).megabytes())
    report.notes.append(
        f"{size.in_flight} calls in flight, median of {size.rounds} rounds on {os.cpu_count()}"
        " processors. Of the hub, a message takes from its claim to its written answer."
    )
    return report


async def _in_turn(
    hub: DeliveringHub, size: DeliverySize, channel: Channel, latency: int
) -> dict[str, list[Measurement]]:
    """Send in turns; the first round of each does not count, and says how much a round sends."""
    name = f"{'SMS' if channel is Channel.SMS else 'push'} {latency} ms"
    bare: list[Measurement] = []
    ours: list[Measurement] = []
    for n in range(size.rounds + 1):
        counts = [
            round(runs[0].rate * size.seconds) if runs else FIRST_COUNT for runs in (bare, ours)
        ]
        bare.append(await _bare(hub, channel, max(counts[0], FIRST_COUNT), latency, size))
        ours.append(await hub.deliver(channel, max(counts[1], FIRST_COUNT), latency))
        if n == 0:
            await at_rest(hub.owner_url)
    return {f"bare client, {name}": bare[1:], name: ours[1:]}


async def _bare(
    hub: DeliveringHub, channel: Channel, count: int, latency: int, size: DeliverySize
) -> Measurement:
    provider = hub.provider
    printed = await output_of(
        ["bench", "bare-client", channel.value, "--provider", provider.address,
         "--account", provider.settings["HUB_FCM_SERVICE_ACCOUNT"], "--count", str(count),
         "--in-flight", str(size.in_flight), "--latency-ms", str(latency)],
        {},
    )  # fmt: skip
    sent = msgspec.json.decode(printed, type=SentBare)
    counted = await provider.counted()
    if counted.messages != count:
        raise NotDelivered(f"{count} of the bare client, {counted}")
    cost = ProcessorTime(worker=sent.processor_seconds).for_each_of(count)
    return Measurement(
        rate=counted.rate, p50=sent.p50, p99=sent.p99, ceiling=0.0, count=count, cut_short=False,
        cost=cost,
    )  # fmt: skip
