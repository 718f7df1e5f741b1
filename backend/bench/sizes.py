"""`--sizes` and `hub bench idle`: the same work on an empty hub and on full ones, in turns."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from time import perf_counter
from typing import Final

from backend.bench.client import Measurement, RanOut
from backend.bench.comparing import ComparedKind, circumstances, in_turn
from backend.bench.deliver import FIRST_COUNT, DeliveringHub, delivering_hub
from backend.bench.loaded.at_rest import at_rest
from backend.bench.loaded.filled import fill_later, fill_past
from backend.bench.loaded.people import BenchPatient, load_results, loading, sign_in
from backend.bench.processes import processes_of
from backend.bench.read import NO_LIMIT, by_bearer, sign_in_all
from backend.bench.report import BenchReport, compared
from backend.bench.taking_in import EVENTS, Supply, requests_to
from backend.gateways.sender import Channel

IN_FLIGHT: Final = 100
SETTLING_SECONDS: Final = 5.0
"""Before an idle worker is looked at: what it does once after its start."""
WORKS: Final = ("accept", "deliver", "read", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullSize:
    """How full the hubs are, and how long is measured."""

    rows: int
    """Of history, and of notifications that are due later."""
    patients: int
    rounds: int
    seconds: float
    sessions: int = 500
    """Patients who read."""
    idle_seconds: float = 20.0


@dataclass(slots=True)
class SizedHub:
    """A hub that is full to some degree."""

    name: str
    delivering: DeliveringHub
    bearers: list[BenchPatient]


async def sizes(size: FullSize, works: Collection[str] = WORKS) -> list[BenchReport]:
    """Fill the hubs, then do each of these works on them in turns.

    Raises:
        RanOut: the time was not over when each of them had an event.
        NotDelivered: the provider did not count each delivery exactly once.
    """
    reports: list[BenchReport] = []
    async with full_hubs(size) as hubs:
        for work, measured in (("accept", _accept), ("deliver", _deliver), ("read", _read)):
            if work in works:
                reports.append(await measured(hubs, size))
        if "idle" in works:
            reports.append(await _idle(hubs, size))
    return reports


@asynccontextmanager
async def full_hubs(size: FullSize) -> AsyncIterator[list[SizedHub]]:
    """Start an empty hub, one with a past, and one with a past and as much to come."""
    past, later = f"{size.rows:,} past", f"{size.rows:,} past and later"
    async with AsyncExitStack() as stack:
        hubs: list[SizedHub] = []
        for name in ("empty", past, later):
            hub = await stack.enter_async_context(
                delivering_hub(size.patients, IN_FLIGHT, apis=1, settings=NO_LIMIT)
            )
            async with loading(hub.owner_url) as owner:
                if name != "empty":
                    await fill_past(owner, size.rows)
                if name == later:
                    await fill_later(owner, size.rows)
                bearers = await sign_in(owner, size.sessions, prove=False)
                await load_results(owner, patients=size.sessions)
            await hub.stop_worker()
            hubs.append(SizedHub(name, hub, bearers))
        yield hubs


async def _accept(hubs: Sequence[SizedHub], size: FullSize) -> BenchReport:
    supplies = [
        Supply(requests_to(sized.delivering.hub, EVENTS, sized.delivering.loaded), EVENTS.most)
        for sized in hubs
    ]
    kinds = [
        ComparedKind(
            sized.name, sized.delivering.hub.api_url, supply.next_round,
            processes_of(sized.delivering.hub),
        )
        for sized, supply in zip(hubs, supplies, strict=True)
    ]  # fmt: skip
    runs = await in_turn(
        kinds, rounds=size.rounds, seconds=size.seconds, warmed=partial(_all_at_rest, hubs)
    )
    short = any(run.cut_short for run in chain.from_iterable(runs.values()))
    if short and any(supply.is_out for supply in supplies):
        raise RanOut
    report = BenchReport(
        name="accept sizes", heading="Events accepted by an empty hub and by full ones",
        beside="p50 of 1st", lines=compared(runs, by_latency=True),
        notes=[circumstances(size.rounds)],
    )  # fmt: skip
    report.note_memory(processes_of(hubs[-1].delivering.hub).megabytes())
    return report


async def _deliver(hubs: Sequence[SizedHub], size: FullSize) -> BenchReport:
    """Send texts to a provider that answers at once, one hub after the other."""
    runs: dict[str, list[Measurement]] = {sized.name: [] for sized in hubs}
    count = min(FIRST_COUNT, size.patients)
    for n in range(size.rounds + 1):
        for sized in hubs:
            async with sized.delivering.with_worker():
                if n == 0:
                    await sized.delivering.until_sent(0)  # the pushes of what was accepted
                measured = await sized.delivering.deliver(Channel.SMS, count, 0)
            runs[sized.name].append(measured)
        if n == 0:
            rate = min(run.rate for (run,) in runs.values())
            count = max(count, round(rate * size.seconds))
            runs = {sized.name: [] for sized in hubs}
            await _all_at_rest(hubs)
    report = BenchReport(
        name="deliver sizes", heading="Texts sent by an empty hub and by full ones",
        unit="messages/s", beside="of 1st", lines=compared(runs),
    )  # fmt: skip
    report.note_memory(processes_of(hubs[-1].delivering.hub).megabytes())
    return report


async def _read(hubs: Sequence[SizedHub], size: FullSize) -> BenchReport:
    for sized in hubs:
        sign_in_all(sized.delivering.hub.api_url, sized.bearers)
    kinds = [
        ComparedKind(
            sized.name, sized.delivering.hub.api_url,
            partial(by_bearer, sized.delivering.hub.api_url, sized.bearers),
            processes_of(sized.delivering.hub),
        )
        for sized in hubs
    ]  # fmt: skip
    runs = await in_turn(
        kinds, rounds=size.rounds, seconds=size.seconds, warmed=partial(_all_at_rest, hubs)
    )
    return BenchReport(
        name="read sizes", heading="Pages of 20 results of an empty hub and of full ones",
        beside="p50 of 1st", lines=compared(runs, by_latency=True),
        notes=[circumstances(size.rounds)],
    )  # fmt: skip


async def _idle(hubs: Sequence[SizedHub], size: FullSize) -> BenchReport:
    """Look what the worker of the fullest hub costs while nothing is due."""
    sized = hubs[-1]
    async with sized.delivering.with_worker():
        await sized.delivering.until_sent(0)
        await asyncio.sleep(SETTLING_SECONDS)
        processes = processes_of(sized.delivering.hub)
        before, begun = processes.spent(), perf_counter()
        await asyncio.sleep(size.idle_seconds)
        spent, took = processes.spent().since(before), perf_counter() - begun
    report = BenchReport(name="idle", heading=f"A worker with nothing due, {sized.name}")
    report.further = {
        "postgres_cores": spent.postgres / took,
        "worker_cores": spent.worker / took,
        "api_cores": spent.api / took,
    }
    report.note_memory(processes.megabytes())
    return report


async def _all_at_rest(hubs: Sequence[SizedHub]) -> None:
    for sized in hubs:
        await at_rest(sized.delivering.owner_url)
