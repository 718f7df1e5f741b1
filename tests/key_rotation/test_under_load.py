"""Keys turn under load, over two APIs and a worker: no request fails, nobody is doubled."""

import asyncio
from datetime import timedelta
from itertools import count
from pathlib import Path

import jwt
import pytest

from backend.auth.facilities.facility_keys import new_key
from backend.core.crypto.key_ring import load_ring
from backend.core.crypto.keys import current_key
from backend.core.crypto.sealing import seal_mark
from backend.key_rotation.sealed_columns import SEALED_COLUMNS
from backend.sandbox.demo.story_bundles import StoryPerson, registration
from tests.conftest import Database
from tests.harness.makers import a_facility
from tests.harness.running_hub import LOOK_SECONDS, Answer, RunningHub, bearer, running_hub
from tests.key_rotation.conftest import Owner

LONGER_THAN_THE_OVERLAP = timedelta(minutes=12)
SIGN_INS = 12


def somebody(n: int) -> StoryPerson:
    return StoryPerson(
        "Trần Thị Lan", f"BN{n:05}", f"079185{n:06}", "1985-03-12", "female", f"0901{n:06}"
    )


class Load:
    """Two hospitals register the same people at both APIs at once; patients read and sign in."""

    def __init__(self, hub: RunningHub, hospitals: list[str]) -> None:
        self.hub = hub
        self.hospitals = hospitals
        self.stop = asyncio.Event()
        self.registered = 0
        self.tokens: list[Answer] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as together:
            together.create_task(self.hospitals_register())
            together.create_task(self.people_sign_in())
            for n, tokens in enumerate(list(self.tokens)):
                together.create_task(self.patient_reads(n, tokens))

    async def register(self, person: StoryPerson) -> None:
        await asyncio.gather(
            *(
                self.hub.ask(api, "POST", "/fhir/R4", json=registration(person),
                             headers={**bearer(key), "Content-Type": "application/fhir+json"})
                for api, key in enumerate(self.hospitals)
            )
        )  # fmt: skip
        self.registered += 1

    async def hospitals_register(self) -> None:
        for n in count(1_000):
            if self.stop.is_set():
                return
            await self.register(somebody(n))

    async def people_sign_in(self) -> None:
        for n in range(2, SIGN_INS):
            if not self.stop.is_set():
                person = somebody(n)
                await self.hub.sign_in(n % 2, person.citizen_id, person.mobile)

    async def patient_reads(self, n: int, tokens: Answer) -> None:
        while not self.stop.is_set():
            for api in (0, 1):
                await self.hub.ask(
                    api, "GET", "/v1/me/devices", headers=bearer(tokens["accessToken"])
                )
            shown = {"refreshToken": tokens["refreshToken"]}
            answer = await self.hub.ask(n % 2, "POST", "/v1/sign-in/refresh", json=shown)
            tokens = answer.json()
            self.tokens[n] = tokens


@pytest.mark.timeout(180)  # three processes start, and four commands, on whatever else runs here
async def test_keys_turn_under_load_and_no_request_fails(
    database: Database, as_owner: Owner, tmp_path: Path
) -> None:
    hospitals = [await new_key(await a_facility(database), "his") for _ in range(2)]
    async with running_hub(database, tmp_path) as hub:
        load = Load(hub, hospitals)
        for n in range(SIGN_INS):
            await load.register(somebody(n))
        load.tokens = [await hub.sign_in(n, *_who(n)) for n in range(2)]
        old = [tokens["accessToken"] for tokens in load.tokens]

        loading = asyncio.create_task(load.run())
        (signing,) = await hub.command("rotate", "signing", "--announce-seconds", "3")
        (data,) = await hub.command("rotate", "data", "--announce-seconds", "3")
        await hub.command("back-fill")
        load.stop.set()
        await loading

        assert hub.failed == {}
        assert {jwt.get_unverified_header(t["accessToken"])["kid"] for t in load.tokens} == {
            signing["name"]
        }
        await _nobody_is_doubled(database, data["name"], load.registered)
        assert not any([await hub.refused(api, token) for api in (0, 1) for token in old])
        await _after_the_overlap(database, hub, load, old)
        await _after_a_month(database, hub, [data["name"], "naming1", signing["name"]])
    print(f"{hub.ended.total()} requests, 0 failed: {dict(hub.ended)}")  # noqa: T201  # the counts


async def _after_the_overlap(
    database: Database, hub: RunningHub, load: Load, old: list[str]
) -> None:
    """The database's clock is what ends a key, in every process within a second."""
    await database.owner.execute("UPDATE clock_offset SET ahead = $1", LONGER_THAN_THE_OVERLAP)
    for api, token in enumerate(old):
        async with asyncio.timeout(10):
            while not await hub.refused(api, token):  # noqa: ASYNC110  # it happens in another process
                await asyncio.sleep(LOOK_SECONDS)
    for api, tokens in enumerate(load.tokens):
        assert not await hub.refused(api, tokens["accessToken"])


async def _after_a_month(database: Database, hub: RunningHub, newest: list[str]) -> None:
    await database.owner.execute("UPDATE clock_offset SET ahead = interval '31 days'")

    gone = await hub.command("retire")
    listed = await hub.command("list")

    assert [len(each["ended"]) for each in gone] == [1]
    assert sorted((each["name"], each["state"]) for each in listed) == sorted(
        (name, "in use") for name in newest
    )
    left = await database.owner.fetch("SELECT DISTINCT key_id FROM patient_lookup")
    assert [row["key_id"] for row in left] == [newest[0]]


async def _nobody_is_doubled(database: Database, newest: str, people: int) -> None:
    await load_ring()
    mark = seal_mark(current_key())
    assert mark[1:] == newest.encode()
    left = [
        await database.owner.fetchval(
            f"SELECT count(*) FROM {place.table} WHERE {place.column} IS NOT NULL"
            f" AND substring({place.column} FROM 1 FOR {len(mark)}) <> $1", mark,
        )
        for place in SEALED_COLUMNS
    ]  # fmt: skip
    lookups = await database.owner.fetch(
        "SELECT key_id, kind, count(*) AS n FROM patient_lookup GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert set(left) == {0}
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 2 * people
    found_by = [
        {row["kind"]: row["n"] for row in lookups if row["key_id"] == key}
        for key in {row["key_id"] for row in lookups}
    ]
    assert found_by[0] == found_by[1], "everybody is found by everything under both keys"
    assert found_by[0]["citizen-id"] == 2 * people, "a chart at each hospital"


def _who(n: int) -> tuple[str, str]:
    return somebody(n).citizen_id, somebody(n).mobile
