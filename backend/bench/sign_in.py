"""`hub bench sign-in`: what one signed-in request costs, beside a bare route in the same run."""

import os
import socket
import subprocess
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import httpx
import typer
import uvloop

from backend.bench.client import Measured, drive, written
from backend.bench.people import RESULTS_EACH, Person, load
from backend.processes import end, start
from backend.sandbox.whole_hub import WholeHub, whole_hub

CLIENTS = 16
MOST_REQUESTS = 2_500
READ = "/v1/patients/me/results"
REFRESH = "/v1/sign-in/refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is loaded, and how long is measured."""

    patients: int = 10_000
    sessions: int = 400
    """Of each kind."""
    rounds: int = 5
    seconds: float = 2.0
    """At most, for each kind of request in each round."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: where it goes, and how it is written anew for every round."""

    name: str
    address: str
    requests: Callable[[], Sequence[bytes]]


async def measure(size: Size) -> int:
    """Start everything in a temporary folder, measure, print; give the exit code."""
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with whole_hub(Path(folder), workers=0) as hub, bare_route(hub) as bare:
            os.environ.update(hub.environment)  # tokens are made with this hub's keys
            kinds = await _kinds(hub, bare, size)
            runs = await _run(kinds, size)
            _print(runs, size, _megabytes(hub.pids("api")[0]))
    return 0


@asynccontextmanager
async def bare_route(hub: WholeHub) -> AsyncIterator[str]:
    """Serve the bare comparator while the block lasts; give its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        environment = hub.environment | {"HUB_DATABASE_URL": hub.engines.database_url("postgres")}
        process: Process = await start(
            ["bench", "bare", "--fd", str(listening.fileno())],
            environment, log=hub.folder / "bare.log", inherited=[listening.fileno()],
        )  # fmt: skip
        try:
            yield "http://{}:{}".format(*listening.getsockname()[:2])
        finally:
            await end(process)


async def _kinds(hub: WholeHub, bare: str, size: Size) -> list[Kind]:
    owner_url = hub.engines.database_url("postgres")
    bearers, bound = await load(owner_url, size.patients, size.sessions)
    kinds = [
        Kind("bare route", bare, lambda: _bare(bare, bearers)),
        Kind("signed in, bearer", hub.api_url, lambda: _bearer(hub.api_url, bearers)),
    ]
    await _refresh(hub.api_url, bearers)
    if await _refresh(hub.api_url, bound) == "DPoP":
        kinds.append(Kind("signed in, DPoP", hub.api_url, lambda: _dpop(hub.api_url, bound)))
    return kinds


async def _refresh(api: str, people: Sequence[Person]) -> str:
    """Let the API itself make each one's access token; give the type it says they have."""
    types = set()
    async with httpx.AsyncClient(base_url=api, timeout=30) as http:
        for person in people:
            answer = await _ask_for_tokens(http, person)
            nonce = answer.headers.get("dpop-nonce", "")
            if person.phone and nonce and answer.is_error:
                person.phone.nonce = nonce
                answer = await _ask_for_tokens(http, person)
            answer.raise_for_status()
            tokens = answer.json()
            person.access_token = tokens["accessToken"]
            types.add(tokens["tokenType"])
    return str(*types)


async def _ask_for_tokens(http: httpx.AsyncClient, person: Person) -> httpx.Response:
    address = str(http.base_url).rstrip("/") + REFRESH
    proof = {"DPoP": person.phone.proof("POST", address)} if person.phone else {}
    body = {"refreshToken": person.refresh_token}
    return await http.post(REFRESH, json=body, headers=proof)


def _bare(bare: str, people: Sequence[Person]) -> list[bytes]:
    return _enough([written("GET", f"{bare}/{each.patient}", {}) for each in people])


def _bearer(api: str, people: Sequence[Person]) -> list[bytes]:
    return _enough(
        [
            written("GET", api + READ, {"Authorization": f"Bearer {each.access_token}"})
            for each in people
        ]
    )


def _enough(requests: Sequence[bytes]) -> list[bytes]:
    return list(islice(cycle(requests), MOST_REQUESTS))


def _dpop(api: str, people: Sequence[Person]) -> list[bytes]:
    """Sign a fresh proof for each request, before the clock runs.

    Just after the start the hub asks for a nonce with each proof; one is good for a minute.
    """
    address = api + READ
    nonce = _nonce(address, people[0])
    for each in people:
        if each.phone:
            each.phone.nonce = nonce
    return [
        written("GET", address, {
            "Authorization": f"DPoP {each.access_token}",
            "DPoP": each.phone.proof("GET", address, each.access_token) if each.phone else "",
        })
        for each in islice(cycle(people), MOST_REQUESTS)
    ]  # fmt: skip


def _nonce(address: str, person: Person) -> str:
    """Ask once, and give the nonce that came with the refusal; none if there was no refusal."""
    assert person.phone, "only phones with a key are asked for one"
    person.phone.nonce = ""
    proof = person.phone.proof("GET", address, person.access_token)
    asked = {"Authorization": f"DPoP {person.access_token}", "DPoP": proof}
    return str(httpx.get(address, headers=asked).headers.get("dpop-nonce", ""))


async def _run(kinds: Sequence[Kind], size: Size) -> dict[str, list[Measured]]:
    """Measure each kind in turn, round after round, after a pass that counts for nothing."""
    runs: dict[str, list[Measured]] = {kind.name: [] for kind in kinds}
    for number in range(size.rounds + 1):
        for kind in kinds:
            requests = kind.requests()
            measured = await drive(kind.address, requests, clients=CLIENTS, seconds=size.seconds)
            if number:
                runs[kind.name].append(measured)
    return runs


def _print(runs: dict[str, list[Measured]], size: Size, megabytes: int) -> None:
    bare, *_ = runs.values()
    typer.echo(f"{'':20}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'of bare':>9}")
    for name, measured in runs.items():
        ratio = median(m.rate / b.rate for m, b in zip(measured, bare, strict=True))
        typer.echo(
            f"{name:20}{median(m.rate for m in measured):12,.0f}"
            f"{median(m.p50 for m in measured):9.1f}{median(m.p99 for m in measured):9.1f}"
            f"{ratio:9.2f}"
        )
    ceiling = min(median(m.ceiling for m in measured) for measured in runs.values())
    typer.echo(f"The client itself could ask {ceiling:,.0f} times a second.")
    typer.echo(f"The API process has {megabytes} MB.")
    typer.echo(
        f"{size.patients:,} patients with {RESULTS_EACH} results each, {CLIENTS} clients,"
        f" median of {size.rounds} rounds on {os.cpu_count()} processors."
    )


def _megabytes(pid: int) -> int:
    shown = subprocess.run(  # noqa: S603  # ps is asked about a process of ours
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607  # where ps lies differs
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return int(shown.stdout) // 1024


def run(size: Size) -> int:
    """Measure, with the event loop that the API has too."""
    return uvloop.run(measure(size))
