"""`hub bench accept` and `hub bench intake`: measure a hospital's event and its Bundle."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
import msgspec
import typer
import uvloop

from backend.bench.at_rest import put_at_rest
from backend.bench.client import Measurement, request_bytes
from backend.bench.comparing import (
    ComparedKind,
    bare_route,
    circumstances,
    in_turn,
    show,
    show_memory,
)
from backend.bench.people import loading
from backend.bench.registered import load_registered
from backend.core.clock import now
from backend.core.database import new_id
from backend.core.settings import take_settings_of
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, visit
from backend.sandbox.demo.whole_hub import whole_hub

MOST_EVENTS: Final = 20_000
MOST_BUNDLES: Final = 3_000
"""In one round; each is written before the clock runs."""
BARE_BODIES: Final = 1_000
"""The bare route is given the same ones again and again: it does not read them."""
RESOURCES: Final = 8
"""In one Bundle: a report of five measurements, an appointment and a medicine."""
AT_ANY_HOUR: Final = {"HUB_QUIET_HOURS": ""}
"""Nothing is held until the morning: a bench costs the same by day and by night."""


class TooFewPatients(Exception):
    """Each message is about a patient of its own, and there are no more: load more of them."""


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
        media_type="application/json", most=MOST_EVENTS, bodies=events,
    )  # fmt: skip
    return _measured(sent, size)


def intake(size: SendingSize) -> int:
    """Measure Bundles, with the event loop that the API has too; give the exit code."""
    sent = _Sent(
        bare="bundle", path="/fhir/R4", name="Bundle taken in",
        media_type="application/fhir+json", most=MOST_BUNDLES, bodies=bundles,
    )  # fmt: skip
    return _measured(sent, size, resources=RESOURCES)


def _measured(sent: _Sent, size: SendingSize, resources: int = 0) -> int:
    try:
        runs = uvloop.run(_measure(sent, size))
    except TooFewPatients:
        typer.echo("The patients were used up before the time was over: more --patients.", err=True)
        return 2
    if resources:
        messages = median(run.rate for run in runs[sent.name])
        typer.echo(f"That is {messages * resources:,.0f} resources/s.")
    return 0


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


async def _measure(sent: _Sent, size: SendingSize) -> dict[str, list[Measurement]]:
    """Start everything in a temporary folder, measure, print.

    Raises:
        TooFewPatients: a round of the hub ended because each of them had a message.
    """
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with (
            whole_hub(Path(folder), workers=0, settings=AT_ANY_HOUR) as hub,
            bare_route(hub, sent.bare) as bare,
        ):
            take_settings_of(hub.environment)  # what is loaded is sealed with this hub's keys
            owner_url = hub.engines.database_url("postgres")
            async with loading(owner_url) as owner:
                loaded = await load_registered(owner, size.patients)
            headers = {"Content-Type": sent.media_type, "Authorization": f"Bearer {loaded.key}"}

            def to(address: str) -> Iterator[bytes]:
                for body in sent.bodies(loaded.people):
                    yield request_bytes("POST", address, headers, body)

            again = list(islice(to(bare + "/"), BARE_BODIES))
            each_once = Supply(to(hub.api_url + sent.path), sent.most)
            kinds = [
                ComparedKind("bare route", bare, lambda: cycle(again)),
                ComparedKind(sent.name, hub.api_url, each_once.next_round),
            ]
            runs = await in_turn(
                kinds, rounds=size.rounds, seconds=size.seconds, warmed=lambda: _settle(owner_url)
            )
            if each_once.is_out and any(run.cut_short for run in runs[sent.name]):
                raise TooFewPatients
            show(runs)
            show_memory(hub)
            typer.echo(f"{size.patients:,} patients, {circumstances(size.rounds)}")
    return runs


async def _settle(owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    try:
        await put_at_rest(owner)
    finally:
        await owner.close()


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
