"""How a schedule is read: two statements, by indexes, alike in every zone of a connection."""

from datetime import timedelta
from uuid import UUID

import pytest
from asyncpg.connection import LoggedQuery
from httpx import AsyncClient

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, reading_as
from backend.auth.rules import RecordClass
from backend.core.database import execute, transaction
from backend.records.medication.schedule import NOTES, PLANS
from backend.records.medication.schedule import schedule as a_schedule
from tests.conftest import Database
from tests.harness.auth.steps import Tokens
from tests.harness.intake.hospital import Hospital
from tests.harness.records.prescribing import a_medicine, prescribes, today


async def test_the_zone_of_a_connection_changes_nothing(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, a_medicine("A"))
    session = access_tokens.verify(lan.access_token)
    who = Caller(session.session)

    answers = []
    for zone in ("UTC", "Pacific/Kiritimati", "America/New_York"):
        async with reading_as(who, None, RecordClass.MEDICINES) as reader:
            await execute(f"SET LOCAL timezone = '{zone}'")
            answers.append(await a_schedule(reader, today(), today(), None))

    assert b"T07:00:00+07:00" in answers[0]
    assert answers == answers[:1] * 3


async def test_a_schedule_is_two_statements_whatever_is_prescribed(
    client: AsyncClient, hospital: Hospital, lan: Tokens
) -> None:
    await prescribes(hospital, *(a_medicine(f"A{n}") for n in range(10)))
    session = access_tokens.verify(lan.access_token)
    said: list[LoggedQuery] = []

    async with (
        reading_as(Caller(session.session), None, RecordClass.MEDICINES) as reader,
        transaction() as connection,
    ):
        with connection.query_logger(said.append):
            body = await a_schedule(reader, today(), today() + timedelta(days=6), None)

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
        f"EXPLAIN {statement}", [patient], *days, *([None] if statement == PLANS else [])
    )

    text = "\n".join(row[0] for row in plan)
    assert "Seq Scan on medicine" not in text
    assert "Seq Scan on dose_rule" not in text
    assert "Seq Scan on dose_note" not in text


async def many_medicines(database: Database) -> None:
    """Two thousand of other people's, by SQL."""
    await database.owner.execute(
        "WITH people AS (INSERT INTO patient (id, name, sex, language, facility)"
        " SELECT uuidv7(), ''::bytea, 'female', 'vi', (SELECT id FROM facility LIMIT 1)"
        " FROM generate_series(1, 500) RETURNING id),"
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
