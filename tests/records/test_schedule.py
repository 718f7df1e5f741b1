"""The schedule a patient reads: the hospital's plans, at the hours that count, as of each day."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from asyncpg.connection import LoggedQuery
from httpx import AsyncClient

from backend.auth import tokens
from backend.auth.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.clock import now
from backend.database import execute, transaction
from backend.records.dose_hours import with_changes
from backend.records.schedule import NOTES, PLANS
from backend.records.schedule import schedule as a_schedule
from backend.sandbox.story_bundles import LAN, Resource
from tests.auth.steps import Tokens, sign_in
from tests.conftest import Database, Travel
from tests.intake.hospital import Hospital, a_hospital
from tests.records.prescribing import (
    TWICE_A_DAY,
    a_medicine,
    doses,
    local,
    medicines,
    prescribes,
    schedule,
    today,
)


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


@pytest.fixture
async def lan(database: Database, client: AsyncClient, hospital: Hospital) -> Tokens:
    return await sign_in(client, database, LAN.citizen_id)


async def test_each_dose_says_what_an_app_needs_for_an_alarm(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("Amoxicillin", {"when": ["ACM"]}))

    (dose,) = await doses(client, lan, today())

    medicine = dose.pop("medicineId")
    assert dose == {
        "id": f"{medicine}.w{today().toordinal()}.morning",
        "kind": "wall-clock",
        "date": today().isoformat(),
        "time": "07:00:00",
        "zone": "Asia/Ho_Chi_Minh",
        "at": f"{today()}T07:00:00+07:00",
        "part": "morning",
        "meal": "before",
        "medicine": "Amoxicillin",
        "amount": "1 viên",
        "dosage": "Uống theo đơn",
        "note": None,
    }


async def test_both_kinds_are_in_the_order_of_time(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    start = local(today() - timedelta(days=1), 22).isoformat()
    apart = {"period": 8, "periodUnit": "h", "boundsPeriod": {"start": start}}
    await prescribes(hospital, a_medicine("Clock"), a_medicine("Apart", apart))

    found = await doses(client, lan, today())
    abroad = await doses(client, lan, today(), zone="Europe/London")

    assert [(each["kind"], each["time"]) for each in found] == [
        ("interval", "06:00:00"), ("wall-clock", "07:00:00"), ("interval", "14:00:00"),
        ("wall-clock", "20:00:00"), ("interval", "22:00:00"),
    ]  # fmt: skip
    by_kind = {
        kind: [e for e in abroad if e["kind"] == kind] for kind in ("interval", "wall-clock")
    }
    assert [each["time"] for each in by_kind["wall-clock"]] == ["07:00:00", "20:00:00"]
    assert {each["at"][-6:] for each in abroad} <= {"+00:00", "+01:00", "00:00Z"}
    assert {each["id"] for each in by_kind["interval"]} & {each["id"] for each in found}


async def test_amounts_differ_by_part_of_the_day(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    text = {"text": "Sáng: 3 viên, Tối: 1 viên"}
    await prescribes(hospital, a_medicine("A", dosageInstruction=[text]))

    found = await doses(client, lan, today())

    assert [(each["part"], each["amount"]) for each in found] == [
        ("morning", "3 viên"), ("evening", "1 viên")
    ]  # fmt: skip


async def test_a_facility_has_hours_and_a_patient_own_ones_before_them(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))
    own = {"morning": "05:15", "noon": "12:00", "afternoon": "16:00", "evening": "22:30"}

    async def hours() -> list[str]:
        return [each["time"][:5] for each in await doses(client, lan, today())]

    usual, names = await hours(), [each["id"] for each in await doses(client, lan, today())]
    await with_changes(hospital.facility, {"morning": "06:30"})
    of_facility = await hours()
    chosen = await client.put(
        "/v1/me/dose-hours", json={k: f"{v}:00" for k, v in own.items()}, headers=lan.bearer
    )
    of_patient, still = await hours(), [each["id"] for each in await doses(client, lan, today())]
    read = await client.get("/v1/me/dose-hours", headers=lan.bearer)
    undone = await client.delete("/v1/me/dose-hours", headers=lan.bearer)

    assert (usual, of_facility, of_patient, await hours()) == (
        ["07:00", "20:00"], ["06:30", "20:00"], ["05:15", "22:30"], ["06:30", "20:00"]
    )  # fmt: skip
    assert (chosen.status_code, undone.status_code) == (200, 204)
    assert read.json() == {k: f"{v}:00" for k, v in own.items()} | {"own": True}
    assert names == still


@pytest.mark.parametrize(
    "hours",
    [
        {"morning": "12:00:00"},
        {"evening": "17:00:00"},
        {"noon": "11:00:00+07:00"},
        {"noon": "nachmittags"},
        {"evening": "24:00:00"},
    ],
)
async def test_hours_that_are_no_day_are_refused(
    client: AsyncClient, lan: Tokens, hours: dict[str, str]
) -> None:
    usual = {"morning": "07:00:00", "noon": "11:30:00", "afternoon": "17:00:00",
             "evening": "20:00:00"}  # fmt: skip

    answer = await client.put("/v1/me/dose-hours", json=usual | hours, headers=lan.bearer)
    read = await client.get("/v1/me/dose-hours", headers=lan.bearer)

    assert answer.status_code in {400, 422}
    assert read.json() == usual | {"own": False}


async def test_a_changed_prescription_changes_what_is_ahead_and_not_what_was(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    at = now().astimezone().isoformat()
    await prescribes(hospital, a_medicine("A"))
    before = await doses(client, lan, today() - timedelta(days=2), today() + timedelta(days=2))

    changed = a_medicine("A", TWICE_A_DAY | {"frequency": 4}, meta={"lastUpdated": at})
    await prescribes(hospital, changed)
    after = await doses(client, lan, today() - timedelta(days=2), today() + timedelta(days=2))

    yesterday, tomorrow = [
        [e["part"] for e in after if e["date"] == (today() + timedelta(days=n)).isoformat()]
        for n in (-1, 1)
    ]
    assert yesterday == ["morning", "evening"]
    assert tomorrow == ["morning", "noon", "afternoon", "evening"]
    assert len({each["id"] for each in after}) == len(after)
    assert {each["id"] for each in before} <= {each["id"] for each in after}


@pytest.mark.parametrize("status", ["stopped", "cancelled", "completed", "on-hold"])
async def test_what_is_ended_has_no_dose_from_then_on(
    client: AsyncClient, hospital: Hospital, lan: Tokens, status: str
) -> None:
    await prescribes(hospital, a_medicine("A"))

    await prescribes(hospital, a_medicine("A", status=status))
    yesterday = await doses(client, lan, today() - timedelta(days=1))
    ahead = await schedule(client, lan, today() + timedelta(days=1), today() + timedelta(days=9))
    held = (await medicines(client, lan))["A"]

    assert len(yesterday) == 2
    assert (ahead["items"], ahead["asWritten"]) == ([], [])
    assert (held["status"], held["scheduled"]) == (status, False)


async def test_what_goes_on_again_has_doses_from_then_on(
    client: AsyncClient, hospital: Hospital, lan: Tokens, time_moves: Travel, database: Database
) -> None:
    await prescribes(hospital, a_medicine("A"))
    await prescribes(hospital, a_medicine("A", status="on-hold"))

    async with time_moves(timedelta(days=2)):
        await prescribes(hospital, a_medicine("A"))
        again = await sign_in(client, database, LAN.citizen_id)
        await database.owner.execute("UPDATE session SET level = 'otp'")
        held = await doses(client, again, today() - timedelta(days=1))
        ahead = await doses(client, again, today() + timedelta(days=1))

    assert (held, len(ahead)) == ([], 2)


async def test_what_was_entered_in_error_is_nowhere(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))

    await prescribes(hospital, a_medicine("A", status="entered-in-error"))
    found = await schedule(client, lan, today() - timedelta(days=2), today())

    assert (found["items"], found["asWritten"]) == ([], [])


def replacing(name: str, old: Resource, *, by_number: bool = False) -> Resource:
    reference: Resource = {"reference": f"MedicationRequest/{old['id']}"}
    if by_number:
        reference = {"identifier": old["identifier"][0]}
    return a_medicine(
        name,
        TWICE_A_DAY | {"boundsPeriod": {"start": today().isoformat()}},
        priorPrescription=reference,
    )


@pytest.mark.parametrize("by_number", [False, True], ids=["by id", "by number"])
@pytest.mark.parametrize("order", ["old first", "new first", "one Bundle"])
async def test_a_prescription_ends_the_one_it_replaces_whichever_comes_first(
    client: AsyncClient, hospital: Hospital, lan: Tokens, order: str, *, by_number: bool
) -> None:
    old = a_medicine("Old")
    new = replacing("New", old, by_number=by_number)

    match order:
        case "old first":
            await prescribes(hospital, old)
            await prescribes(hospital, new)
        case "new first":
            await prescribes(hospital, new)
            await prescribes(hospital, old)
        case _:
            await prescribes(hospital, new, old)

    week = await doses(client, lan, today() - timedelta(days=3), today() + timedelta(days=3))
    found = await medicines(client, lan)
    assert {each["date"] < today().isoformat() for each in week if each["medicine"] == "Old"} == {
        True
    }
    assert [each["medicine"] for each in week].count("Old") == 6
    assert [each["medicine"] for each in week].count("New") == 8
    assert (found["Old"]["status"], found["Old"]["scheduled"]) == ("active", False)
    assert found["Old"]["replacedBy"] == found["New"]["id"]
    assert datetime.fromisoformat(found["Old"]["replacedFrom"]) == local(today(), 0)
    assert (found["New"]["replacedBy"], found["New"]["scheduled"]) == (None, True)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
async def test_a_replacement_that_was_none_gives_the_doses_back(
    client: AsyncClient, hospital: Hospital, lan: Tokens, status: str
) -> None:
    old = a_medicine("Old")
    await prescribes(hospital, old)
    await prescribes(hospital, replacing("New", old))

    await prescribes(hospital, replacing("New", old) | {"status": status})
    found = (await medicines(client, lan))["Old"]

    assert len(await doses(client, lan, today() + timedelta(days=1))) == 2
    assert (found["replacedBy"], found["replacedFrom"], found["scheduled"]) == (None, None, True)


async def test_a_replacement_that_is_a_secret_is_not_named(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    old = a_medicine("Old")
    secret = replacing("New", old) | {"meta": {"security": [{"code": "HIV"}]}}
    await prescribes(hospital, old, secret)

    found = (await medicines(client, lan))["Old"]

    assert found["replacedBy"] is None
    assert found["replacedFrom"]
    assert await doses(client, lan, today() + timedelta(days=1)) == []


async def test_a_replacement_without_hours_ends_the_alarms_too(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    old = a_medicine("Old")
    new = replacing("New", old)
    new["dosageInstruction"][0]["asNeededBoolean"] = True
    await prescribes(hospital, old, new)

    found = await schedule(client, lan, today() + timedelta(days=1))

    assert found["items"] == []
    assert [each["medicine"] for each in found["asWritten"]] == ["New"]


async def test_another_hospitals_number_replaces_nothing_here(
    client: AsyncClient, hospital: Hospital, lan: Tokens, database: Database
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(LAN)
    old = a_medicine("Old")
    await prescribes(hospital, old)

    await prescribes(other, replacing("New", old))

    assert (await medicines(client, lan))["Old"]["replacedFrom"] is None


async def test_the_same_again_changes_nothing(
    client: AsyncClient, hospital: Hospital, lan: Tokens, database: Database
) -> None:
    old = a_medicine("Old")
    await prescribes(hospital, old, replacing("New", old))
    rows = "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {} t"

    async def state() -> list[str]:
        return [await database.owner.fetchval(rows.format(t)) for t in ("medicine", "dose_rule")]

    before = await state()
    await prescribes(hospital, replacing("New", old), old)

    assert await state() == before


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "9999-12-31"}, "schedule_range"), ({"to": "0001-01-01"}, "schedule_range"),
        ({"zone": "Asia/Nowhere"}, "unknown_zone"), ({"zone": "../../etc/passwd"}, "unknown_zone"),
        ({"zone": "America"}, "unknown_zone"),
    ],
)  # fmt: skip
async def test_days_and_zones_that_are_none_are_refused(
    client: AsyncClient, lan: Tokens, query: dict[str, str], code: str
) -> None:
    answer = await client.get(
        "/v1/patients/me/medicines/schedule", params=query, headers=lan.bearer
    )

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_zone_of_a_connection_changes_nothing(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))
    session = tokens.verify(lan.access_token)
    who = Caller(session.session, session.patient)

    answers = []
    for zone in ("UTC", "Pacific/Kiritimati", "America/New_York"):
        async with reading_as(who, None, RecordClass.MEDICINES) as reader:
            await execute(f"SET LOCAL timezone = '{zone}'")
            answers.append(await a_schedule(reader.patient, today(), today(), None))

    assert b"T07:00:00+07:00" in answers[0]
    assert answers == answers[:1] * 3


async def test_a_schedule_is_two_statements_whatever_is_prescribed(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, *(a_medicine(f"A{n}") for n in range(10)))
    session = tokens.verify(lan.access_token)
    said: list[LoggedQuery] = []

    async with (
        reading_as(Caller(session.session, session.patient), None, RecordClass.MEDICINES) as reader,
        transaction() as connection,
    ):
        with connection.query_logger(said.append):
            body = await a_schedule(reader.patient, today(), today() + timedelta(days=6), None)

    assert (len(said), body.count(b'"kind"')) == (2, 140)


@pytest.mark.parametrize("statement", [PLANS, NOTES], ids=["plans", "notes"])
async def test_a_schedule_is_read_by_indexes(
    hospital: Hospital, database: Database, statement: str
) -> None:
    await prescribes(hospital, a_medicine("A"))
    patient: UUID = await database.owner.fetchval("SELECT patient FROM medicine")
    await many_medicines(database)
    await database.owner.execute("ANALYZE medicine, dose_rule, dose_note")
    days = [today(), today() + timedelta(days=6)]

    plan = await database.owner.fetch(
        f"EXPLAIN {statement}", patient, *days, *([None] if statement == PLANS else [])
    )

    text = "\n".join(row[0] for row in plan)
    assert "Seq Scan on medicine" not in text
    assert "Seq Scan on dose_rule" not in text
    assert "Seq Scan on dose_note" not in text


async def many_medicines(database: Database) -> None:
    """Two thousand of other people's, by SQL."""
    await database.owner.execute(
        "WITH people AS (INSERT INTO patient (id, name, sex, language)"
        " SELECT uuidv7(), ''::bytea, 'female', 'vi' FROM generate_series(1, 500) RETURNING id),"
        " made AS (INSERT INTO medicine SELECT (jsonb_populate_record(m, jsonb_build_object("
        " 'id', uuidv7(), 'patient', p.id, 'key', p.id || '-' || n))).*"
        " FROM medicine m, people p, generate_series(1, 4) n RETURNING id, patient)"
        " INSERT INTO dose_rule SELECT (jsonb_populate_record(r, jsonb_build_object("
        " 'id', uuidv7(), 'patient', made.patient, 'medicine', made.id))).*"
        " FROM dose_rule r, made"
    )
    await database.owner.execute(
        "INSERT INTO dose_note (patient, medicine, dose, day, state)"
        " SELECT patient, id, 'w1.noon', '2026-01-01', 'taken' FROM medicine"
    )


async def test_no_column_holds_an_instant_without_its_zone(database: Database) -> None:
    rows = await database.owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'migration'"
        " AND data_type = 'timestamp without time zone'"
    )

    assert [tuple(row) for row in rows] == []
