"""Bundles of a hospital, each with a patient of its own, and the engines that send them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import asyncpg
import httpx

from backend.core.clock import now
from backend.core.crypto.sealing import new_secret, secret_hash
from backend.core.database import new_id
from backend.sandbox.demo.story_bundles import (
    StoryPerson,
    encoded,
    registration,
    transaction,
    visit,
)
from tests.harness.processes.victims import PATIENCE

SENDERS = 4
AGAIN_SECONDS = 0.02
LARGE = 1024 * 1024
_numbers = count(1)


@dataclass
class SentBundle:
    """One Bundle, and what its sender has heard."""

    hospital_number: str
    body: bytes
    resends: bool
    """After a broken connection its sender says the same again until it is answered."""
    sent: int = 0
    heard: bool = False
    """A 200 was read, if only its first line."""


def a_bundle(*, large: bool = False) -> SentBundle:
    """A registration and a visit in one. Two of three are sent again, one of those has no id.

    A large one has so many blanks more that the API gives it to its helper.
    """
    n = next(_numbers)
    person = StoryPerson(
        "Trần Thị Lan", f"BN{n:06}", f"079185{n:06}", "1985-03-12", "female", f"0901{n:06}"
    )
    parts = [registration(person), visit(person, now().replace(microsecond=0))]
    resources = [each["resource"] for part in parts for each in part["entry"]]
    bundle = transaction(f"all-{n}", resources)
    if n % 3 == 1:
        del bundle["identifier"]
    body = encoded(bundle) + b" " * (LARGE if large else 0)
    return SentBundle(person.hospital_number, body, resends=n % 3 != 0)


async def make_facility_key(owner: asyncpg.Connection) -> str:
    """Let the one facility send; give its key."""
    facility: UUID = await owner.fetchval("SELECT id FROM facility")
    key = new_secret()
    await owner.execute(
        "INSERT INTO facility_key (id, facility, hash, label, scopes, networks, created_at,"
        " expires_at) VALUES ($1, $2, $3, 'engine', 'intake', '', hub_clock(),"
        " hub_clock() + interval '1 day')",
        new_id(), facility, secret_hash(key),
    )  # fmt: skip
    return key


async def send_all(api: str, key: str, bundles: Sequence[SentBundle]) -> None:
    """Send them by several engines at once, each of which sends its own one after the other."""
    async with asyncio.TaskGroup() as together:
        for n in range(SENDERS):
            together.create_task(_engine(api, key, bundles[n::SENDERS]))


async def _engine(api: str, key: str, bundles: Sequence[SentBundle]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}
    async with httpx.AsyncClient(base_url=api, headers=headers, timeout=PATIENCE) as http:
        for letter in bundles:
            heard = await _delivered(http, letter)
            while letter.resends and not heard:
                await asyncio.sleep(AGAIN_SECONDS)
                heard = await _delivered(http, letter)


async def _delivered(http: httpx.AsyncClient, letter: SentBundle) -> bool:
    letter.sent += 1
    try:
        async with http.stream("POST", "/fhir/R4", content=letter.body) as answer:
            answer.raise_for_status()
            letter.heard = True
            await answer.aread()
    except httpx.TransportError:
        return False
    return True
