"""HIV, abortion, psychiatry and a fetus's sex: nowhere but with the patient, or nowhere at all."""

import json
from itertools import count
from pathlib import Path

import pytest
import structlog
from httpx import AsyncClient

from backend.records.visibility.restriction_config import (
    LOOK_AGAIN_SECONDS,
    RulesFile,
    working_with,
)
from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database, Travel
from tests.harness.auth.steps import Tokens, everybody_steps_up, sign_in
from tests.harness.fakes.sender import FakeProvider
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import CONDITION, concept, sent
from tests.harness.intake.restricted import (
    CANARIES,
    DEPARTMENT,
    FETUS,
    LISTS,
    SEEDED,
    ULTRASOUND,
    a_report,
)
from tests.harness.notifications.steps import the_worker_sends, until_ten
from tests.harness.records.own_names import by_name


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    answer = await made.posts(sent(DEPARTMENT))
    assert answer.status_code == 200, answer.text
    return made


async def everything_read(client: AsyncClient, reader: Tokens, patient: str = "me") -> str:
    pages = [
        await client.get(f"/v1/patients/{patient}/{each}", headers=reader.bearer) for each in LISTS
    ]
    assert {each.status_code for each in pages} <= ({200} if patient == "me" else {200, 404})
    assert pages[-1].status_code == 200
    results = pages[0].json().get("items", [])
    ones = [
        await client.get(f"/v1/patients/{patient}/results/{each['id']}", headers=reader.bearer)
        for each in results
    ]
    return "\n".join(each.text for each in (*pages, *ones))


async def test_nothing_restricted_leaves_the_hub_but_to_the_patient(
    database: Database, client: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    provider = FakeProvider()
    with structlog.testing.capture_logs() as logged:
        for each in SEEDED:
            answer = await hospital.posts(sent(each))
            assert answer.status_code == 200, answer.text
        await the_worker_sends(database, provider)

    told = str([message for _, message, _ in provider.sent])
    deliveries = await client.get(
        "/hospital/deliveries", headers={"Authorization": f"Bearer {hospital.key}"}
    )
    for canary in (*CANARIES, "xét nghiệm", "xet nghiem"):
        assert canary not in told
        assert canary not in deliveries.text
        assert canary not in str(logged)
    assert [message.text for _, message, _ in provider.sent] == []


async def test_the_patient_reads_it_after_a_step_up_and_a_caregiver_does_not(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    answer = await hospital.posts(sent(*SEEDED))
    assert answer.status_code == 200, answer.text
    lan = await sign_in(client, database, LAN.citizen_id)
    tu = await sign_in(client, database, TU.citizen_id)
    ids = [row["id"] for row in await database.owner.fetch("SELECT id FROM patient ORDER BY id")]
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, 'summary')", *ids
    )

    before = await everything_read(client, lan)
    await everybody_steps_up(database.owner)
    own = await everything_read(client, lan)
    seen = await everything_read(client, tu, str(ids[0]))

    assert [
        each for each in ("Bệnh HIV", "Trầm cảm vừa", "HIV +", "dolutegravir") if each not in own
    ] == []
    assert [each for each in CANARIES if each in before + seen] == []


async def test_the_sex_of_a_fetus_is_shown_to_nobody(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    answer = await hospital.posts(sent(*ULTRASOUND))
    assert answer.status_code == 200, answer.text
    lan = await sign_in(client, database, LAN.citizen_id)

    read = await everything_read(client, lan)

    assert "Siêu âm thai" in read
    assert "150 lần/phút" in read
    assert [each for each in (*FETUS, 'Giới tính thai nhi"') if each in read] == []
    rows = await database.owner.fetch("SELECT body FROM result")
    assert [each for each in FETUS if each in str([row["body"] for row in rows])] == []


async def test_of_a_restricted_result_only_news_is_told(
    database: Database, hospital: Hospital, time_moves: Travel
) -> None:
    phq = {"code": concept("PHQ-9"), "valueString": "12"}
    provider = FakeProvider()

    async with time_moves(until_ten()):
        await hospital.posts(sent(*a_report("p", "Đánh giá tâm thần", phq)))
        await the_worker_sends(database, provider)

    (text,) = [message.text for _, message, _ in provider.sent]
    assert "Ho so cua ban co thong tin moi" in text
    assert "ket qua" not in text


async def test_changed_rules_hold_without_a_restart(
    tmp_path: Path, database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    file = tmp_path / "rules.json"
    file.write_text('{"classes": []}')
    seconds = count(start=LOOK_AGAIN_SECONDS, step=LOOK_AGAIN_SECONDS)  # time passes at each look
    with working_with(RulesFile(str(file), now=lambda: next(seconds))):
        await hospital.posts(sent(CONDITION | {"id": "before"}))
        file.write_text(json.dumps({"classes": [{"name": "sinus", "names": ["viêm xoang"]}]}))
        await hospital.posts(sent(CONDITION | {"id": "after"}))
        file.write_text("not rules")
        await hospital.posts(sent(CONDITION | {"id": "still"}))

    rows = await database.owner.fetch("SELECT facility, key, restriction FROM condition")
    found = by_name(rows, "Condition", ("before", "after", "still"), "key")
    assert [row["restriction"] for row in found.values()] == ["", "sinus", "sinus"]


async def test_an_allergy_is_never_hidden_from_its_own_patient(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    """Not even one that tells of what is restricted. Caregivers and summaries have none of it."""
    telling = AN_ALLERGY | {"id": "telling", "code": concept("Nevirapin")}
    reaction = {"manifestation": [concept("Hives, shivering")]}
    hives = AN_ALLERGY | {"id": "hives", "code": concept("Penicillin"), "reaction": [reaction]}
    answer = await hospital.posts(sent(telling, hives))
    assert answer.status_code == 200, answer.text
    lan = await sign_in(client, database, LAN.citizen_id)
    tu = await sign_in(client, database, TU.citizen_id)
    ids = [row["id"] for row in await database.owner.fetch("SELECT id FROM patient ORDER BY id")]
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, 'summary')", *ids
    )

    own = await client.get("/v1/patients/me/allergies", headers=lan.bearer)
    summary = await client.get("/v1/patients/me/summary", headers=lan.bearer)
    seen = await client.get(f"/v1/patients/{ids[0]}/allergies", headers=tu.bearer)

    assert {item["name"] for item in own.json()["items"]} == {"Nevirapin", "Penicillin"}
    assert [item["name"] for item in seen.json()["items"]] == ["Penicillin"]
    assert ("Penicillin" in summary.text, "Nevirapin" in summary.text) == (True, False)


AN_ALLERGY = {"resourceType": "AllergyIntolerance", "patient": CONDITION["subject"]}
