"""`hub bench accept` and `hub bench intake`: measure a hospital's event and its Bundle."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import typer
import uvloop

from backend.bench.client import Measurement, request_bytes
from backend.bench.comparing import (
    ComparedKind,
    bare_route,
    circumstances,
    in_turn,
    show,
    show_memory,
)
from backend.bench.registered import load
from backend.core.clock import now
from backend.core.database import new_id
from backend.core.settings import take_settings_of
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, visit
from backend.sandbox.demo.whole_hub import whole_hub

MOST_EVENTS = 12_000
MOST_BUNDLES = 1_500
"""In one round; each is written before the clock runs."""
RESOURCES = 8
"""In one Bundle: a report of five measurements, an appointment and a medicine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSize:
    """How much is loaded, and how long is measured."""

    patients: int
    rounds: int
    seconds: float
    """At most, for each kind of request in each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What a hospital sends, to which route, and the bare comparator of that route."""

    bare: str
    path: str
    name: str
    media_type: str
    most: int
    bodies: Callable[[Sequence[StoryPerson]], Iterator[bytes]]


def accept(size: SendingSize) -> int:
    """Measure events, with the event loop that the API has too; give the exit code."""
    sent = _Sent(
        bare="event", path="/hospital/events", name="event accepted",
        media_type="application/json", most=MOST_EVENTS, bodies=_events,
    )  # fmt: skip
    uvloop.run(_measure(sent, size))
    return 0


def intake(size: SendingSize) -> int:
    """Measure Bundles, with the event loop that the API has too; give the exit code."""
    sent = _Sent(
        bare="bundle", path="/fhir/R4", name="Bundle taken in",
        media_type="application/fhir+json", most=MOST_BUNDLES, bodies=_bundles,
    )  # fmt: skip
    runs = uvloop.run(_measure(sent, size))
    bundles = median(run.rate for run in runs[sent.name])
    typer.echo(f"That is {bundles * RESOURCES:,.0f} resources/s.")
    return 0


async def _measure(sent: _Sent, size: SendingSize) -> dict[str, list[Measurement]]:
    """Start everything in a temporary folder, measure, print."""
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with whole_hub(Path(folder), workers=0) as hub, bare_route(hub, sent.bare) as bare:
            take_settings_of(hub.environment)  # what is loaded is sealed with this hub's keys
            key, people = await load(hub.engines.database_url("postgres"), size.patients)
            bodies = sent.bodies(people)

            def to(address: str) -> Callable[[], list[bytes]]:
                headers = {"Content-Type": sent.media_type, "Authorization": f"Bearer {key}"}
                return lambda: [
                    request_bytes("POST", address, headers, body)
                    for body in islice(bodies, sent.most)
                ]

            kinds = [
                ComparedKind("bare route", bare, to(bare + "/")),
                ComparedKind(sent.name, hub.api_url, to(hub.api_url + sent.path)),
            ]
            runs = await in_turn(kinds, rounds=size.rounds, seconds=size.seconds)
            show(runs)
            show_memory(hub)
            typer.echo(f"{size.patients:,} patients, {circumstances(size.rounds)}")
    return runs


def _events(people: Sequence[StoryPerson]) -> Iterator[bytes]:
    """Give events without end: each of them new, of one patient after the other."""
    for person in cycle(people):
        name = str(new_id())
        event: dict[str, Any] = {
            "type": "result.ready", "eventId": name, "orderId": name,
            "patient": {"hospitalNumber": person.hospital_number},
        }  # fmt: skip
        yield msgspec.json.encode(event)


def _bundles(people: Sequence[StoryPerson]) -> Iterator[bytes]:
    """Give visits without end: each with reports and orders of its own."""
    released = now().replace(microsecond=0)
    for n, person in enumerate(cycle(people)):
        body = encoded(visit(person, released))
        old, new = f"{person.hospital_number}-", f"{person.hospital_number}-{n}-"
        message = f"visit-{person.hospital_number}"
        yield body.replace(old.encode(), new.encode()).replace(
            f'"{message}"'.encode(), f'"{message}-{n}"'.encode()
        )
