"""What the hospital posts is what the patient reads, and is told of once."""

from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, TU, registration, visit
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import a_hospital, an_hour_ago


async def test_a_blood_count_a_visit_and_a_medicine_reach_the_patients_app(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)

    posted = await hospital.posts(visit(LAN, an_hour_ago()))
    lan = (await sign_in(client, database, LAN.citizen_id)).bearer
    results = (await client.get("/v1/patients/me/results", headers=lan)).json()
    result = await client.get(f"/v1/patients/me/results/{results['items'][0]['id']}", headers=lan)
    appointments = (await client.get("/v1/patients/me/appointments", headers=lan)).json()
    medicines = (await client.get("/v1/patients/me/medicines", headers=lan)).json()
    doses = (await client.get("/v1/patients/me/medicines/schedule", headers=lan)).json()

    assert posted.status_code == 200, posted.text
    assert [e["response"]["status"] for e in posted.json()["entry"]] == ["201 Created"] * 8
    assert results["items"][0]["testName"] == "Tổng phân tích tế bào máu"
    assert results["nextCursor"] is None
    assert result.json()["observations"][0]["name"] == "Bạch cầu (WBC)"
    assert '"value":40.10,' in result.text
    assert result.json()["observations"][2]["unit"] == "g/dL"
    assert appointments["items"][0]["status"] == "booked"
    assert medicines["items"][0]["name"] == "Amoxicillin 500 mg"
    assert [(each["time"], each["amount"]) for each in doses["items"]] == [
        ("07:00:00", "1 viên"),
        ("20:00:00", "1 viên"),
    ]
    assert doses["asWritten"] == []


async def test_what_is_told_is_planned_with_the_record(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(TU)

    await hospital.posts(visit(TU, an_hour_ago()))
    told = await database.owner.fetch(
        "SELECT kind, subject_version, grouped_into IS NULL AS speaks FROM notification ORDER BY"
        " kind"
    )
    deliveries = await database.owner.fetchval("SELECT count(*) FROM delivery")

    assert [(each["kind"], each["speaks"]) for each in told] == [
        ("appointment.booked", False),
        ("result.ready", True),
    ]
    assert told[1]["subject_version"] == "final"
    assert deliveries == 1


async def test_registering_the_same_person_again_changes_nothing(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    again = {name: each for name, each in registration(LAN).items() if name != "identifier"}

    answer = await hospital.posts(again)

    assert answer.json()["entry"][0]["response"]["status"] == "200 OK"
