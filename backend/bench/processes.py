"""Reads what processes cost: their processor time for one unit of work, and resident memory."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

import psutil

from backend.sandbox.demo.whole_hub import WholeHub

MICROSECONDS: Final = 1_000_000
BYTES_OF_A_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Seconds of processor time, of the hub's two processes and of PostgreSQL with its children."""

    api: float = 0.0
    worker: float = 0.0
    postgres: float = 0.0

    def since(self, before: Self) -> "ProcessorTime":
        return ProcessorTime(
            self.api - before.api, self.worker - before.worker, self.postgres - before.postgres
        )

    def for_each_of(self, units: float) -> "ProcessorTime":
        """Give microseconds for one unit of work."""
        share = MICROSECONDS / max(units, 1)
        return ProcessorTime(self.api * share, self.worker * share, self.postgres * share)


@dataclass(frozen=True, slots=True)
class WatchedProcesses:
    """The processes that do the work of one comparison."""

    postgres: int
    api: tuple[int, ...] = ()
    """The API, or the bare route that stands in its place."""
    worker: tuple[int, ...] = ()

    def spent(self) -> ProcessorTime:
        """Give what they have used since they started."""
        return ProcessorTime(_seconds(self.api), _seconds(self.worker), _seconds([self.postgres]))

    def megabytes(self) -> dict[str, float]:
        """Give the resident memory of API and worker, of whichever of them there is."""
        kinds = {"api": self.api, "worker": self.worker}
        return {kind: sum(map(resident, pids)) for kind, pids in kinds.items() if pids}


def resident(pid: int) -> float:
    """Give the resident memory of a process in megabytes; 0 where it has ended."""
    try:
        return float(psutil.Process(pid).memory_info().rss) / BYTES_OF_A_MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0


def processes_of(hub: WholeHub) -> WatchedProcesses:
    return WatchedProcesses(
        hub.engines.postgres_pid, tuple(hub.pids("api")), tuple(hub.pids("worker"))
    )


def stop(pids: Iterable[int]) -> None:
    """Stop processes where they are, until they are to go on."""
    for pid in pids:
        psutil.Process(pid).suspend()


def go_on(pids: Iterable[int]) -> None:
    """Let stopped processes go on, as if no time had passed."""
    for pid in pids:
        psutil.Process(pid).resume()


def _seconds(pids: Iterable[int]) -> float:
    """Add up the processes and all their children, also of those that ended."""
    total = 0.0
    for pid in pids:
        parent = psutil.Process(pid)
        times = parent.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
        for child in parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it is among those that ended now
                times = child.cpu_times()
                total += times.user + times.system
    return total
