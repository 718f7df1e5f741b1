"""`hub bench accept` and `hub bench intake`: measure a hospital's event and its Bundle."""

import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.bench.client import Measurement, RanOut, request_bytes
from backend.bench.comparing import (
    AT_ANY_HOUR,
    BareRoute,
    ComparedKind,
    bare_route,
    circumstances,
    in_turn,
)
from backend.bench.loaded.at_rest import at_rest
from backend.bench.loaded.people import loading
from backend.bench.loaded.registered import RegisteredPatients, load_registered
from backend.bench.processes import processes_of
from backend.bench.report import BenchReport, ceiling_note, compared
from backend.core.clock import now
from backend.core.database import new_id
from backend.core.settings import take_settings_of
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, visit
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub

MOST_EVENTS: Final = 20_000
MOST_BUNDLES: Final = 3_000
"""In one round; each is written before the clock runs."""
BARE_BODIES: Final = 1_000
"""The bare route is given the same ones again and again: it does not read them."""
RESOURCES: Final = 8
"""In one Bundle: a report of five measurements, an appointment and a medicine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSize:
    """How much is loaded, and how long is measured."""

    patients: int
    rounds: int
    seconds: float
    """At most, for each kind of request in each round."""
    clients: tuple[int, ...] = (16,)
    """So many at once, one pass for each number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentKind:
    """What a hospital sends, to which route, and the bare comparator of that route."""

    bare: str
    path: str
    media_type: str
    most: int
    bodies: Callable[[Sequence[StoryPerson]], Iterator[bytes]]


@dataclass(slots=True)
class Supply:
    """Requests of which each is sent once: what one round did not send, the next one does."""

    fresh: Iterator[bytes]
    most: int
    """In one round."""
    written: deque[bytes] = field(default_factory=deque)
    is_out: bool = False
    """There are no fresh ones any more."""

    def next_round(self) -> Iterator[bytes]:
        """Write as many as one round may need, before its clock runs."""
        self.written.extend(islice(self.fresh, self.most - len(self.written)))
        self.is_out = len(self.written) < self.most
        return iter(self)

    def __iter__(self) -> Iterator[bytes]:
        while self.written:
            yield self.written.popleft()


def events(people: Sequence[StoryPerson]) -> Iterator[bytes]:
    """Give one new event of each patient: a second one within half an hour would be grouped."""
    for person in people:
        name = str(new_id())
        event: dict[str, Any] = {
            "type": "result.ready", "eventId": name, "orderId": name,
            "patient": {"hospitalNumber": person.hospital_number},
        }  # fmt: skip
        yield msgspec.json.encode(event)


def bundles(people: Sequence[StoryPerson]) -> Iterator[bytes]:
    """Give one visit of each patient."""
    released = now().replace(microsecond=0)
    for person in people:
        yield encoded(visit(person, released))


EVENTS: Final = SentKind(
    bare="event", path="/hospital/events", media_type="application/json", most=MOST_EVENTS,
    bodies=events,
)  # fmt: skip
BUNDLES: Final = SentKind(
    bare="bundle", path="/fhir/R4", media_type="application/fhir+json", most=MOST_BUNDLES,
    bodies=bundles,
)  # fmt: skip


async def accept(size: SendingSize) -> BenchReport:
    """Measure events, for each number of clients.

    Raises:
        RanOut: the time was not over when each of them had a message.
    """
    report = BenchReport(name="accept", heading="Events accepted, beside one INSERT")
    async with _hub_beside_bare(EVENTS, size.patients) as (hub, bare, loaded):
        supply = Supply(requests_to(hub, EVENTS, loaded), EVENTS.most)
        for clients in size.clients:
            name = f"{clients} clients"
            runs = await _in_turn(hub, bare, EVENTS, supply, size, clients, name)
            report.lines += compared(runs)
            report.notes.append(f"{circumstances(size.rounds, clients)} {ceiling_note(runs)}")
        report.note_memory(processes_of(hub).megabytes())
    return report


async def intake(size: SendingSize) -> BenchReport:
    """Measure Bundles.

    Raises:
        RanOut: the time was not over when each of them had a message.
    """
    report = BenchReport(name="intake", heading="Bundles of 8 resources, beside 8 INSERTs")
    async with _hub_beside_bare(BUNDLES, size.patients) as (hub, bare, loaded):
        supply = Supply(requests_to(hub, BUNDLES, loaded), BUNDLES.most)
        clients = size.clients[0]
        runs = await _in_turn(hub, bare, BUNDLES, supply, size, clients, "Bundle taken in")
        report.lines = compared(runs)
        report.further["resources_per_second"] = report.lines[-1].rate * RESOURCES
        report.notes.append(f"{circumstances(size.rounds, clients)} {ceiling_note(runs)}")
        report.note_memory(processes_of(hub).megabytes())
    return report


@asynccontextmanager
async def _hub_beside_bare(
    sent: SentKind, patients: int
) -> AsyncIterator[tuple[WholeHub, BareRoute, RegisteredPatients]]:
    """Start everything in a temporary folder, and load the patients."""
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with (
            whole_hub(Path(folder), workers=0, settings=AT_ANY_HOUR) as hub,
            bare_route(hub, sent.bare) as bare,
        ):
            yield hub, bare, await with_patients(hub, patients)


async def with_patients(hub: WholeHub, patients: int) -> RegisteredPatients:
    """Load registered patients into a hub that runs."""
    take_settings_of(hub.environment)  # what is loaded is sealed with this hub's keys
    async with loading(hub.engines.database_url("postgres")) as owner:
        return await load_registered(owner, patients)


def requests_to(hub: WholeHub, sent: SentKind, loaded: RegisteredPatients) -> Iterator[bytes]:
    """Give one request about each patient."""
    address = hub.api_url + sent.path
    for body in sent.bodies(loaded.people):
        yield _request(address, sent, loaded.key, body)


def _request(address: str, sent: SentKind, key: str, body: bytes) -> bytes:
    headers = {"Content-Type": sent.media_type, "Authorization": f"Bearer {key}"}
    return request_bytes("POST", address, headers, body)


async def _in_turn(
    hub: WholeHub, bare: BareRoute, sent: SentKind, supply: Supply, size: SendingSize,
    clients: int, name: str,
) -> dict[str, list[Measurement]]:  # fmt: skip
    supply.next_round()
    again = [
        request.replace(sent.path.encode(), b"/", 1)
        for request in islice(supply.written, BARE_BODIES)
    ]
    kinds = [
        ComparedKind(
            f"bare route, {clients} clients", bare.address, lambda: cycle(again), bare.processes
        ),
        ComparedKind(name, hub.api_url, supply.next_round, processes_of(hub)),
    ]
    runs = await in_turn(
        kinds, rounds=size.rounds, seconds=size.seconds, clients=clients,
        warmed=lambda: at_rest(hub.engines.database_url("postgres")),
    )  # fmt: skip
    if supply.is_out and any(run.cut_short for run in runs[name]):
        raise RanOut
    return runs
