"""A patient notes doses as taken or skipped: theirs alone, for good, and never the record's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.clock import now
from backend.core.database import execute, fetch, new_id
from backend.sandbox.demo.story_bundles import LAN, TU, Resource
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, everybody_steps_up, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.records.charts import LASTING, TEMPORARY, some_charts
from tests.harness.records.prescribing import (
    TWICE_A_DAY,
    a_medicine,
    doses,
    local,
    prescribes,
    today,
)


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    """Lan takes something twice a day."""
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    await prescribes(made, a_medicine("A"))
    return made


async def note(client: AsyncClient, who: Tokens, dose: str, **said: Any) -> Response:
    return await client.put(f"/v1/me/doses/{dose}", json=said, headers=who.bearer)


async def first_dose(client: AsyncClient, who: Tokens) -> dict[str, Any]:
    return (await doses(client, who, today() - timedelta(days=1)))[0]


async def test_a_dose_is_noted_noted_otherwise_and_taken_back(
    client: AsyncClient, lan: Tokens
) -> None:
    dose = (await first_dose(client, lan))["id"]
    at = local(today() - timedelta(days=1), 7, 12)

    first = await note(client, lan, dose, state="taken", at=at.isoformat())
    taken = (await first_dose(client, lan))["note"]
    second = await note(client, lan, dose, state="skipped")
    skipped = (await first_dose(client, lan))["note"]
    undone = await client.delete(f"/v1/me/doses/{dose}", headers=lan.bearer)
    again = await client.delete(f"/v1/me/doses/{dose}", headers=lan.bearer)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == {"state": "taken", "at": at.isoformat()}
    assert (taken["state"], skipped) == ("taken", {"state": "skipped", "at": None})
    assert (undone.status_code, again.status_code) == (204, 404)
    assert (await first_dose(client, lan))["note"] is None


async def test_a_note_stays_when_the_hours_change(client: AsyncClient, lan: Tokens) -> None:
    dose = await first_dose(client, lan)
    await note(client, lan, dose["id"], state="taken")
    hours = {"morning": "09:00:00", "noon": "12:00:00", "afternoon": "17:00:00",
             "evening": "23:00:00"}  # fmt: skip

    await client.put("/v1/me/dose-hours", json=hours, headers=lan.bearer)
    after = await first_dose(client, lan)

    assert (after["id"], after["note"]["state"]) == (dose["id"], "taken")
    assert after["time"] != dose["time"]


async def test_a_note_stays_when_the_prescription_changes_or_ends(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await note(client, lan, (await first_dose(client, lan))["id"], state="taken")

    await prescribes(hospital, a_medicine("A", TWICE_A_DAY | {"frequency": 3}))
    changed = (await first_dose(client, lan))["note"]
    await prescribes(hospital, a_medicine("A", status="stopped"))
    ended = (await first_dose(client, lan))["note"]

    assert changed == ended == {"state": "taken", "at": None}


async def test_doses_counted_otherwise_are_others(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    start = {"boundsPeriod": {"start": local(today() - timedelta(days=2), 6).isoformat()}}
    every: Resource = {"periodUnit": "h", **start}
    await prescribes(hospital, a_medicine("B", every | {"period": 8}))
    old = [e for e in await doses(client, lan, today()) if e["kind"] == "interval"]

    await prescribes(hospital, a_medicine("B", every | {"period": 6}))
    ahead = await doses(client, lan, today() + timedelta(days=1))

    assert not {each["id"] for each in old} & {each["id"] for each in ahead}
    assert len([each for each in ahead if each["kind"] == "interval"]) == 4


async def test_a_note_is_never_part_of_the_record(
    client: AsyncClient, lan: Tokens, database: Database
) -> None:
    tables = ("medicine", "dose_rule", "patient_change")
    rows = "SELECT md5(string_agg(t::text, '')) FROM {} t"
    before = [await database.owner.fetchval(rows.format(each)) for each in tables]

    await note(client, lan, (await first_dose(client, lan))["id"], state="taken")

    assert [await database.owner.fetchval(rows.format(each)) for each in tables] == before
    written = await database.owner.fetch(
        "SELECT EXISTS (SELECT FROM session_chart c WHERE c.session = actor AND c.chart = patient),"
        " result FROM audit_event a WHERE action = 'doses' AND a.patient IS NOT NULL"
    )
    assert [tuple(row) for row in written] == [(True, "done")]


async def test_what_is_no_dose_is_not_noted(
    client: AsyncClient, lan: Tokens, database: Database
) -> None:
    medicine, name = (await first_dose(client, lan))["id"].split(".", 1)
    day = today().toordinal()
    wrong = [
        f"{medicine}.w{day}.noon", f"{medicine}.w{day - 30}.morning",
        f"{medicine}.w{day + 40}.morning",
        f"{medicine}.w99999999.morning", f"{medicine}.i00000000.1", f"{medicine}.", medicine,
        f"{new_id()}.{name}", "x", "x" * 300,
    ]  # fmt: skip

    answers = [await note(client, lan, each, state="taken") for each in wrong]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert await database.owner.fetchval("SELECT count(*) FROM dose_note") == 0


async def test_nothing_was_taken_that_is_to_come(client: AsyncClient, lan: Tokens) -> None:
    dose = (await first_dose(client, lan))["id"]
    ahead = (now() + timedelta(hours=1)).isoformat()

    answers = [
        await note(client, lan, dose, state="taken", at=ahead),
        await note(client, lan, dose, state="skipped", at=now().isoformat()),
        await note(client, lan, dose, state="forgotten"),
        await note(client, lan, dose, state="taken", at="2026-11-25T07:00:00"),
        await note(client, lan, dose, state="taken", by="somebody"),
    ]

    assert [each.status_code for each in answers] == [422, 422, 400, 400, 400]
    assert answers[0].json()["code"] == "not_taken_yet"


async def caregiver(client: AsyncClient, database: Database, scope: str) -> tuple[Tokens, UUID]:
    """Tu, who may read Lan's record."""
    tu = await sign_in(client, database, TU.citizen_id)
    people = [row["id"] for row in await database.owner.fetch("SELECT id FROM patient ORDER BY id")]
    await database.owner.execute(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope) VALUES ($1, $2, $3, $4)",
        new_id(), *people, scope,
    )  # fmt: skip
    return tu, people[0]


@pytest.mark.parametrize(("scope", "seen"), [("full", "taken"), ("summary", None)])
async def test_a_caregiver_sees_notes_with_a_full_grant_and_writes_none(
    client: AsyncClient, lan: Tokens, database: Database, scope: str, seen: str | None
) -> None:
    dose = (await first_dose(client, lan))["id"]
    await note(client, lan, dose, state="taken")
    tu, lans = await caregiver(client, database, scope)

    read = await client.get(
        f"/v1/patients/{lans}/medicines/schedule?from={today() - timedelta(days=1)}",
        headers=tu.bearer,
    )
    answers = [
        await note(client, tu, dose, state="skipped"),
        await client.delete(f"/v1/me/doses/{dose}", headers=tu.bearer),
    ]

    shown = read.json()["items"][0]["note"]
    assert (shown and shown["state"]) == seen
    assert [each.status_code for each in answers] == [404, 404]
    assert await database.owner.fetchval("SELECT state FROM dose_note") == "taken"


async def test_not_even_a_query_of_ours_lets_a_caregiver_write(
    client: AsyncClient, lan: Tokens, database: Database
) -> None:
    await note(client, lan, (await first_dose(client, lan))["id"], state="taken")
    tu, lans = await caregiver(client, database, "full")
    session = access_tokens.verify(tu.access_token)
    who = Caller(session.session)

    async with reading_as(who, lans, RecordClass.MEDICINES):
        visible = await fetch("SELECT state FROM dose_note")
        await execute("UPDATE dose_note SET state = 'skipped'")
        await execute("DELETE FROM dose_note")

    assert len(visible) == 1
    assert await database.owner.fetchval("SELECT state FROM dose_note") == "taken"


@pytest.mark.parametrize(
    "row",
    [
        "dose_note SELECT id, patient, id, 'w1.noon', '2026-1-1', 'taken' FROM medicine",
        "patient_dose_hours SELECT patient, '7:00', '8:00', '9:00', '10:00' FROM medicine",
    ],
)
async def test_nor_lets_one_add_anything(
    client: AsyncClient, lan: Tokens, database: Database, row: str
) -> None:
    tu, lans = await caregiver(client, database, "full")
    session = access_tokens.verify(tu.access_token)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with reading_as(Caller(session.session), lans, "test"):
            await execute(f"INSERT INTO {row}")


async def test_a_note_on_a_secret_medicine_is_as_secret(
    client: AsyncClient, lan: Tokens, database: Database
) -> None:
    dose = (await first_dose(client, lan))["id"]
    await note(client, lan, dose, state="taken")
    await database.owner.execute("UPDATE medicine SET restriction = 'sensitive'")
    session = access_tokens.verify(lan.access_token)
    who = Caller(session.session)

    hidden = await note(client, lan, dose, state="skipped")
    async with reading_as(who, None, RecordClass.DOSES):
        seen = await fetch("SELECT state FROM dose_note")
    await everybody_steps_up(database.owner)
    open_again = await note(client, lan, dose, state="skipped")

    assert (hidden.status_code, list(seen), open_again.status_code) == (404, [], 200)


async def test_a_note_goes_with_its_medicine_when_charts_are_merged(
    client: AsyncClient, database: Database
) -> None:
    charts = await some_charts(database, client, TEMPORARY, LASTING)
    await charts.files_a_visit(TEMPORARY)
    old, new = await charts.owner(TEMPORARY), await charts.owner(LASTING)
    await database.owner.execute(
        "INSERT INTO dose_note (patient, medicine, dose, day, state)"
        " SELECT patient, id, 'w739000.morning', '2024-04-27', 'taken' FROM medicine"
    )

    await charts.merges(TEMPORARY, LASTING)
    merged = await database.owner.fetchval("SELECT patient FROM dose_note")
    await charts.takes_back(TEMPORARY)

    assert (merged, await database.owner.fetchval("SELECT patient FROM dose_note")) == (new, old)
