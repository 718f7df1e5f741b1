"""`hub bench sign-in`: what one signed-in request costs, beside a bare route in the same run."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import httpx
import typer
import uvloop

from backend.bench.client import written
from backend.bench.comparing import Kind, bare_route, circumstances, in_turn, show, show_memory
from backend.bench.people import RESULTS_EACH, Person, load
from backend.sandbox.whole_hub import WholeHub, whole_hub

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


async def measure(size: Size) -> int:
    """Start everything in a temporary folder, measure, print; give the exit code."""
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as folder:
        async with whole_hub(Path(folder), workers=0) as hub, bare_route(hub, "reading") as bare:
            os.environ.update(hub.environment)  # tokens are made with this hub's keys
            kinds = await _kinds(hub, bare, size)
            show(await in_turn(kinds, rounds=size.rounds, seconds=size.seconds))
            show_memory(hub)
            loaded = f"{size.patients:,} patients with {RESULTS_EACH} results each"
            typer.echo(f"{loaded}, {circumstances(size.rounds)}")
    return 0


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


def run(size: Size) -> int:
    """Measure, with the event loop that the API has too."""
    return uvloop.run(measure(size))
