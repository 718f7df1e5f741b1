"""Sends every file of the JSON parsing test suite to every endpoint of a real API.

Exits 1 on a 5xx, on a 2xx, when a limit kept a file from its endpoint, and when anything was
stored.

python -m conformance.json_bodies [FOLDER]      (../shared/data/fuzz/json/test_parsing unless told)
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import asyncpg
from typer import echo

from backend.api.app import create_app
from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import make_master_key, use_ring
from backend.core.http.problem_details import PROBLEM_JSON
from backend.intake.fhir.responses import FHIR_JSON
from backend.key_rotation.ring_changes import make_first
from backend.sandbox.demo.engines import Engines, create_database, engines
from backend.schema.migrate import migrate
from conformance.callers import Callers, Endpoint, endpoints_with_bodies, make_callers
from conformance.material import end_with, folder_told
from conformance.stored import stored

PROGRAM = (
    "from backend.core.log import configure; from backend.api.server import run_api;"
    "configure('api'); run_api(port=0, started=lambda url: print(url, flush=True))"
)
AT_ONCE = 8
REFUSALS = set(range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)) - {
    HTTPStatus.TOO_MANY_REQUESTS
}
SAYS_WHY = frozenset({PROBLEM_JSON, FHIR_JSON})
"""A problem, or below `/fhir` an OperationOutcome."""
NO_LIMIT = "1000000"
"""One session sends all of it: what a limit stops has tried nothing."""


async def check(folder: Path, running: Engines) -> list[str]:
    """Give what is wrong; nothing, when every file is refused at every endpoint."""
    owner = await prepared(running)
    try:
        async with api() as url:
            return await _throw(_bodies(folder), url, owner)
    finally:
        await owner.close()


async def prepared(running: Engines) -> asyncpg.Connection:
    """Make the hub's database, and give its owner; this process knows its settings and its keys."""
    os.environ.update(
        {
            "HUB_DATABASE_URL": running.database_url("hub_api"),
            "HUB_REDIS_URL": running.redis_url,
            "HUB_MASTER_KEYS": make_master_key("conformance"),
            "HUB_TWILIO_AUTH_TOKEN": "only-for-this",
            "HUB_REQUIRE_DPOP": "false",
            "HUB_READINGS_PER_HOUR": NO_LIMIT,
            "HUB_STAFF_OPENINGS_PER_HOUR": NO_LIMIT,
            "HUB_STAFF_REQUESTS_PER_HOUR": NO_LIMIT,
        }
    )
    await create_database(running)
    await migrate(running.database_url("postgres"))
    owner = await asyncpg.connect(running.database_url("postgres"))
    await make_first(owner)
    use_ring(ring_of(await owner.fetch(LIVE)))
    return owner


def _bodies(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


@asynccontextmanager
async def api() -> AsyncIterator[str]:
    """Run the API as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout, "it was asked for"
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _throw(bodies: dict[str, bytes], url: str, owner: asyncpg.Connection) -> list[str]:
    callers = await make_callers(owner)
    before, wrong = await stored(owner), []
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=AT_ONCE)) as client:
        for endpoint in endpoints_with_bodies(create_app()):
            thrown = {name: body for name, body in bodies.items() if endpoint.refuses(body)}
            heard = [_knock(client, callers, endpoint, body) for body in thrown.values()]
            answers = dict(zip(thrown, await asyncio.gather(*heard), strict=True))
            echo(f"{dict(sorted(Counter(answers.values()).items()))}  {endpoint.name}")
            wrong += [
                f"{endpoint.name}: {name}: {a}" for name, a in answers.items() if not a.refuses
            ]
    echo(f"{len(bodies)} files at each endpoint")
    after = await stored(owner)
    return wrong + [f"stored in {table}" for table in before if before[table] != after[table]]


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    status: int
    content_type: str

    @property
    def refuses(self) -> bool:
        return self.status in REFUSALS and self.content_type in SAYS_WHY

    def __str__(self) -> str:
        return f"{self.status}" if self.refuses else f"{self.status} {self.content_type}"

    __repr__ = __str__


async def _knock(
    client: aiohttp.ClientSession, callers: Callers, endpoint: Endpoint, body: bytes
) -> Answer:
    address = endpoint.address()
    headers = {**callers.headers(endpoint, address, body), "Content-Type": "application/json"}
    async with client.request(endpoint.method, address, data=body, headers=headers) as answer:
        await answer.read()
        return Answer(answer.status, answer.content_type)


def main() -> None:
    folder = folder_told(sys.argv[1:], "fuzz/json/test_parsing")
    with TemporaryDirectory() as data, engines(Path(data) / "engines") as running:
        wrong = asyncio.run(check(folder, running))
    end_with(wrong)


if __name__ == "__main__":
    main()
