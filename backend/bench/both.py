"""`hub bench both`: measures events that are accepted while a worker delivers them, and alone."""

from contextlib import AsyncExitStack
from dataclasses import replace
from statistics import median
from typing import Final

from backend.bench.client import Measurement, RanOut, drive
from backend.bench.comparing import circumstances
from backend.bench.deliver import DeliveringHub, NotDelivered, delivering_hub
from backend.bench.loaded.at_rest import at_rest
from backend.bench.processes import processes_of
from backend.bench.report import BenchReport, compared
from backend.bench.taking_in import (
    EVENTS,
    SendingSize,
    Supply,
    requests_to,
)

IN_FLIGHT: Final = 100
ALONE, BESIDE, DELIVERED = "accepted alone", "accepted beside", "delivered beside"
TOLD: Final = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS p50,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY took) AS p99
  FROM (SELECT extract(epoch FROM a.answered_at - n.accepted_at) AS took
          FROM attempt a JOIN delivery d ON d.id = a.delivery
          JOIN notification n ON n.id = d.notification WHERE a.claimed_at >= $1) t
"""
"""The seconds from an event that came in to the written answer of the provider."""


async def both(size: SendingSize) -> BenchReport:
    """Measure on two hubs in turns: one has a worker, whose provider answers at once.

    Raises:
        RanOut: the time was not over when each of them had an event.
        NotDelivered: the provider did not count each delivery exactly once.
    """
    report = BenchReport(
        name="both", unit="events/s", beside="of alone",
        heading="Events accepted while one worker delivers their pushes, beside events alone",
    )  # fmt: skip
    runs: dict[str, list[Measurement]] = {ALONE: [], BESIDE: [], DELIVERED: []}
    async with AsyncExitStack() as stack:
        alone, beside = [
            await stack.enter_async_context(
                delivering_hub(size.patients, IN_FLIGHT, apis=1, workers=workers)
            )
            for workers in (0, 1)
        ]
        supplies = [
            Supply(requests_to(hub.hub, EVENTS, hub.loaded), EVENTS.most) for hub in (alone, beside)
        ]
        for n in range(size.rounds + 1):
            await beside.stop_worker()
            measured = {ALONE: await _accepted(alone, supplies[0], size)}
            async with beside.with_worker():
                measured |= await _accepted_and_delivered(beside, supplies[1], size)
            for name, run in measured.items():
                runs[name] += [run] if n else []
            if n == 0:
                await at_rest(alone.owner_url)
                await at_rest(beside.owner_url)
        if any(supply.is_out for supply in supplies) and any(
            run.cut_short for run in (*runs[ALONE], *runs[BESIDE])
        ):
            raise RanOut
        report.note_memory(processes_of(beside.hub).megabytes())
    report.lines = compared(runs)
    alone_us, beside_us = (
        median(run.cost.api + run.cost.worker + run.cost.postgres for run in runs[name])
        for name in (ALONE, BESIDE)
    )
    report.notes += [
        circumstances(size.rounds, size.clients[0]),
        f"An event costs {alone_us:,.0f} us alone, and {beside_us:,.0f} us with its push.",
        "A delivery takes from the event that came in to the provider's answer, written down.",
    ]
    return report


async def _accepted(hub: DeliveringHub, supply: Supply, size: SendingSize) -> Measurement:
    processes, requests = processes_of(hub.hub), supply.next_round()
    before = processes.spent()
    run = await drive(hub.hub.api_url, requests, clients=size.clients[0], seconds=size.seconds)
    return replace(run, cost=processes.spent().since(before).for_each_of(run.count))


async def _accepted_and_delivered(
    hub: DeliveringHub, supply: Supply, size: SendingSize
) -> dict[str, Measurement]:
    """Accept while the worker sends; then wait for what is still open, at no cost of the rates."""
    await hub.provider.forget(0)
    begun = await hub.owner.fetchval("SELECT hub_clock()")
    run = await _accepted(hub, supply, size)
    meanwhile = (await hub.provider.counted()).messages
    await hub.until_sent(run.count)
    counted = await hub.provider.counted()
    if not counted.messages == counted.addresses == run.count:
        raise NotDelivered(f"{run.count} accepted, {counted}")
    told = await hub.owner.fetchrow(TOLD, begun)
    delivered = replace(
        run, rate=run.rate * meanwhile / run.count, p50=told["p50"] * 1000, p99=told["p99"] * 1000
    )
    return {BESIDE: run, DELIVERED: delivered}
