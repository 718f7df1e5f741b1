"""HIV, abortion, psychiatry and a fetus's sex, through every endpoint of real processes."""

import asyncio
from pathlib import Path

import asyncpg
import httpx
import pytest

from backend.core.clock import now
from backend.core.subprocesses import output_of
from backend.sandbox.demo.people import Sandbox, Smartphone
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, registration, visit
from backend.sandbox.demo.whole_hub import WholeHub
from tests.harness.auth.steps import everybody_steps_up
from tests.harness.intake.other_kinds import sent
from tests.harness.intake.restricted import CANARIES, DEPARTMENT, FETUS, LISTS, SEEDED, ULTRASOUND
from tests.story.engines import Engine, Resource, code_on, every_count

pytestmark = pytest.mark.processes

HOANG = StoryPerson("Vũ Thị Hoàng", "BN0661", "079189000661", "1989-06-06", "female", "0906661661")
KIN = StoryPerson("Vũ Văn Khang", "BN0662", "079090000662", "1990-06-06", "male", "0906662662")
HOANGS_NUMBER, KINS_NUMBER = "+84906661661", "+84906662662"
HERS = {"identifier": {"system": "urn:bvmau:patient", "value": HOANG.hospital_number}}
ONLY_THEIRS = ("Bệnh HIV", "Trầm cảm vừa", "HIV +", "dolutegravir")
"""What the patient reads of it, to know that it came in at all."""
READ_BY_ALL = 4
"""Allergies, immunisations, medicines and their hours are open to whoever has a grant."""


def hers(resource: Resource, endpoint: str) -> Resource:
    """Make it hers, and another one at each endpoint."""
    text = encoded(resource).decode().replace("Observation/", f"Observation/{endpoint}-")
    made: Resource = httpx.Response(200, text=text).json()
    return (
        made
        | {"id": f"{endpoint}-{resource['id']}"}
        | ({"subject": HERS} if "subject" in made else {})
    )


async def everything_read(endpoint: httpx.AsyncClient, phone: Smartphone, patient: str) -> str:
    """Read every list and every result, as the app does; what is not open to it is not there."""
    headers = {"Authorization": f"Bearer {phone.access_token}"}
    lists = [
        await endpoint.get(f"/v1/patients/{patient}/{each}", headers=headers)
        for each in (*LISTS, "observations", "immunisations")
    ]
    results = lists[0].json()["items"] if lists[0].is_success else []
    ones = [
        await endpoint.get(f"/v1/patients/{patient}/results/{each['id']}", headers=headers)
        for each in results
    ]
    assert sum(each.is_success for each in (*lists, *ones)) >= READ_BY_ALL
    return "".join(each.text for each in (*lists, *ones))


async def as_a_caregiver(hub: WholeHub, scope: str) -> str:
    """Let the kin into her record; give her id."""
    owner = await asyncpg.connect(hub.engines.database_url("postgres"))
    ids = [
        await owner.fetchval(
            "SELECT chart FROM session_chart ORDER BY id DESC OFFSET $1 LIMIT 1", n
        )
        for n in (1, 0)
    ]
    await owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, $3)", *ids, scope
    )
    await owner.close()
    return str(ids[0])


async def test_nothing_restricted_is_in_any_message_log_or_caregivers_view(
    hub: WholeHub, endpoint: httpx.AsyncClient, phones: httpx.AsyncClient, tmp_path: Path
) -> None:
    await output_of(["facility", "add", "66666", "Bệnh viện Sáu", "BV SAU"], hub.environment)
    key = (await output_of(["facility", "key", "66666"], hub.environment)).strip()
    engine, sandbox = Engine(endpoint, key), Sandbox(phones)
    for person in (HOANG, KIN):
        await engine.posts(registration(person))
    restricted = [*SEEDED, *ULTRASOUND]
    said = await engine.posts(sent(DEPARTMENT, *(hers(each, "bundle") for each in restricted)))
    said += await engine.posts_a_batch(DEPARTMENT, *(hers(each, "batch") for each in restricted))
    said += await engine.posts_each(*(hers(each, "alone") for each in restricted))
    said += await engine.puts_each(*(hers(each, "put") for each in restricted))
    folder = tmp_path / "old"
    await asyncio.to_thread(folder.mkdir)
    whole = sent(*(hers(each, "import") for each in restricted))
    await asyncio.to_thread((folder / "whole.json").write_bytes, encoded(whole))
    said += await output_of(["import", str(folder), "--facility-code", "66666"], hub.environment)
    await engine.posts(visit(HOANG, now().replace(microsecond=0)))
    await sandbox.nth(HOANGS_NUMBER, "sms", 1)
    her_phone, kins_phone = (
        Smartphone(endpoint, HOANG, "a-token"),
        Smartphone(endpoint, KIN, "another"),
    )
    await her_phone.signs_in(lambda: code_on(sandbox, HOANGS_NUMBER))
    await kins_phone.signs_in(lambda: code_on(sandbox, KINS_NUMBER))
    before = await everything_read(endpoint, her_phone, "me")
    owner = await asyncpg.connect(hub.engines.database_url("postgres"))
    await everybody_steps_up(owner)
    await owner.close()
    own = await everything_read(endpoint, her_phone, "me")
    seen = await everything_read(endpoint, kins_phone, await as_a_caregiver(hub, "summary"))

    assert [each for each in ONLY_THEIRS if each not in own] == []
    assert [each for each in FETUS if each in own] == []
    outside = {
        "messages": (await phones.get("/messages")).text,
        "pushes": (await phones.get("/pushes")).text,
        "ledger": (await phones.get("/ledger")).text,
        "metrics": await every_count(hub),
        "answers": said + await engine.asks(),
        "caregiver": seen,
        "before the step-up": before,
        **{log.name: log.read_text() for log in hub.folder.glob("*.log")},
    }
    assert {"api.log", "worker.log", "sandbox.log"} <= outside.keys()
    found = [
        (place, each)
        for place, text in outside.items()
        for each in (*CANARIES, *FETUS)
        if each in text
    ]
    assert found == []
