"""One value in every sealed column that does not open: back-fill moves all the others."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.sessions.devices import DeviceDetails
from backend.core.crypto.keys import current_key
from backend.core.crypto.sealing import seal
from backend.core.database import new_id
from backend.key_rotation.backfill import back_fill
from backend.key_rotation.ring_changes import rotate
from backend.key_rotation.sealed_columns import SEALED_COLUMNS, SealedColumn
from backend.sandbox.demo.story_bundles import LAN, TU, registration, visit
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.intake.documents import letter
from tests.harness.intake.files import a_large_pdf, attached
from tests.harness.intake.hospital import a_hospital, an_hour_ago
from tests.harness.intake.other_kinds import sent
from tests.harness.makers import a_device
from tests.harness.records.acts import NOON, an_act
from tests.harness.support.makers import an_agent
from tests.key_rotation.conftest import Owner

SOMEBODY_ELSE = replace(LAN, birth_date="1961-07-07", hospital_number="XX77")
ANOTHER = replace(TU, birth_date="1961-07-08", hospital_number="XX78")


@pytest.fixture
async def everybody(database: Database, client: AsyncClient) -> None:
    """Two of everything that is sealed."""
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN, TU)
    for person in (LAN, TU):
        await hospital.posts(visit(person, an_hour_ago()))
    await hospital.posts(sent(letter(attached(a_large_pdf(1.5)))))
    other = await a_hospital(database, client, "BV KHAC")
    for person in (SOMEBODY_ELSE, ANOTHER):
        await other.posts(registration(person))
    for row in await database.owner.fetch("SELECT id FROM patient"):
        phone = await a_device(database, row["id"])
        await database.owner.execute(
            "UPDATE device SET details = $2 WHERE id = $1",
            phone, DeviceDetails("android", "Pixel 8").sealed(phone),
        )  # fmt: skip
        await a_notice_that_waits(database, row["id"], hospital.facility)
        await an_act(database, row["id"], NOON, actor_kind="staff", why="gọi hỏi kết quả")
        dispute = new_id()
        await database.owner.execute(
            "INSERT INTO access_dispute (id, patient, line, words) VALUES ($1, $2, $1, $3)",
            dispute, row["id"],
            seal("not me", table="access_dispute", column="words", row=dispute),
        )  # fmt: skip
    await an_agent()
    await an_agent("second")


async def a_notice_that_waits(database: Database, patient: UUID, facility: UUID) -> None:
    message = new_id()
    await database.owner.execute(
        "INSERT INTO deferred_notice (patient, facility, kind, subject, due_at, received_event,"
        " sender_id) VALUES ($1, $2, 'result.ready', uuidv7(), hub_clock(), $3, $4)",
        patient, facility, message,
        seal("HIS-1", table="received_event", column="sender_id", row=message),
    )  # fmt: skip


@pytest.mark.parametrize("place", SEALED_COLUMNS, ids=lambda place: place.name)
async def test_a_value_that_does_not_open_keeps_no_other_from_moving(
    database: Database,
    everybody: None,
    as_owner: Owner,
    place: SealedColumn,
) -> None:
    damaged = await database.owner.fetchval(
        f"UPDATE {place.table} SET {place.column} = {place.column} || '\\x00' WHERE id ="
        f" (SELECT id FROM {place.table} WHERE {place.column} IS NOT NULL ORDER BY id LIMIT 1)"
        " RETURNING id"
    )
    await as_owner(rotate("data", timedelta(0)))

    done = await as_owner(back_fill(lambda _: None))

    left = {each.sealed_column: each.left for each in done if each.left}
    moved = {each.sealed_column: each.moved for each in done}
    assert left == {place.name: 1}
    assert min(moved.values()) >= 1, f"plant two values of {moved}"
    assert await alarms(database) == ["rows.unreadable"]
    alarm = await database.owner.fetchrow(
        "SELECT from_where, subject FROM audit_event WHERE result = 'alarm'"
    )
    assert tuple(alarm) == (place.name, damaged)
    print(f"back-fill | {place.name} | all others moved to {current_key().name} | {place.name}")  # noqa: T201  # for the note


async def test_a_value_that_postgresql_refuses_keeps_no_other_from_moving(
    database: Database,
    everybody: None,
    as_owner: Owner,
) -> None:
    await database.owner.execute(
        "CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql"
        " AS $$BEGIN RAISE 'no'; END $$"
    )
    await as_owner(rotate("data", timedelta(0)))
    one = await database.owner.fetchval("SELECT id FROM contact_point LIMIT 1")
    await database.owner.execute(
        "CREATE TRIGGER refuse_one BEFORE UPDATE ON contact_point FOR EACH ROW"
        f" WHEN (NEW.id = '{one}') EXECUTE FUNCTION refuse_one()"
    )

    try:
        done = await as_owner(back_fill(lambda _: None))
    finally:
        await database.owner.execute("DROP FUNCTION refuse_one CASCADE")

    assert {each.sealed_column: each.left for each in done if each.left} == {
        "contact_point.number": 1
    }
    assert await alarms(database) == ["rows.unreadable"]
