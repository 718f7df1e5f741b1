"""A patient reads what is hers, page by page, as it was written, and nothing of anybody else."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import LAN, TU, visit
from tests.conftest import Database, Travel
from tests.harness.auth.steps import Tokens, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, only, resource


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def ids_of(database: Database, table: str) -> dict[str, UUID]:
    """Give citizen -> the one record of that kind, by the order of registration."""
    rows = await database.owner.fetch(f"SELECT id FROM {table} ORDER BY id")
    return dict(zip((LAN.citizen_id, TU.citizen_id), (row["id"] for row in rows), strict=True))


KINDS = {"results": "result", "appointments": "appointment"}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_somebody_elses_is_not_there(
    database: Database, client: AsyncClient, hospital: Hospital, kind: str
) -> None:
    for person in (LAN, TU):
        await hospital.posts(visit(person, an_hour_ago()))
    rows = await ids_of(database, KINDS[kind])
    tu = await sign_in(client, database, TU.citizen_id)
    lans_id = await database.owner.fetchval("SELECT id FROM patient ORDER BY id LIMIT 1")
    nobody = "0199aaaa-0000-7000-8000-000000000000"

    own = await client.get(f"/v1/patients/me/{kind}/{rows[TU.citizen_id]}", headers=tu.bearer)
    answers = [
        await client.get(path, headers=tu.bearer)
        for path in (
            f"/v1/patients/me/{kind}/{rows[LAN.citizen_id]}",
            f"/v1/patients/me/{kind}/{nobody}",
            f"/v1/patients/{lans_id}/{kind}/{rows[LAN.citizen_id]}",
            f"/v1/patients/{nobody}/{kind}/{rows[LAN.citizen_id]}",
            f"/v1/patients/{lans_id}/{kind}",
            f"/v1/patients/me/{kind}/no-id",
        )
    ]

    assert own.status_code == 200
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[1].text)}


async def test_a_reading_is_written_down(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    await client.get("/v1/patients/me/results", headers=lan.bearer)

    rows = await database.owner.fetch("SELECT result FROM audit_event WHERE action = 'results'")
    assert [row["result"] for row in rows] == ["done"]


async def test_pages_follow_each_other_without_a_gap(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = an_hour_ago()
    for n in range(5):
        bundle = only(visit(LAN, at - timedelta(days=n // 2)), "DiagnosticReport", "Observation")
        for each in bundle["entry"]:
            each["resource"]["identifier"][0]["value"] += f"-{n}"
        resource(bundle, "DiagnosticReport")["code"] = {"text": f"Mẫu {n}"}
        assert (await hospital.posts(bundle)).status_code == 200
    lan = await sign_in(client, database, LAN.citizen_id)

    whole = await read(client, lan, "results")
    names, cursor, pages = [], "", 0
    while cursor is not None:
        page = await read(client, lan, f"results?limit=2{cursor and f'&cursor={cursor}'}")
        names += [each["testName"] for each in page["items"]]
        cursor, pages = page["nextCursor"], pages + 1

    assert names == [each["testName"] for each in whole["items"]]
    assert (sorted(names), pages) == ([f"Mẫu {n}" for n in range(5)], 3)


async def read(client: AsyncClient, who: Tokens, path: str) -> Any:
    answer = await client.get(f"/v1/patients/me/{path}", headers=who.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=0", 400), ("limit=101", 400), ("limit=x", 400), ("cursor=x", 400),
     ("cursor=" + "A" * 5000, 400), ("cursor=MjAyNg", 400)],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_refused(
    database: Database, client: AsyncClient, hospital: Hospital, query: str, status: int
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)

    answer = await client.get(f"/v1/patients/me/results?{query}", headers=lan.bearer)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_app_that_has_it_is_not_sent_it_again(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    first = await client.get("/v1/patients/me/results", headers=lan.bearer)
    known = lan.bearer | {"If-None-Match": first.headers["etag"]}

    same = await client.get("/v1/patients/me/results", headers=known)
    await hospital.posts(visit(LAN, an_hour_ago()))
    changed = await client.get("/v1/patients/me/results", headers=known)

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert "no-cache" in changed.headers["cache-control"]


async def test_a_weak_sign_in_opens_appointments_only(
    database: Database, client: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    await sign_in(client, database, LAN.citizen_id)
    async with time_moves(timedelta(minutes=5)):
        second = await sign_in(client, database, LAN.citizen_id)
        statuses = {
            path: (await client.get(f"/v1/patients/me/{path}", headers=second.bearer)).status_code
            for path in ("appointments", "results", "medicines", "medicines/schedule")
        }

    assert second.level == "otp-limited"
    assert statuses == {"appointments": 200, "results": 403, "medicines": 403,
                        "medicines/schedule": 403}  # fmt: skip


async def test_the_schedule_covers_the_days_asked_for(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await hospital.posts(only(visit(LAN, an_hour_ago()), "MedicationRequest"))
    lan = await sign_in(client, database, LAN.citizen_id)
    first = date.fromisoformat(
        str(await database.owner.fetchval("SELECT first_day FROM dose_rule"))
    )

    week = await read(
        client, lan, f"medicines/schedule?from={first}&to={first + timedelta(days=9)}"
    )
    before = await read(client, lan, f"medicines/schedule?from={first - timedelta(days=3)}")

    assert len(week["items"]) == 14
    assert week["items"][0]["at"].endswith("07:00:00+07:00")
    assert before["items"] == []


@pytest.mark.parametrize("days", [-1, 31])
async def test_a_schedule_without_end_is_refused(
    database: Database, client: AsyncClient, hospital: Hospital, days: int
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    today = now().date()
    path = f"/v1/patients/me/medicines/schedule?from={today}&to={today + timedelta(days=days)}"

    answer = await client.get(path, headers=lan.bearer)

    assert (answer.status_code, answer.json()["code"]) == (422, "schedule_range")


async def test_a_medicine_without_a_plain_timing_is_shown_as_written(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    bundle = only(visit(LAN, an_hour_ago()), "MedicationRequest")
    resource(bundle, "MedicationRequest")["dosageInstruction"][0]["asNeededBoolean"] = True
    await hospital.posts(bundle)
    lan = await sign_in(client, database, LAN.citizen_id)

    schedule = await read(client, lan, "medicines/schedule")

    assert schedule["items"] == []
    (written,) = schedule["asWritten"]
    assert written["dosage"] == (
        "Uống 1 viên, ngày 2 lần, sáng và tối, trong 7 ngày\n"
        "Mỗi lần 1 viên, mỗi ngày 2 lần, trong 7 ngày, khi cần"
    )
