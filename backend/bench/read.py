"""`hub bench read`: measures a page of a record, and whether its cost grows with the patients."""

import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Final, TypeVar

import httpx

from backend.bench.client import request_bytes
from backend.bench.comparing import ComparedKind, bare_route, circumstances, in_turn
from backend.bench.loaded.people import (
    RESULTS_EACH,
    BenchPatient,
    load_patients,
    load_results,
    loading,
    renewal,
    sign_in,
)
from backend.bench.processes import processes_of
from backend.bench.report import BenchReport, ceiling_note, compared
from backend.core.settings import take_settings_of
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub

NO_LIMIT: Final = {"HUB_READINGS_PER_HOUR": "1000000000", "HUB_PROOFS_PER_MINUTE": "1000000000"}
"""A few sessions ask for everybody."""
MOST_REQUESTS: Final = 5_000
"""In one round; each is written, and its proof signed, before the clock runs."""
Each = TypeVar("Each")
READ: Final = "/v1/patients/me/results"
SEVERAL: Final = 5
"""So many charts are compared with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSize:
    """How much is loaded, and how long is measured."""

    patients: int = 10_000
    sessions: int = 1_000
    """Of each kind: so many of the patients ask, from anywhere among them."""
    rounds: int = 5
    seconds: float = 2.0
    """At most, for each kind of request in each round."""


async def read(size: ReadSize) -> list[BenchReport]:
    """Measure beside a bare route, and five charts beside one."""
    async with AsyncExitStack() as stack:
        hub, bearers, bound = await _hub_with(stack, size.patients, size.sessions)
        async with loading(hub.engines.database_url("postgres")) as owner:
            several = await sign_in(owner, size.sessions, prove=False, charts=SEVERAL)
        bare = await stack.enter_async_context(bare_route(hub, "reading"))
        api, ours = hub.api_url, processes_of(hub)
        sign_in_all(api, [*bearers, *bound, *several])
        kinds = [
            ComparedKind(
                "bare route", bare.address, lambda: _bare(bare.address, bearers), bare.processes
            ),
            ComparedKind("signed in, bearer", api, lambda: by_bearer(api, bearers), ours),
            ComparedKind("signed in, DPoP", api, lambda: _dpop(api, bound), ours),
        ]
        runs = await in_turn(kinds, rounds=size.rounds, seconds=size.seconds)
        pages = BenchReport(
            name="read", heading="Pages of 20 results, beside the same rows", lines=compared(runs)
        )
        loaded = f"{size.patients:,} patients with {RESULTS_EACH} results each"
        pages.notes += [f"{loaded}, {circumstances(size.rounds)}", ceiling_note(runs)]
        by_charts = [
            ComparedKind("one chart", api, lambda: by_bearer(api, bearers), ours),
            ComparedKind(f"{SEVERAL} charts", api, lambda: by_bearer(api, several), ours),
        ]
        runs = await in_turn(by_charts, rounds=size.rounds, seconds=size.seconds)
        charts = BenchReport(
            name="read charts", heading="The same page of several charts", beside="of one",
            lines=compared(runs),
        )  # fmt: skip
        charts.note_memory(ours.megabytes())
    return [pages, charts]


async def read_patients(patients: Sequence[int], size: ReadSize) -> BenchReport:
    """Fill a hub for each number, then ask them in turn: the machine is as busy for each."""
    async with AsyncExitStack() as stack:
        hubs = [await _hub_with(stack, number, size.sessions) for number in patients]
        for hub, bearers, _ in hubs:
            sign_in_all(hub.api_url, bearers)
        kinds = [
            ComparedKind(
                f"{number:,} patients", hub.api_url, partial(by_bearer, hub.api_url, bearers),
                processes_of(hub),
            )
            for number, (hub, bearers, _) in zip(patients, hubs, strict=True)
        ]  # fmt: skip
        runs = await in_turn(kinds, rounds=size.rounds, seconds=size.seconds)
    report = BenchReport(
        name="read patients", heading="Pages of 20 results among few and many patients",
        beside="p50 of first", lines=compared(runs, by_latency=True),
    )  # fmt: skip
    report.notes.append(f"{RESULTS_EACH} results of each patient, {circumstances(size.rounds)}")
    return report


async def _hub_with(
    stack: AsyncExitStack, patients: int, sessions: int
) -> tuple[WholeHub, list[BenchPatient], list[BenchPatient]]:
    """Start a hub in a temporary folder and fill it; all of it goes when the stack does."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="patient-hub-bench-"))
    hub = await stack.enter_async_context(whole_hub(Path(folder), workers=0, settings=NO_LIMIT))
    take_settings_of(hub.environment)  # refresh tokens are made with this hub's keys
    async with loading(hub.engines.database_url("postgres")) as owner:
        await load_patients(owner, patients)
        await load_results(owner)
        bearers = await sign_in(owner, sessions, prove=False)
        bound = await sign_in(owner, sessions, prove=True)
    return hub, bearers, bound


def sign_in_all(api: str, people: Sequence[BenchPatient]) -> None:
    """Have the API make each one's access token, which lives ten minutes."""
    with httpx.Client(timeout=30) as http:
        for person in people:
            address, headers, body = renewal(api, person)
            answer = http.post(address, headers=headers, content=body)
            answer.raise_for_status()
            person.access_token = answer.json()["accessToken"]


def _bare(bare: str, people: Sequence[BenchPatient]) -> list[bytes]:
    return _enough([request_bytes("GET", f"{bare}/{person.patient}", {}) for person in people])


def by_bearer(api: str, people: Sequence[BenchPatient]) -> list[bytes]:
    return _enough(
        [
            request_bytes("GET", api + READ, {"Authorization": f"Bearer {person.access_token}"})
            for person in people
        ]
    )


def _dpop(api: str, people: Sequence[BenchPatient]) -> list[bytes]:
    """Sign a fresh proof for each request, before the clock runs.

    Just after the start the hub asks for a nonce with each proof; one is good for a minute.
    """
    address = api + READ
    nonce = _nonce(address, people[0])
    for person in people:
        if person.phone:
            person.phone.nonce = nonce
    return [
        request_bytes("GET", address, {
            "Authorization": f"DPoP {person.access_token}",
            "DPoP": person.phone.proof("GET", address, person.access_token) if person.phone else "",
        })
        for person in _enough(people)
    ]  # fmt: skip


def _enough(rows: Sequence[Each]) -> list[Each]:
    return list(islice(cycle(rows), MOST_REQUESTS))


def _nonce(address: str, person: BenchPatient) -> str:
    """Ask once, and give the nonce that came with the refusal; none if there was no refusal."""
    assert person.phone, "only phones with a key are asked for one"
    person.phone.nonce = ""
    proof = person.phone.proof("GET", address, person.access_token)
    asked = {"Authorization": f"DPoP {person.access_token}", "DPoP": proof}
    return str(httpx.get(address, headers=asked).headers.get("dpop-nonce", ""))
